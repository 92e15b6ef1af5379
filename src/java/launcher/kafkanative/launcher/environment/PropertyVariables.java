package kafkanative.launcher.environment;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import kafkanative.launcher.NearestName;

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

    /** What other images have called it. */
    private static final Map<String, String> ELSEWHERE = Map.of(
        "KAFKA_CLUSTER_ID", "CLUSTER_ID",
        "KAFKA_KRAFT_CLUSTER_ID", "CLUSTER_ID",
        "KAFKA_CREATE_TOPICS", "NATIVE_KAFKA_TOPICS");
    private static final String OF_BITNAMI = "KAFKA_CFG_";

    /** Ours; NATIVE_KAFKA_FILE_ is followed by a property, and so is no name to be mistyped. */
    private static final List<String> OURS = List.of("NATIVE_KAFKA_CONFIG_DIR", "NATIVE_KAFKA_CONNECT_TIMEOUT",
        "NATIVE_KAFKA_ENVIRONMENT", "NATIVE_KAFKA_FEATURES", "NATIVE_KAFKA_LOG_DIRS", "NATIVE_KAFKA_METADATA_VERSION",
        "NATIVE_KAFKA_MOUNT_DIR", "NATIVE_KAFKA_PROFILE", "NATIVE_KAFKA_SCRAM_USERS",
        "NATIVE_KAFKA_SCRAM_USERS_FILENAME", "NATIVE_KAFKA_SECRETS_DIR", "NATIVE_KAFKA_TIMELINE", "NATIVE_KAFKA_TOPICS");

    private PropertyVariables() {
    }

    static void addTo(SettingTable table, Variables variables, List<String> warnings) {
        boolean ofKubernetes = false;
        for (var variable : variables.all().entrySet()) {
            String name = variable.getKey();
            warnOfMistyped(name, warnings);
            if (!name.startsWith(PREFIX) || name.equals(PREFIX) || RESERVED.contains(name)) {
                continue;
            }
            if (isOfKubernetes(name, variable.getValue())) {
                ofKubernetes = true;
            } else if (OF_BUILDS.contains(name)) {
                warnings.add("the variable " + name + " is left by an image build, so it is no property and is ignored");
            } else if (ELSEWHERE.containsKey(name)) {
                warnings.add("the variable " + name + " is no property of Kafka's and is ignored; here it is called "
                    + ELSEWHERE.get(name));
            } else if (name.startsWith(OF_BITNAMI)) {
                warnings.add("the variable " + name + " is of another image and is ignored; here it is called " + PREFIX
                    + name.substring(OF_BITNAMI.length()));
            } else {
                table.set(toProperty(name), variable.getValue(), "variable " + name);
            }
        }
        if (ofKubernetes) {
            warnings.add("the variables that Kubernetes sets for a service named 'kafka' (KAFKA_PORT=tcp://... and so on) "
                + "are ignored; 'enableServiceLinks: false' in the pod keeps them away");
        }
    }

    /** Tools on the host have variables that begin alike, so only what looks like a typing mistake is told. */
    private static void warnOfMistyped(String name, List<String> warnings) {
        if (name.startsWith("NATIVE_" + PREFIX) && !OURS.contains(name)) {
            NearestName.almost(OURS, name).ifPresent(meant -> warnings.add(
                "the variable " + name + " means nothing and is ignored; did you mean " + meant + "?"));
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
