package kafkanative.launcher;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafkanative.launcher.environment.NodeEnvironment;
import kafkanative.launcher.environment.Setting;
import org.apache.kafka.common.config.types.Password;

/** {@code kafka config render}: what the environment and the mounted files make of a node, without starting it. */
final class ConfigRender implements Command {
    private static final String USAGE = """
        Usage: kafka config render [--json]

        Prints the properties that 'kafka server-start' would give to Kafka in this environment, and where each came from.
        Passwords are masked. The exit code is 2 when Kafka would refuse the configuration.

          --json  one JSON document instead
          --help  this text
        """;

    @Override
    public String name() {
        return "config";
    }

    @Override
    public String group() {
        return "Broker";
    }

    @Override
    public String summary() {
        return "'config render' shows the configuration that the environment gives, and its sources";
    }

    @Override
    public int run(List<String> args, Output output) {
        if (args.contains("--help") || args.contains("-h")) {
            output.out().print(USAGE);
            return ExitCode.OK;
        }
        boolean isJson = args.equals(List.of("render", "--json"));
        if (!isJson && !args.equals(List.of("render"))) {
            throw LauncherException.settings("reading the arguments of config: " + String.join(" ", args)
                + " is not known").hint("'kafka config --help' tells the arguments");
        }
        return render(NodeEnvironment.of(System.getenv()), isJson, output);
    }

    private static int render(NodeEnvironment environment, boolean isJson, Output output) {
        NewTopic.parse(environment.topics());
        List<String> warnings = new ArrayList<>(environment.warnings());
        warnings.addAll(unknown(environment));
        List<String> problems = problems(environment);
        if (isJson) {
            JsonDocument.print(document(environment, warnings, problems), output.out());
        } else {
            environment.settings().all().forEach(setting -> output.out().println(line(setting)));
            warnings.forEach(output::warning);
            problems.forEach(output::error);
        }
        return problems.isEmpty() ? ExitCode.OK : ExitCode.SETTINGS;
    }

    /** What {@code server-start} would print; its lines begin with the prefix of warnings. */
    private static List<String> unknown(NodeEnvironment environment) {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(lines, true, StandardCharsets.UTF_8);
        UnknownProperties.report(environment.settings().toProperties(), Optional.of(environment.settings()), false,
            new Output(stream, stream));
        return lines.toString(StandardCharsets.UTF_8).lines()
            .map(line -> line.substring(Output.WARNING.length())).toList();
    }

    private static List<String> problems(NodeEnvironment environment) {
        Properties properties = environment.settings().toProperties();
        try {
            KafkaConfig.fromProps(properties, false);
            return List.of();
        } catch (RuntimeException e) {
            return InvalidSettings.explain(e, properties).problems();
        }
    }

    private static String line(Setting setting) {
        return setting.name() + "=" + shown(setting) + "  # " + setting.source();
    }

    private static String shown(Setting setting) {
        return Secrets.isSecret(setting.name()) ? Password.HIDDEN : setting.value();
    }

    private static ObjectNode document(NodeEnvironment environment, List<String> warnings, List<String> problems) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        ArrayNode properties = document.putArray("properties");
        environment.settings().all().forEach(setting -> properties.addObject().put("name", setting.name())
            .put("value", shown(setting)).put("source", setting.source()));
        environment.clusterId().ifPresent(id -> document.put("cluster_id", id));
        environment.metadataVersion().ifPresent(version -> document.put("metadata_version", version));
        put(document.putArray("features"), environment.features());
        put(document.putArray("topics"), environment.topics());
        put(document.putArray("scram_mechanisms"), environment.scram().stream().map(ConfigRender::mechanism).toList());
        put(document.putObject("system_properties"), environment.options().systemProperties());
        put(document.putObject("heap"), environment.options().sizes());
        putLog(document.putObject("log"), environment);
        put(document.putArray("warnings"), warnings);
        put(document.putArray("problems"), problems);
        return document;
    }

    /** Of "SCRAM-SHA-256=[name=..." only what stands before the secret. */
    private static String mechanism(String argument) {
        return argument.substring(0, Math.max(0, argument.indexOf('=')));
    }

    private static void putLog(ObjectNode log, NodeEnvironment environment) {
        environment.log4j().ifPresent(file -> log.put("file", file.toString()));
        environment.levels().root().ifPresent(level -> log.put("root", level.name()));
        ObjectNode loggers = log.putObject("loggers");
        environment.levels().loggers().forEach((name, level) -> loggers.put(name, level.name()));
    }

    private static void put(ArrayNode array, List<String> values) {
        values.forEach(array::add);
    }

    private static void put(ObjectNode object, Map<String, String> values) {
        values.forEach((name, value) -> object.put(name, Secrets.isSecret(name) ? Password.HIDDEN : value));
    }
}
