package kafkanative.reachability;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.reflect.AccessFlag;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The classes and service files in the jars of a class path, read without loading any of them. */
final class ClassPath {
    private static final String SERVICES = "META-INF/services/";
    private static final Pattern ABOUT_THE_JAR = Pattern.compile("META-INF/(MANIFEST\\.MF|INDEX\\.LIST|maven/.*|native-image/.*"
        + "|proguard/.*|versions/.*|[^/]*\\.(SF|RSA|DSA|EC)|(LICENSE|NOTICE|DEPENDENCIES)[^/]*)");
    /** The texts of the libraries that parse command lines, in the language that is always there. */
    private static final Pattern BUNDLE =
        Pattern.compile("(joptsimple|net/sourceforge/argparse4j)/[^_]*\\.properties");

    private final Map<String, ClassModel> classes = new TreeMap<>();
    private final Map<String, Set<String>> providers = new TreeMap<>();
    private final Set<String> resources = new TreeSet<>();
    private final Set<String> bundles = new TreeSet<>();

    private ClassPath() {
    }

    static ClassPath read(Collection<Path> jars) {
        ClassPath read = new ClassPath();
        jars.forEach(read::add);
        return read;
    }

    private void add(Path path) {
        try (JarFile jar = new JarFile(path.toFile())) {
            for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                String name = entry.getName();
                if (name.endsWith(".class") && !name.startsWith("META-INF/") && !name.endsWith("module-info.class")) {
                    ClassModel model = ClassFile.of().parse(jar.getInputStream(entry).readAllBytes());
                    classes.putIfAbsent(nameOf(model), model);
                } else if (BUNDLE.matcher(name).matches()) {
                    bundles.add(dotted(name.substring(0, name.lastIndexOf('.'))));
                } else if (name.startsWith(SERVICES) && !entry.isDirectory()) {
                    String text = new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8);
                    providers.computeIfAbsent(name.substring(SERVICES.length()), any -> new TreeSet<>())
                        .addAll(linesOf(text));
                }
                if (!entry.isDirectory() && !name.endsWith(".class") && !ABOUT_THE_JAR.matcher(name).matches()) {
                    resources.add(name);
                }
            }
        } catch (IOException error) {
            throw new UncheckedIOException("cannot read " + path, error);
        }
    }

    private static List<String> linesOf(String text) {
        return text.lines().map(line -> line.replaceFirst("#.*", "").strip()).filter(line -> !line.isEmpty()).toList();
    }

    Collection<ClassModel> classes() {
        return classes.values();
    }

    /** Returns the classes that a service file names, by service. */
    Map<String, Set<String>> providers() {
        return providers;
    }

    /** Returns the names of the files that are neither classes nor about the jar itself. */
    Set<String> resources() {
        return resources;
    }

    /** Returns the names of the resource bundles of the libraries that parse command lines. */
    Set<String> bundles() {
        return bundles;
    }

    boolean contains(String name) {
        return classes.containsKey(name);
    }

    Optional<ClassModel> find(String name) {
        return Optional.ofNullable(classes.get(name));
    }


    /** Returns the classes that can be made without arguments and are a subtype of the given type. */
    List<String> implementationsOf(String type) {
        return classes.values().stream()
            .filter(ClassPath::canBeMade)
            .filter(model -> supertypesOf(nameOf(model)).contains(type))
            .map(ClassPath::nameOf)
            .toList();
    }

    boolean hasPlainConstructor(String name) {
        ClassModel model = classes.get(name);
        return model != null && canBeMade(model);
    }

    private static boolean canBeMade(ClassModel model) {
        return !model.flags().has(AccessFlag.ABSTRACT) && model.methods().stream().anyMatch(method ->
            method.methodName().equalsString("<init>") && method.methodType().equalsString("()V")
                && !method.flags().has(AccessFlag.PRIVATE));
    }

    /** Returns all supertypes by name; of a type that is not on the class path, what the JDK says. */
    Set<String> supertypesOf(String name) {
        Set<String> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(name));
        while (!open.isEmpty()) {
            directSupertypesOf(open.pop()).filter(found::add).forEach(open::push);
        }
        return found;
    }

    private Stream<String> directSupertypesOf(String name) {
        ClassModel model = classes.get(name);
        if (model == null) {
            return supertypesInJdk(name);
        }
        List<String> names = new ArrayList<>();
        model.superclass().ifPresent(entry -> names.add(dotted(entry.asInternalName())));
        model.interfaces().forEach(entry -> names.add(dotted(entry.asInternalName())));
        return names.stream();
    }

    private static Stream<String> supertypesInJdk(String name) {
        try {
            Class<?> type = Class.forName(name, false, ClassLoader.getPlatformClassLoader());
            Stream<Class<?>> parent = Stream.ofNullable(type.getSuperclass());
            return Stream.concat(parent, Stream.of(type.getInterfaces())).map(Class::getName);
        } catch (ClassNotFoundException | LinkageError optional) {
            return Stream.empty();  // an optional dependency that is not on the class path
        }
    }

    static String nameOf(ClassModel model) {
        return dotted(model.thisClass().asInternalName());
    }

    static String dotted(String internalName) {
        return internalName.replace('/', '.');
    }
}
