import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Prints one attribute of one bean: {@code java JmxRead.java PORT BEAN ATTRIBUTE}. */
public final class JmxRead {
    public static void main(String[] args) throws Exception {
        JMXServiceURL url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://localhost:" + args[0] + "/jmxrmi");
        try (JMXConnector connector = JMXConnectorFactory.connect(url)) {
            System.out.println(connector.getMBeanServerConnection().getAttribute(new ObjectName(args[1]), args[2]));
        }
    }
}
