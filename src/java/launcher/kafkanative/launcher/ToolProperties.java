package kafkanative.launcher;

import java.util.stream.Stream;

/**
 * The system properties that Kafka's scripts hand to the JVM of a tool: {@code -Dname=value} in KAFKA_OPTS and KAFKA_LOG4J_OPTS,
 * such as {@code -Djava.security.auth.login.config=...}. A property of the command line wins.
 */
final class ToolProperties {
    private static final String DEFINES = "-D";

    private ToolProperties() {
    }

    static void apply() {
        Stream.of("KAFKA_LOG4J_OPTS", "KAFKA_OPTS").map(System::getenv).filter(value -> value != null)
            .flatMap(value -> Stream.of(value.trim().split("\\s+")))
            .filter(word -> word.startsWith(DEFINES))
            .map(word -> word.substring(DEFINES.length()).split("=", 2))
            .forEach(pair -> System.getProperties().putIfAbsent(pair[0], pair.length == 1 ? "" : pair[1]));
    }
}
