package kafkanative.launcher.environment;

/**
 * One property of the resulting configuration.
 *
 * @param name of the property
 * @param value as Kafka gets it
 * @param source where it came from, such as "variable KAFKA_NODE_ID"
 */
public record Setting(String name, String value, String source) {
}
