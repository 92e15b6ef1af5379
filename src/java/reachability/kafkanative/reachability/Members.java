package kafkanative.reachability;

import java.lang.reflect.Executable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Tells whether types, fields and methods exist; it loads classes, and initializes none. */
final class Members {
    private static final Map<String, Class<?>> PRIMITIVES = Map.of(
        "boolean", boolean.class, "byte", byte.class, "char", char.class, "short", short.class, "int", int.class,
        "long", long.class, "float", float.class, "double", double.class, "void", void.class);

    private final ClassLoader loader;

    Members(ClassLoader loader) {
        this.loader = loader;
    }

    /** Takes a type, or a type and "field" and a name, or a type and "method", a name and the parameters' types. */
    boolean exist(String[] words) {
        try {
            Class<?> type = typeNamed(words[0]);
            return words.length == 1
                || (words[1].equals("field") ? hasField(type, words[2])
                    : hasMethod(type, words[2], Arrays.asList(words).subList(3, words.length)));
        } catch (ClassNotFoundException | LinkageError absent) {
            return false;
        }
    }

    private Class<?> typeNamed(String name) throws ClassNotFoundException {
        if (name.endsWith("[]")) {
            return typeNamed(name.substring(0, name.length() - 2)).arrayType();
        }
        Class<?> primitive = PRIMITIVES.get(name);
        return primitive != null ? primitive : Class.forName(name, false, loader);
    }

    private static boolean hasField(Class<?> type, String name) {
        return Stream.of(type.getDeclaredFields()).anyMatch(field -> field.getName().equals(name));
    }

    private static boolean hasMethod(Class<?> type, String name, List<String> parameters) {
        Stream<? extends Executable> candidates = name.equals("<init>")
            ? Stream.of(type.getDeclaredConstructors())
            : Stream.of(type.getDeclaredMethods()).filter(method -> method.getName().equals(name));
        return candidates.anyMatch(each ->
            Stream.of(each.getParameterTypes()).map(Class::getTypeName).toList().equals(parameters));
    }
}
