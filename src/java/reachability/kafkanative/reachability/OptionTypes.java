package kafkanative.reachability;

import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * Finds the types of the values of command-line options, which JOpt Simple and argparse4j make of text by name.
 *
 * <p>Both look for a method {@code valueOf(String)}, then for a constructor that takes a String
 * ({@code joptsimple.internal.Reflection#findConverter}, {@code net.sourceforge.argparse4j.impl.type.ReflectArgumentType}).
 */
final class OptionTypes {
    private static final Map<String, String> DECLARATIONS = Map.of(
        "ofType", "joptsimple/",
        "type", "net/sourceforge/argparse4j/");
    private static final String TEXT = "java.lang.String";

    private OptionTypes() {
    }

    /** Calls back with KIND and the type, for each way of making the type that exists. */
    static void in(ClassPath classPath, Members members, BiConsumer<String, String> found) {
        Set<String> types = new TreeSet<>();
        for (ClassModel model : classPath.classes()) {
            if (PluginInterfaces.isKafkas(ClassPath.nameOf(model))) {
                types.addAll(ClassLiterals.before(OptionTypes::declaresType, model));
            }
        }
        Map<String, String> ways = new TreeMap<>(Map.of("value-of", "valueOf", "text-constructor", "<init>"));
        for (String type : types) {
            ways.forEach((kind, name) -> {
                if (members.exist(new String[] {type, "method", name, TEXT})) {
                    found.accept(kind, type);
                }
            });
        }
    }

    private static boolean declaresType(InvokeInstruction call) {
        String library = DECLARATIONS.get(call.name().stringValue());
        return library != null && call.owner().asInternalName().startsWith(library)
            && call.type().stringValue().startsWith("(Ljava/lang/Class;)");
    }
}
