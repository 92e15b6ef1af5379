import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.kafka.common.config.ConfigDef;

/**
 * Prints what the broker's configuration names classes in, and which classes there are to name.
 *
 * <p>Run on the class path of a broker, with interfaces as arguments. Lines of the output are
 * {@code property NAME TYPE DEFAULT} for each property of the broker that takes a class, or that lists or names
 * anything in text, and {@code implementation INTERFACE CLASS} for each class in the jars that implements one of the
 * interfaces, and is neither abstract nor anonymous.
 */
public final class ClassValuedProperties {
    private static final Set<ConfigDef.Type> TYPES =
            Set.of(ConfigDef.Type.CLASS, ConfigDef.Type.LIST, ConfigDef.Type.STRING);

    public static void main(String[] interfaces) throws Exception {
        ConfigDef definitions =
                (ConfigDef) Class.forName("kafka.server.KafkaConfig").getMethod("configDef").invoke(null);
        definitions.configKeys().forEach((name, key) -> {
            if (TYPES.contains(key.type)) {
                System.out.println("property " + name + " " + key.type + " " + key.defaultValue);
            }
        });
        List<Class<?>> wanted = new ArrayList<>();
        for (String each : interfaces) {
            wanted.add(Class.forName(each));
        }
        for (Class<?> found : classesOfKafka()) {
            for (Class<?> each : wanted) {
                if (each.isAssignableFrom(found)) {
                    System.out.println("implementation " + each.getName() + " " + found.getName());
                }
            }
        }
    }

    private static Set<Class<?>> classesOfKafka() throws IOException {
        Set<Class<?>> found = new LinkedHashSet<>();
        for (String part : System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
            Path path = Path.of(part);
            if (path.toString().endsWith(".jar")) {
                addAll(found, path);
            }
        }
        return found;
    }

    private static void addAll(Set<Class<?>> found, Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements(); ) {
                String name = entries.nextElement().getName();
                if (name.endsWith(".class") && !name.startsWith("META-INF/") && !name.endsWith("module-info.class")) {
                    add(found, name.substring(0, name.length() - ".class".length()).replace('/', '.'));
                }
            }
        }
    }

    private static void add(Set<Class<?>> found, String name) {
        try {
            Class<?> loaded = Class.forName(name, false, ClassValuedProperties.class.getClassLoader());
            if (!Modifier.isAbstract(loaded.getModifiers()) && !loaded.isAnonymousClass()) {
                found.add(loaded);
            }
        } catch (ClassNotFoundException | LinkageError e) {
            // Kafka could not instantiate it either: it needs a library that is not there.
        }
    }
}
