package kafkanative.launcher;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.rmi.registry.LocateRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.management.remote.JMXConnectorServer;
import javax.management.remote.JMXConnectorServerFactory;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnectorServer;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import javax.rmi.ssl.SslRMIServerSocketFactory;
import kafkanative.launcher.environment.NodeEnvironment;

/**
 * JMX over RMI for a port that a variable gives.
 *
 * <p>The Java run time starts its own agent for {@code com.sun.management.jmxremote.port} before main, which is too early
 * for a property that main finds in the environment. This does the same with public API only, by the same properties.
 */
final class JmxServer {
    private static final String PREFIX = "com.sun.management.jmxremote.";

    /** Kept, so that nothing of it is collected while the process runs. */
    private static JMXConnectorServer running;

    private JmxServer() {
    }

    static void startIfAsked(Optional<NodeEnvironment> environment) {
        Map<String, String> given = environment.map(each -> each.options().systemProperties()).orElse(Map.of());
        if (given.containsKey(PREFIX + "port")) {
            start(given.get(PREFIX + "port"));
        }
    }

    private static void start(String port) {
        String host = System.getProperty("java.rmi.server.hostname", "");
        String rmiPort = System.getProperty(PREFIX + "rmi.port", port);
        String url = "service:jmx:rmi://" + host + ":" + rmiPort + "/jndi/rmi://:" + port + "/jmxrmi";
        try {
            LocateRegistry.createRegistry(Integer.parseInt(port));
            running = JMXConnectorServerFactory.newJMXConnectorServer(
                new JMXServiceURL(url), settings(), ManagementFactory.getPlatformMBeanServer());
            running.start();
        } catch (IOException | NumberFormatException e) {
            throw LauncherException.broker("opening JMX port " + port + ": " + FailureText.of(e))
                .hint("give KAFKA_JMX_PORT a port that is free");
        }
    }

    private static Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>();
        if (isOn("ssl", true)) {
            settings.put(RMIConnectorServer.RMI_CLIENT_SOCKET_FACTORY_ATTRIBUTE, new SslRMIClientSocketFactory());
            settings.put(RMIConnectorServer.RMI_SERVER_SOCKET_FACTORY_ATTRIBUTE,
                new SslRMIServerSocketFactory(null, null, isOn("ssl.need.client.auth", false)));
        }
        if (isOn("authenticate", true)) {
            settings.put("jmx.remote.x.password.file", required("password.file"));
            settings.put("jmx.remote.x.access.file", required("access.file"));
        }
        return settings;
    }

    private static boolean isOn(String name, boolean otherwise) {
        return Boolean.parseBoolean(System.getProperty(PREFIX + name, String.valueOf(otherwise)));
    }

    private static String required(String name) {
        String value = System.getProperty(PREFIX + name);
        if (value == null) {
            throw LauncherException.settings("opening the JMX port: it asks for passwords, but " + PREFIX + name
                + " is not given").hint("name the file in KAFKA_JMX_OPTS, or add -D" + PREFIX + "authenticate=false");
        }
        return value;
    }
}
