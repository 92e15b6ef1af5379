package kafkanative.reachability;

import java.lang.classfile.ClassModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.Set;
import java.util.TreeSet;

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
        "org.apache.kafka.common.MessageFormatter",
        "org.apache.kafka.common.security.auth.AuthenticateCallbackHandler",
        "org.apache.kafka.common.security.auth.KafkaPrincipalBuilder",
        "org.apache.kafka.common.security.auth.Login",
        "org.apache.kafka.common.security.auth.SecurityProviderCreator",
        "org.apache.kafka.common.security.auth.SslEngineFactory",
        "org.apache.kafka.server.log.remote.storage.RemoteLogMetadataManager",
        "org.apache.kafka.server.log.remote.storage.RemoteStorageManager",
        "org.apache.kafka.tools.api.RecordReader");

    private PluginInterfaces() {
    }

    static Set<String> in(ClassPath classPath) {
        Set<String> found = new TreeSet<>(MADE_OF_CLASSES);
        for (ClassModel model : classPath.classes()) {
            if (isKafkas(ClassPath.nameOf(model))) {
                found.addAll(ClassLiterals.before(PluginInterfaces::makesInstances, model));
            }
        }
        found.removeIf(name -> !isKafkas(name) && !MADE_OF_CLASSES.contains(name));
        return found;
    }

    /** Returns the types of which the classes of these jars make instances in the same way, their own types included. */
    static Set<String> ofPlugIns(ClassPath jars) {
        Set<String> found = new TreeSet<>();
        jars.classes().forEach(model -> found.addAll(ClassLiterals.before(PluginInterfaces::makesInstances, model)));
        found.removeIf(name -> !jars.contains(name) && !isKafkas(name));
        return found;
    }

    static boolean isKafkas(String name) {
        return name.startsWith("org.apache.kafka.") || name.startsWith("kafka.");
    }

    private static boolean makesInstances(InvokeInstruction call) {
        String owner = call.owner().asInternalName();
        boolean known = OWNERS.contains(owner) || owner.endsWith("Config");
        return known && MAKERS.contains(call.name().stringValue())
            && call.type().stringValue().contains("Ljava/lang/Class;");
    }
}
