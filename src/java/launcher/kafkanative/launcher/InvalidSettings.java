package kafkanative.launcher;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.ConfigValue;

/**
 * Turns what Kafka throws at bad property values into a line for each of them.
 *
 * <p>{@code KafkaConfig} stops at the first bad value. {@code ConfigDef#validate} finds all that do not parse or are
 * out of range; what is wrong between properties (KafkaConfig's {@code require}) only the exception tells.
 */
final class InvalidSettings {
    private static final String DOING = "reading the configuration: ";
    private static final String SCALA_REQUIRE = "requirement failed: ";

    private InvalidSettings() {
    }

    static LauncherException explain(RuntimeException thrown, Properties properties) {
        Secrets secrets = Secrets.of(properties);
        List<String> problems = badValues(properties);
        if (problems.isEmpty()) {
            problems.add(DOING + FailureText.of(thrown).replace(SCALA_REQUIRE, ""));
        }
        return MissingClass.advise(
            LauncherException.settings(problems.stream().map(secrets::mask).toArray(String[]::new)));
    }

    private static List<String> badValues(Properties properties) {
        Map<String, String> settings = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        List<String> problems = new ArrayList<>();
        for (ConfigValue value : KafkaConfig.configDef().validate(settings)) {
            String given = settings.get(value.name());
            if (!value.errorMessages().isEmpty() && given != null && !given.contains("${")) {
                problems.add(DOING + value.name() + "=" + given + ": " + reason(value, given));
            }
        }
        Collections.sort(problems);
        return problems;
    }

    /** ConfigException's text is "Invalid value V for configuration N: REASON"; value and name are told already. */
    private static String reason(ConfigValue value, String given) {
        String message = value.errorMessages().get(0);
        String end = " for configuration " + value.name() + ": ";
        int found = message.indexOf(end);
        return found < 0 ? message : message.substring(found + end.length());
    }
}
