package kafkanative.launcher;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.util.Map;
import java.util.Optional;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnectorServer;
import javax.management.remote.rmi.RMIJRMPServerImpl;
import javax.rmi.ssl.SslRMIClientSocketFactory;
import javax.rmi.ssl.SslRMIServerSocketFactory;
import kafkanative.launcher.environment.NodeEnvironment;

/**
 * JMX over RMI for a port that a variable gives.
 *
 * <p>The Java run time starts its own agent for {@code com.sun.management.jmxremote.port} before main, which is too early
 * for a property that main finds in the environment. This does the same by the same properties with public API only, and
 * without JNDI, which would need more of the JDK in the native executable.
 */
final class JmxServer {
    private static final String PREFIX = "com.sun.management.jmxremote.";

    /** Kept, so that nothing of it is collected while the process runs. */
    private static RMIConnectorServer running;

    private JmxServer() {
    }

    static void startIfAsked(Optional<NodeEnvironment> environment) {
        Map<String, String> given = environment.map(each -> each.options().systemProperties()).orElse(Map.of());
        if (given.containsKey(PREFIX + "port")) {
            start(given.get(PREFIX + "port"));
        }
    }

    private static void start(String port) {
        String rmiPort = System.getProperty(PREFIX + "rmi.port", port);
        try {
            Registry registry = LocateRegistry.createRegistry(Integer.parseInt(port));
            boolean isEncrypted = isOn("ssl", true);
            RMIJRMPServerImpl server = new RMIJRMPServerImpl(Integer.parseInt(rmiPort),
                isEncrypted ? new SslRMIClientSocketFactory() : null,
                isEncrypted ? new SslRMIServerSocketFactory(null, null, isOn("ssl.need.client.auth", false)) : null,
                credentials());
            running = new RMIConnectorServer(new JMXServiceURL("rmi", System.getProperty("java.rmi.server.hostname"), Integer.parseInt(rmiPort)), credentials(),
                server, ManagementFactory.getPlatformMBeanServer());
            running.start();
            registry.rebind("jmxrmi", server.toStub());
        } catch (IOException | NumberFormatException e) {
            throw LauncherException.broker("opening JMX port " + port + ": " + FailureText.of(e))
                .hint("give KAFKA_JMX_PORT a port that is free");
        }
    }

    private static Map<String, Object> credentials() {
        return isOn("authenticate", true)
            ? Map.of("jmx.remote.x.password.file", required("password.file"),
                "jmx.remote.x.access.file", required("access.file"))
            : Map.of();
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
