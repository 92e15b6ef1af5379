package kafkanative.reachability;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ConstantInstruction.LoadConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Finds the types of which Kafka makes instances by the class name in a property.
 *
 * <p>Kafka does so through a few methods, to which it hands the type as a class literal: for instance
 * {@code config.getConfiguredInstances(METRIC_REPORTER_CLASSES_CONFIG, MetricsReporter.class)}.
 */
final class PluginInterfaces {
    private static final Set<String> MAKERS = Set.of(
        "getConfiguredInstance", "getConfiguredInstances", "createConfiguredInstance", "createConfiguredInstances",
        "newInstance", "newParameterizedInstance");
    private static final Set<String> OWNERS = Set.of(
        "org/apache/kafka/common/config/AbstractConfig", "org/apache/kafka/common/utils/Utils",
        "org/apache/kafka/common/security/oauthbearer/internals/secured/ConfigurationUtils");
    /** Types whose class is a value of the configuration already when it is made, so that no literal stands nearby. */
    private static final Set<String> MADE_OF_CLASSES = Set.of(
        "javax.security.auth.spi.LoginModule",
        "org.apache.kafka.clients.consumer.ConsumerPartitionAssignor",
        "org.apache.kafka.common.security.auth.AuthenticateCallbackHandler",
        "org.apache.kafka.common.security.auth.KafkaPrincipalBuilder",
        "org.apache.kafka.common.security.auth.Login",
        "org.apache.kafka.common.security.auth.SecurityProviderCreator",
        "org.apache.kafka.common.security.auth.SslEngineFactory",
        "org.apache.kafka.server.log.remote.storage.RemoteLogMetadataManager",
        "org.apache.kafka.server.log.remote.storage.RemoteStorageManager");
    /** A literal is pushed at most this many instructions before the call. */
    private static final int WINDOW = 8;

    private PluginInterfaces() {
    }

    static Set<String> in(ClassPath classPath) {
        Set<String> found = new TreeSet<>(MADE_OF_CLASSES);
        for (ClassModel model : classPath.classes()) {
            if (isKafkas(ClassPath.nameOf(model))) {
                addTypes(model, PluginInterfaces::isKafkas, found);
            }
        }
        return found;
    }

    /** Returns the types of which the classes of these jars make instances in the same way, their own types included. */
    static Set<String> ofPlugIns(ClassPath jars) {
        Set<String> found = new TreeSet<>();
        jars.classes().forEach(model -> addTypes(model, name -> jars.contains(name) || isKafkas(name), found));
        return found;
    }

    static boolean isKafkas(String name) {
        return name.startsWith("org.apache.kafka.") || name.startsWith("kafka.");
    }

    private static void addTypes(ClassModel model, Predicate<String> wanted, Set<String> found) {
        model.methods().stream().map(MethodModel::code).flatMap(Optional::stream)
            .forEach(code -> addTypes(code, wanted, found));
    }

    private static void addTypes(CodeModel code, Predicate<String> wanted, Set<String> found) {
        Deque<String> literals = new ArrayDeque<>();
        for (CodeElement element : code) {
            literals.addLast(element instanceof LoadConstantInstruction load
                && load.constantValue() instanceof ClassDesc literal ? nameOf(literal) : "");
            if (literals.size() > WINDOW) {
                literals.removeFirst();
            }
            if (element instanceof InvokeInstruction call && makesInstances(call)) {
                literals.stream().filter(wanted).forEach(found::add);
            }
        }
    }

    private static boolean makesInstances(InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        boolean known = OWNERS.contains(owner) || owner.endsWith("Config");
        return known && MAKERS.contains(call.name().stringValue())
            && call.type().stringValue().contains("Ljava/lang/Class;");
    }

    private static String nameOf(ClassDesc literal) {
        return literal.isClassOrInterface()
            ? ClassPath.dotted(literal.descriptorString().substring(1, literal.descriptorString().length() - 1))
            : "";
    }
}
