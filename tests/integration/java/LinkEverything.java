import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** Loads and verifies each class of the class path's jars; prints their number, and the kinds of errors with theirs. */
public final class LinkEverything {
    private final Map<String, Integer> errors = new TreeMap<>();
    private int count;

    public static void main(String[] arguments) throws IOException {
        LinkEverything linking = new LinkEverything();
        for (String path : System.getProperty("java.class.path").split(":")) {
            if (path.endsWith(".jar")) {
                try (JarFile jar = new JarFile(path)) {
                    jar.stream().map(JarEntry::getName).filter(LinkEverything::isClass).forEach(linking::link);
                }
            }
        }
        System.out.println(linking.count + " " + linking.errors);
    }

    private static boolean isClass(String name) {
        return name.endsWith(".class") && !name.startsWith("META-INF") && !name.endsWith("module-info.class");
    }

    private void link(String name) {
        count++;
        try {
            String type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
            // Listing its methods makes the JVM link, and so verify, the class, without running any of it.
            Class.forName(type, false, LinkEverything.class.getClassLoader()).getDeclaredMethods();
        } catch (ClassNotFoundException | LinkageError e) {
            errors.merge(e.getClass().getSimpleName(), 1, Integer::sum);
        }
    }
}
