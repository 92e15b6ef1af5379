package kafkanative.launcher;

import java.util.Arrays;
import java.util.List;
import java.util.Properties;

/**
 * Tells whether properties name a class that is not Kafka's own: an authorizer, a metrics reporter, a callback handler.
 *
 * <p>It goes by the ends of the names that Kafka gives such properties, so it covers those of listeners as well.
 */
final class ForeignPlugIns {
    private static final List<String> ENDS = List.of(".class", ".class.name", ".reporters", "security.providers");
    private static final List<String> OF_KAFKA = List.of("org.apache.kafka.", "kafka.", "java.", "javax.");

    private ForeignPlugIns() {
    }

    static boolean areNamedIn(Properties properties) {
        return properties.stringPropertyNames().stream()
            .filter(name -> ENDS.stream().anyMatch(name::endsWith))
            .flatMap(name -> Arrays.stream(properties.getProperty(name).split(",")))
            .map(String::strip)
            .anyMatch(ForeignPlugIns::isForeignClass);
    }

    private static boolean isForeignClass(String value) {
        return value.contains(".") && OF_KAFKA.stream().noneMatch(value::startsWith);
    }
}
