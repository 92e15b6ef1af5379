import javax.management.ObjectName;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Prints one attribute of one bean: PORT BEAN ATTRIBUTE. */
class ReadMetric {
    public static void main(String... args) throws Exception {
        var url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://localhost:" + args[0] + "/jmxrmi");
        try (var connector = JMXConnectorFactory.connect(url)) {
            System.out.println(connector.getMBeanServerConnection().getAttribute(new ObjectName(args[1]), args[2]));
        }
    }
}
