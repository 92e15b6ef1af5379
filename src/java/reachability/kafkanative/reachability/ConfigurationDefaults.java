package kafkanative.reachability;

import java.lang.classfile.ClassModel;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Finds the classes that are default values in Kafka's configuration definitions.
 *
 * <p>A definition is a static field of type {@code org.apache.kafka.common.config.ConfigDef}; only making it tells its
 * defaults, so these classes are initialized. Kafka's types are reached by reflection: this program is compiled
 * without them, for any version.
 */
final class ConfigurationDefaults {
    private static final String DEFINITION = "Lorg/apache/kafka/common/config/ConfigDef;";

    private ConfigurationDefaults() {
    }

    static Set<String> in(ClassPath classPath, ClassLoader loader) {
        Set<String> found = new TreeSet<>();
        for (ClassModel model : classPath.classes()) {
            of(model, loader).filter(classPath::contains).forEach(found::add);
        }
        return found;
    }

    /** Returns the default values of the definitions in one class that could be names of classes. */
    static Stream<String> of(ClassModel model, ClassLoader loader) {
        return model.fields().stream()
            .filter(field -> field.fieldType().equalsString(DEFINITION) && field.flags().has(AccessFlag.STATIC))
            .flatMap(field -> defaultsOf(ClassPath.nameOf(model), field.fieldName().stringValue(), loader));
    }

    private static Stream<String> defaultsOf(String className, String fieldName, ClassLoader loader) {
        try {
            Field field = Class.forName(className, true, loader).getDeclaredField(fieldName);
            field.setAccessible(true);
            Object definition = field.get(null);
            Map<?, ?> keys = (Map<?, ?>) definition.getClass().getMethod("configKeys").invoke(definition);
            return keys.values().stream().map(ConfigurationDefaults::defaultOf).flatMap(ConfigurationDefaults::names);
        } catch (ReflectiveOperationException | LinkageError error) {
            throw new IllegalStateException("cannot read " + className + "." + fieldName, error);
        }
    }

    private static Object defaultOf(Object key) {
        try {
            return key.getClass().getField("defaultValue").get(key);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException("a ConfigDef.ConfigKey has no default value", error);
        }
    }

    private static Stream<String> names(Object value) {
        return switch (value) {
            case Class<?> type -> Stream.of(type.getName());
            case Collection<?> values -> values.stream().flatMap(ConfigurationDefaults::names);
            case String text -> Stream.of(text.split(",")).map(String::strip);
            case null, default -> Stream.empty();
        };
    }
}
