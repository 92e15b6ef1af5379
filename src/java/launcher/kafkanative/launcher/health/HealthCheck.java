package kafkanative.launcher.health;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import kafkanative.launcher.Command;
import kafkanative.launcher.ExitCode;
import kafkanative.launcher.JsonDocument;
import kafkanative.launcher.LauncherException;
import kafkanative.launcher.LogSetup;
import kafkanative.launcher.Output;
import kafkanative.launcher.environment.ClientAddress;
import kafkanative.launcher.environment.NodeEnvironment;

/**
 * {@code kafka healthcheck}: tells by its exit code whether a produce would be acknowledged now.
 *
 * <p>It asks for ApiVersions (the listener is served) and Metadata (the broker is unfenced, and the topics that the
 * environment asks for have leaders). Without credentials, a SASL listener answers the first question only, and so does
 * a listener for controllers.
 */
public final class HealthCheck implements Command {
    private static final String USAGE = """
        Usage: kafka healthcheck [OPTIONS]

        Exit code 0: a produce would be acknowledged now. Exit code 8: not (yet).

          --bootstrap-server HOST:PORT  broker to ask (default: the one that this environment describes)
          --command-config FILE         client properties, for TLS and SASL
          --timeout-ms N                how long it may take altogether (default: 5000)
          --json                        one JSON document instead of a line
          --help                        this text
        """;
    private static final int DEFAULT_TIMEOUT_MS = 5000;

    @Override
    public String name() {
        return "healthcheck";
    }

    @Override
    public String group() {
        return "Broker";
    }

    @Override
    public String summary() {
        return "tell whether a produce would be acknowledged now";
    }

    @Override
    public int run(List<String> args, Output output) {
        if (args.contains("--help") || args.contains("-h")) {
            output.out().print(USAGE);
            return ExitCode.OK;
        }
        Options options = Options.parse(args);
        LogSetup.installForTools(); // else log4j takes whatever configuration lies on the class path
        long started = System.nanoTime();
        Optional<NodeEnvironment> environment = options.server == null
            ? Optional.of(NodeEnvironment.of(System.getenv())) : Optional.empty();
        ClientAddress address = environment.map(ClientAddress::of).orElseGet(() -> ClientAddress.parse(options.server));
        List<String> topics = environment.map(each -> each.topics().stream().map(HealthCheck::nameOf).toList())
            .orElse(List.of());
        Health health = options.commandConfig == null
            ? Probe.ask(address, topics, options.timeoutMs)
            : ClientProbe.ask(address, topics, options.commandConfig, options.timeoutMs);
        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - started);
        print(address, health, micros / 1000.0, options.json, output);
        return health.isHealthy() ? ExitCode.OK : ExitCode.BROKER;
    }

    private static String nameOf(String topic) {
        return topic.split(":", 2)[0];
    }

    private static void print(ClientAddress address, Health health, double millis, boolean json, Output output) {
        if (json) {
            ObjectNode document = JsonNodeFactory.instance.objectNode();
            document.put("healthy", health.isHealthy()).put("server", address.server())
                .put("asked", health.asked()).put("milliseconds", millis);
            health.problem().ifPresent(problem -> document.put("problem", problem));
            JsonDocument.print(document, output.out());
        } else if (health.isHealthy()) {
            output.out().printf(Locale.ROOT, "%s answers %s after %.1f ms%n", address.server(), health.asked(), millis);
        } else {
            output.error("asking " + address.server() + ": " + health.problem().orElse(""));
        }
    }

    /** The arguments. */
    private static final class Options {
        private String server;
        private String commandConfig;
        private int timeoutMs = DEFAULT_TIMEOUT_MS;
        private boolean json;

        static Options parse(List<String> args) {
            Options options = new Options();
            Iterator<String> rest = args.iterator();
            while (rest.hasNext()) {
                options.accept(rest.next(), rest);
            }
            return options;
        }

        private void accept(String argument, Iterator<String> rest) {
            int equals = argument.indexOf('=');
            String attached = equals < 0 ? null : argument.substring(equals + 1);
            switch (equals < 0 ? argument : argument.substring(0, equals)) {
                case "--json" -> json = true;
                case "--bootstrap-server" -> server = value(argument, attached, rest);
                case "--command-config" -> commandConfig = value(argument, attached, rest);
                case "--timeout-ms" -> timeoutMs = number(value(argument, attached, rest));
                default -> throw bad("unknown argument " + argument);
            }
        }

        private static String value(String option, String attached, Iterator<String> rest) {
            if (attached == null && !rest.hasNext()) {
                throw bad(option + " needs a value");
            }
            return attached == null ? rest.next() : attached;
        }

        private static int number(String text) {
            if (!text.matches("[1-9][0-9]{0,8}")) {
                throw bad("--timeout-ms " + text + " is no number of milliseconds");
            }
            return Integer.parseInt(text);
        }

        private static LauncherException bad(String problem) {
            return LauncherException.settings("reading the arguments of healthcheck: " + problem)
                .hint("'kafka healthcheck --help' tells the arguments");
        }
    }
}
