package kafkanative.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/**
 * The version of Kafka inside this executable, from the file that Kafka's own {@code AppInfoParser} reads.
 *
 * @param version such as "4.3.1"
 * @param commit of Kafka's repository
 */
record KafkaVersion(String version, String commit) {
    /** Version of the launcher; a test holds it equal to the version of the Python package. */
    static final String LAUNCHER = "0.1.0";

    private static final String RESOURCE = "/kafka/kafka-version.properties";

    static KafkaVersion load() {
        Properties properties = new Properties();
        try (InputStream stream = KafkaVersion.class.getResourceAsStream(RESOURCE)) {
            if (stream != null) {
                properties.load(stream);
            }
        } catch (IOException e) {
            throw LauncherException.broker("reading the version of Kafka: " + e.getMessage());
        }
        return new KafkaVersion(properties.getProperty("version", "unknown"),
            properties.getProperty("commitId", "unknown"));
    }

    String describe() {
        return String.format("kafka %s (commit %s)%nlauncher %s%n", version, commit, LAUNCHER);
    }
}
