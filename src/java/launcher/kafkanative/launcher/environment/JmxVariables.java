package kafkanative.launcher.environment;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import kafkanative.launcher.LauncherException;

/** The JMX port and host name, as upstream's launch script turns them into system properties. */
final class JmxVariables {
    static final String PORT_PROPERTY = "com.sun.management.jmxremote.port";
    private static final String PREFIX = "com.sun.management.jmxremote";

    private JmxVariables() {
    }

    static void addTo(Map<String, String> systemProperties, Variables variables) {
        String port = variables.get("KAFKA_JMX_PORT").or(() -> variables.get("JMX_PORT")).orElse(null);
        if (port == null) {
            return;
        }
        if (!port.matches("[0-9]{1,5}")) {
            throw LauncherException.settings("reading the variable KAFKA_JMX_PORT: '" + port + "' is no port")
                .hint("for example KAFKA_JMX_PORT=9999");
        }
        systemProperties.put(PORT_PROPERTY, port);
        systemProperties.putIfAbsent(PREFIX + ".rmi.port", port);
        systemProperties.putIfAbsent(PREFIX + ".authenticate", "false");
        systemProperties.putIfAbsent(PREFIX + ".ssl", "false");
        systemProperties.putIfAbsent("java.rmi.server.hostname",
            variables.get("KAFKA_JMX_HOSTNAME").orElseGet(JmxVariables::ownAddress));
    }

    /** What {@code hostname -i} prints first. */
    private static String ownAddress() {
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException e) {
            return InetAddress.getLoopbackAddress().getHostAddress();
        }
    }
}
