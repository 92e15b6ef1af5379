package kafkanative.launcher;

import java.util.List;
import java.util.Properties;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.types.Password;

/** The values that must not be printed: of all properties whose type in Kafka's ConfigDef is PASSWORD. */
final class Secrets {
    private final List<String> values;

    private Secrets(List<String> values) {
        this.values = values;
    }

    static Secrets of(Properties properties) {
        return new Secrets(properties.stringPropertyNames().stream()
            .filter(Secrets::isSecret)
            .map(properties::getProperty)
            .map(String::strip)
            .filter(value -> !value.isEmpty())
            .toList());
    }

    static Secrets of(KafkaConfig config) {
        Properties properties = new Properties();
        config.originals().forEach((name, value) -> properties.setProperty(name, String.valueOf(value)));
        return of(properties);
    }

    String mask(String text) {
        String masked = text;
        for (String value : values) {
            masked = masked.replace(value, Password.HIDDEN);
        }
        return masked;
    }

    /** By the type of the name itself or, for a listener's or an unknown one, by how such names end. */
    static boolean isSecret(String name) {
        ConfigDef.ConfigKey key = KafkaConfig.configDef().configKeys().get(name);
        if (key != null) {
            return key.type() == ConfigDef.Type.PASSWORD;
        }
        return name.endsWith("password") || name.endsWith("secret") || name.endsWith(".jaas.config")
            || name.endsWith("keystore.key");
    }
}
