package kafkanative.reachability;

import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.util.Optional;

/** Tells whether a class has all that it names: its supertypes, the types in its signatures and in its code. */
final class Linking {
    private Linking() {
    }

    /** Returns what is missing; empty when nothing is. Nothing is initialized. */
    static Optional<String> problemOf(ClassModel model, ClassLoader loader) {
        String name = ClassPath.nameOf(model);
        try {
            Class<?> type = Class.forName(name, false, loader);
            type.getDeclaredConstructors();
            type.getDeclaredMethods();
            type.getDeclaredFields();
        } catch (ClassNotFoundException | LinkageError error) {
            return Optional.of(textOf(error));
        }
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry named && !named.asInternalName().startsWith("[")
                && !exists(ClassPath.dotted(named.asInternalName()), loader)) {
                return Optional.of("it uses " + ClassPath.dotted(named.asInternalName()) + ", which is missing");
            }
        }
        return Optional.empty();
    }

    private static boolean exists(String name, ClassLoader loader) {
        try {
            Class.forName(name, false, loader);
            return true;
        } catch (ClassNotFoundException | LinkageError error) {
            return false;
        }
    }

    private static String textOf(Throwable error) {
        return error instanceof NoClassDefFoundError || error instanceof ClassNotFoundException
            ? "it needs " + ClassPath.dotted(String.valueOf(error.getMessage())) + ", which is missing"
            : error.toString().lines().findFirst().orElse("");
    }
}
