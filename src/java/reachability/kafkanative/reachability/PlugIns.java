package kafkanative.reachability;

import java.io.PrintStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.nio.file.Path;
import java.security.Provider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds what Kafka loads by name in jars of the user's, and what that needs.
 *
 * <p>A line of output is one of
 * <pre>
 * found TAB INTERFACE TAB CLASS TAB JAR      the class implements the interface and can be made
 * problem TAB CLASS TAB JAR TAB TEXT         the class implements one, and cannot be loaded
 * register TAB KIND TAB NAME                 as in {@link Main}; also everything (all members)
 * note TAB TEXT                              something could not be found out
 * </pre>
 */
final class PlugIns {
    /** What is loaded by name beside that which Kafka's byte code shows; some of it by tools, or through other types. */
    private static final Set<String> INTERFACES = Set.of(
        "java.security.Provider",
        "javax.security.auth.callback.CallbackHandler",
        "kafka.metrics.KafkaMetricsReporter",
        "org.apache.kafka.clients.consumer.ConsumerInterceptor",
        "org.apache.kafka.clients.producer.Partitioner",
        "org.apache.kafka.clients.producer.ProducerInterceptor",
        "org.apache.kafka.common.MessageFormatter",
        "org.apache.kafka.common.config.provider.ConfigProvider",
        "org.apache.kafka.common.metrics.MetricsReporter",
        "org.apache.kafka.common.replica.ReplicaSelector",
        "org.apache.kafka.common.serialization.Deserializer",
        "org.apache.kafka.common.serialization.Serializer",
        "org.apache.kafka.server.authorizer.Authorizer",
        "org.apache.kafka.server.policy.AlterConfigPolicy",
        "org.apache.kafka.server.policy.CreateTopicPolicy",
        "org.apache.kafka.server.quota.ClientQuotaCallback",
        "org.apache.kafka.server.telemetry.ClientTelemetry",
        "org.apache.kafka.tools.api.Decoder",
        "org.apache.kafka.tools.api.RecordReader");
    private static final String LOG4J_PLUGIN = "Lorg/apache/logging/log4j/core/config/plugins/Plugin;";

    private final ClassPath all;
    private final List<Path> paths;
    private final ClassLoader loader;
    private final ClassPath jars;
    private final Set<String> lines = new TreeSet<>();

    PlugIns(ClassPath all, List<Path> paths, ClassLoader loader) {
        this.all = all;
        this.paths = paths;
        this.loader = loader;
        this.jars = ClassPath.read(paths);
    }

    void print() {
        PrintStream output = System.out;
        System.setOut(System.err);  // what is initialized may print
        Set<String> interfaces = new TreeSet<>(INTERFACES);
        interfaces.addAll(PluginInterfaces.in(all));
        interfaces.addAll(PluginInterfaces.ofPlugIns(jars));
        for (Path path : paths) {
            ClassPath.read(List.of(path)).classes().forEach(model -> look(model, interfaces, path));
        }
        jars.classes().forEach(this::addWhatItNames);
        addServices();
        jars.resources().forEach(name -> register("resource", name));
        ManagedBeans.interfacesIn(jars).forEach(name -> register("public-methods", name));
        lines.forEach(output::println);
    }

    private void look(ClassModel model, Set<String> interfaces, Path jar) {
        String name = ClassPath.nameOf(model);
        List<String> implemented = new ArrayList<>(interfaces);
        implemented.retainAll(all.hasPlainConstructor(name) ? all.supertypesOf(name) : Set.of());
        if (isLog4jPlugin(model)) {
            implemented.add("log4j2 plug-in");
            register("everything", name);
            addMembersOfBuilders(name);
        }
        if (implemented.isEmpty()) {
            return;
        }
        Optional<String> problem = Linking.problemOf(model, loader);
        if (problem.isPresent()) {
            line("problem", name, jar.toString(), problem.get());
            return;
        }
        implemented.forEach(type -> line("found", type, name, jar.toString()));
        register("public-constructors", name);
        if (implemented.contains(Provider.class.getName())) {
            addServicesOf(name);
        }
    }

    private static boolean isLog4jPlugin(ClassModel model) {
        return model.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
            .flatMap(attribute -> attribute.annotations().stream())
            .anyMatch(annotation -> annotation.className().equalsString(LOG4J_PLUGIN));
    }

    /** log4j fills a builder through the fields of its class and of all classes above that. */
    private void addMembersOfBuilders(String plugin) {
        for (ClassModel model : jars.classes()) {
            String name = ClassPath.nameOf(model);
            if (name.startsWith(plugin + "$")) {
                register("everything", name);
                all.supertypesOf(name).stream().filter(all::contains).forEach(type -> register("everything", type));
            }
        }
    }

    private void addWhatItNames(ClassModel model) {
        try {
            ConfigurationDefaults.of(model, loader).filter(all::contains)
                .forEach(name -> register("public-constructors", name));
        } catch (IllegalStateException | LinkageError error) {
            note("the defaults of " + ClassPath.nameOf(model) + " are not known", error);
        }
    }

    private void addServices() {
        jars.providers().values().stream().flatMap(Collection::stream).filter(all::contains)
            .forEach(provider -> register("public-constructors", provider));
    }

    /** A security provider names the classes of its algorithms, which only making it tells. */
    private void addServicesOf(String provider) {
        try {
            Provider made = (Provider) Class.forName(provider, true, loader).getDeclaredConstructor().newInstance();
            made.getServices().forEach(service -> register("public-constructors", service.getClassName()));
        } catch (ReflectiveOperationException | RuntimeException | LinkageError error) {
            note("the algorithms of " + provider + " are not known", error);
        }
    }

    private void register(String kind, String name) {
        line("register", kind, name);
    }

    private void note(String what, Throwable error) {
        Throwable cause = error.getCause() == null ? error : error.getCause();
        line("note", what + ": " + cause.toString().lines().findFirst().orElse(""));
    }

    private void line(String... words) {
        lines.add(String.join("\t", words));
    }
}
