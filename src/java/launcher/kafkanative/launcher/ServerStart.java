package kafkanative.launcher;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import kafka.server.KafkaConfig;
import org.apache.logging.log4j.core.LoggerContext;

/**
 * {@code kafka server-start}: configuration, checks, formatting of new storage, and the broker, all in one process.
 *
 * <p>It is kafka-server-start.sh with {@code kafka-storage format} before it. All checks come before the first change
 * on disk. Kafka's configuration is parsed once, and the parsed object is what the broker is built from.
 */
final class ServerStart implements Command {
    private static final String USAGE = """
        Usage: kafka server-start SERVER_PROPERTIES [OPTIONS]

        Formats the log dirs when they are new, then runs the broker (or controller) until a signal ends it.

          --override KEY=VALUE        property that goes over the file's; may be given many times
          --cluster-id ID             cluster id of new storage (default: a random one), or the one to insist on
          --metadata-version VERSION  release version of new storage, such as 4.2 (default: the latest)
          --initial-controllers LIST  first voters of a new dynamic quorum: id@host:port:directory-id,...
          --no-initial-controllers    new storage joins a dynamic quorum that exists already
          --strict-properties         a property that Kafka does not know is an error, not a warning
          --help                      this text
        """;

    @Override
    public String name() {
        return "server-start";
    }

    @Override
    public String group() {
        return "Broker";
    }

    @Override
    public String summary() {
        return "format storage when it is new, and run a broker or controller";
    }

    @Override
    public int run(List<String> args, Output output) {
        ServerStartArguments arguments = ServerStartArguments.parse(args);
        if (arguments.help()) {
            output.out().print(USAGE);
            return ExitCode.OK;
        }
        Optional<LoggerContext> log = LogSetup.install();
        try {
            return start(arguments, output);
        } finally {
            Reference.reachabilityFence(log);
        }
    }

    private static int start(ServerStartArguments arguments, Output output) {
        KafkaConfig config = configure(arguments, output);
        Timeline.mark("configured");
        Storage.prepare(config, arguments, output);
        Timeline.mark("formatted");
        return new BrokerProcess(config, output).run();
    }

    private static KafkaConfig configure(ServerStartArguments arguments, Output output) {
        Properties properties = ServerProperties.load(Path.of(arguments.propertiesFile().orElseThrow()));
        ServerProperties.override(properties, arguments.overrides());
        reportUnknown(properties, arguments.strictProperties(), output);
        try {
            return KafkaConfig.fromProps(properties, false);
        } catch (RuntimeException e) {
            throw InvalidSettings.explain(e, properties);
        }
    }

    private static void reportUnknown(Properties properties, boolean strict, Output output) {
        UnknownProperties names = new UnknownProperties(KnownProperties.of(properties));
        List<UnknownProperties.Unknown> unknown = names.find(properties);
        if (strict && !unknown.isEmpty()) {
            throw LauncherException.settings(unknown.stream()
                .map(one -> "reading the configuration: " + one.describe("")).toArray(String[]::new))
                .hint("correct the names, or leave --strict-properties out to have them ignored");
        }
        unknown.forEach(one -> output.warning(one.describe(" and ignores it")));
    }
}
