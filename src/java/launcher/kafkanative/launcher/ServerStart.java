package kafkanative.launcher;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafkanative.launcher.environment.NodeEnvironment;
import kafkanative.launcher.environment.SettingTable;
import org.apache.logging.log4j.core.LoggerContext;

/**
 * {@code kafka server-start}: configuration, checks, formatting of new storage, and the broker, all in one process.
 *
 * <p>It is kafka-server-start.sh with {@code kafka-storage format} before it. All checks come before the first change
 * on disk. Kafka's configuration is parsed once, and the parsed object is what the broker is built from.
 */
final class ServerStart implements Command {
    private static final String USAGE = """
        Usage: kafka server-start [SERVER_PROPERTIES] [OPTIONS]

        Formats the log dirs when they are new, then runs the broker (or controller) until a signal ends it.
        Without a file, the configuration comes from KAFKA_* variables and mounted files: see 'kafka config render'.

          --override KEY=VALUE        property that goes over the file's; may be given many times
          --cluster-id ID             cluster id of new storage (default: a random one), or the one to insist on
          --metadata-version VERSION  release version of new storage, such as 4.2 (default: the latest)
          --initial-controllers LIST  first voters of a new dynamic quorum: id@host:port:directory-id,...
          --no-initial-controllers    new storage joins a dynamic quorum that exists already
          --feature NAME=LEVEL        feature level of new storage; may be given many times
          --add-scram CREDENTIAL      for new storage, such as SCRAM-SHA-512=[name=alice,password=secret]
          --topic NAME[:P[:R]]        topic that is there before the node says that it is ready
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
        return arguments.propertiesFile().isPresent()
            ? run(arguments, Optional.empty(), output)
            : run(NodeEnvironment.of(System.getenv()), arguments, output);
    }

    private static int run(NodeEnvironment environment, ServerStartArguments arguments, Output output) {
        environment.applyToProcess(output);
        return run(arguments.with(environment), Optional.of(environment), output);
    }

    private static int run(ServerStartArguments arguments, Optional<NodeEnvironment> environment, Output output) {
        StartAhead.begin();
        List<NewTopic> topics = NewTopic.parse(arguments.topics());
        Optional<LoggerContext> log = LogSetup.install(environment, !topics.isEmpty(), output);
        try {
            KafkaConfig config = configure(arguments, environment, output);
            Timeline.mark("configured");
            Storage.prepare(config, arguments, output);
            Timeline.mark("formatted");
            environment.ifPresent(NodeEnvironment::leaveServerProperties);
            JmxServer.startIfAsked(environment);
            return new BrokerProcess(config, topics, output).run();
        } finally {
            Reference.reachabilityFence(log);
        }
    }

    static KafkaConfig configure(
        ServerStartArguments arguments, Optional<NodeEnvironment> environment, Output output) {
        Properties properties = environment.map(each -> each.settings().toProperties())
            .orElseGet(() -> ServerProperties.load(Path.of(arguments.propertiesFile().orElseThrow())));
        ServerProperties.override(properties, arguments.overrides());
        Optional<SettingTable> sources = environment.map(NodeEnvironment::settings);
        UnknownProperties.report(properties, sources, arguments.strictProperties(), output);
        try {
            return KafkaConfig.fromProps(properties, false);
        } catch (RuntimeException e) {
            throw InvalidSettings.explain(e, properties);
        }
    }
}
