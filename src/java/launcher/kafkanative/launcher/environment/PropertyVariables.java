package kafkanative.launcher.environment;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Turns {@code KAFKA_*} variables into properties, by the rules of upstream's image (KafkaDockerWrapper).
 *
 * <p>The prefix is cut once (KAFKA-17911); then {@code _} becomes a dot, {@code __} an underscore and {@code ___} a
 * dash.
 */
final class PropertyVariables {
    private static final String PREFIX = "KAFKA_";

    /** Names that are no properties; the first eleven are upstream's, the others its scripts read. */
    static final Set<String> RESERVED = Set.of(
        "KAFKA_VERSION", "KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_OPTS", "KAFKA_JMX_OPTS",
        "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_ROOT_LOGLEVEL", "KAFKA_LOG4J_LOGGERS",
        "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_JMX_HOSTNAME", "KAFKA_JMX_PORT", "KAFKA_HOME", "KAFKA_MODE",
        SecretFiles.KEYSTORE, SecretFiles.KEYSTORE_CREDENTIALS, SecretFiles.KEY_CREDENTIALS,
        SecretFiles.TRUSTSTORE, SecretFiles.TRUSTSTORE_CREDENTIALS);

    /** What image builds leave in the environment (KAFKA-20093); the value is an address or a release, never a property. */
    private static final Set<String> OF_BUILDS = Set.of("KAFKA_URL", "KAFKA_ARCHIVE", "KAFKA_DIST_URL",
        "KAFKA_SCALA_VERSION", "KAFKA_DOWNLOAD_URL");

    private PropertyVariables() {
    }

    static void addTo(SettingTable table, Variables variables, List<String> warnings) {
        boolean ofKubernetes = false;
        for (var variable : variables.all().entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith(PREFIX) || name.equals(PREFIX) || RESERVED.contains(name)) {
                continue;
            }
            if (isOfKubernetes(name, variable.getValue())) {
                ofKubernetes = true;
            } else if (OF_BUILDS.contains(name)) {
                warnings.add("the variable " + name + " is left by an image build, so it is no property and is ignored");
            } else {
                table.set(toProperty(name), variable.getValue(), "variable " + name);
            }
        }
        if (ofKubernetes) {
            warnings.add("the variables that Kubernetes sets for a service named 'kafka' (KAFKA_PORT=tcp://... and so on) "
                + "are ignored; 'enableServiceLinks: false' in the pod keeps them away");
        }
    }

    static String toProperty(String variable) {
        return variable.substring(PREFIX.length()).toLowerCase(Locale.ROOT)
            .replace('_', '.').replace("...", "-").replace("..", "_");
    }

    /** Kubernetes' own rule for them is {SVC}_SERVICE_HOST, {SVC}_SERVICE_PORT[_NAME], {SVC}_PORT[_N_PROTO[_ADDR...]]. */
    private static boolean isOfKubernetes(String name, String value) {
        String rest = name.substring(PREFIX.length());
        boolean isAddress = value.startsWith("tcp://") || value.startsWith("udp://");
        return rest.equals("SERVICE_HOST") || rest.equals("SERVICE_PORT") || rest.startsWith("SERVICE_PORT_")
            || rest.matches("PORT_[0-9]+_(TCP|UDP).*") || rest.equals("PORT") && isAddress;
    }
}
