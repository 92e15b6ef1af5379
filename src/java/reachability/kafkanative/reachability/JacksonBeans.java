package kafkanative.reachability;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.Set;
import java.util.TreeSet;

/** Finds Kafka's classes that Jackson fills from text or turns into text: it looks at all of their members by reflection. */
final class JacksonBeans {
    private static final Set<String> READERS_AND_WRITERS = Set.of(
        "convertValue", "readValue", "readerFor", "schemaFor", "treeToValue", "typedSchemaFor", "writerFor");
    private static final String ANNOTATIONS = "Lcom/fasterxml/jackson/annotation/";
    private static final String OF_UPSTREAMS_IMAGE = "kafka.docker.";
    /** Kafka's own, which hands the class on. */
    private static final String CSV = "/CsvUtils";

    private JacksonBeans() {
    }

    static Set<String> in(ClassPath classPath) {
        Set<String> found = new TreeSet<>();
        for (ClassModel model : classPath.classes()) {
            if (PluginInterfaces.isKafkas(ClassPath.nameOf(model))) {
                found.addAll(ClassLiterals.before(JacksonBeans::takesClass, model));
                if (model.methods().stream().anyMatch(JacksonBeans::isAnnotated)) {
                    found.add(ClassPath.nameOf(model));
                }
            }
        }
        found.removeIf(name -> !PluginInterfaces.isKafkas(name) || name.startsWith(OF_UPSTREAMS_IMAGE));
        return found;
    }

    /** Such as a getter with {@code @JsonProperty}, or a constructor with {@code @JsonCreator}. */
    private static boolean isAnnotated(MethodModel method) {
        return method.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
            .flatMap(attribute -> attribute.annotations().stream())
            .anyMatch(annotation -> annotation.className().stringValue().startsWith(ANNOTATIONS));
    }

    private static boolean takesClass(InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        return READERS_AND_WRITERS.contains(call.name().stringValue())
            && (owner.startsWith("com/fasterxml/jackson/") || owner.endsWith(CSV))
            && call.type().stringValue().contains("Ljava/lang/Class;");
    }
}
