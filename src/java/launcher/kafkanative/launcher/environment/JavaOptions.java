package kafkanative.launcher.environment;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kafkanative.launcher.LauncherException;

/**
 * Options of the Java run time that stand in variables: system properties and heap sizes; others mean nothing here.
 *
 * @param systemProperties names and values; a later variable wins
 * @param sizes such as "mx" and "512m"
 */
public record JavaOptions(Map<String, String> systemProperties, Map<String, String> sizes) {
    /** In the order in which upstream's launch script gives them to Kafka. */
    private static final List<String> VARIABLES = List.of("KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS",
        "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_JMX_OPTS", "KAFKA_OPTS");
    private static final List<String> SIZES = List.of("mx", "ms", "mn", "ss");

    static JavaOptions of(Variables variables, List<String> warnings) {
        JavaOptions options = new JavaOptions(new LinkedHashMap<>(), new LinkedHashMap<>());
        for (String variable : VARIABLES) {
            variables.get(variable).ifPresent(text -> {
                for (String word : text.split("\\s+")) {
                    options.add(variable, word, warnings);
                }
            });
        }
        JmxVariables.addTo(options.systemProperties, variables);
        return options;
    }

    private void add(String variable, String word, List<String> warnings) {
        if (word.startsWith("-D")) {
            int equals = word.indexOf('=');
            systemProperties.put(word.substring(2, equals < 0 ? word.length() : equals),
                equals < 0 ? "" : word.substring(equals + 1));
        } else if (word.matches("-X(mx|ms|mn|ss)[0-9]+[kKmMgGtT]?")) {
            sizes.put(word.substring(2, 4), word.substring(4));
        } else if (word.startsWith("-X") && SIZES.contains(word.substring(2, Math.min(4, word.length())))) {
            throw LauncherException.settings("reading the variable " + variable + ": " + word
                + " is no size").hint("for example KAFKA_HEAP_OPTS=-Xmx512m");
        } else {
            warnings.add("the option " + word + " of " + variable + " means nothing to a native executable and is ignored");
        }
    }
}
