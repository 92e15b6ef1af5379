package kafkanative.launcher;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import kafkanative.launcher.environment.NodeEnvironment;

/**
 * The arguments of {@code kafka server-start}: those of kafka-server-start.sh, and of {@code kafka-storage format}
 * as far as they matter when a new folder is formatted on the way.
 *
 * @param propertiesFile path of the server.properties file; without one the environment is the configuration
 * @param overrides {@code key=value}, in the order given
 * @param clusterId the cluster id to format with, or to insist on
 * @param metadataVersion the release version to format with
 * @param initialControllers the first voters of a dynamic quorum (KIP-853)
 * @param features levels that new storage begins with, each {@code NAME=LEVEL}
 * @param scram SCRAM credentials that new storage begins with, as {@code kafka-storage --add-scram} takes them
 * @param topics to be there before the node says that it is ready, each {@code NAME[:PARTITIONS[:REPLICATION]]}
 * @param noInitialControllers whether this controller joins a dynamic quorum that others began
 * @param strictProperties whether an unknown property is an error
 * @param help whether only the usage is wanted
 */
record ServerStartArguments(
    Optional<String> propertiesFile,
    List<String> overrides,
    Optional<String> clusterId,
    Optional<String> metadataVersion,
    Optional<String> initialControllers,
    List<String> features,
    List<String> scram,
    List<String> topics,
    boolean noInitialControllers,
    boolean strictProperties,
    boolean help) {

    private static final List<String> OPTIONS = List.of("--override", "--cluster-id", "--metadata-version",
        "--initial-controllers", "--no-initial-controllers", "--feature", "--add-scram", "--topic",
        "--strict-properties", "--help");

    static ServerStartArguments parse(List<String> args) {
        Parser parser = new Parser();
        Iterator<String> rest = args.iterator();
        while (rest.hasNext()) {
            parser.accept(rest.next(), rest);
        }
        return parser.result();
    }

    /** What the environment says is added; a single value of the command line wins. */
    ServerStartArguments with(NodeEnvironment environment) {
        return new ServerStartArguments(propertiesFile, overrides, clusterId.or(environment::clusterId),
            metadataVersion.or(environment::metadataVersion), initialControllers, join(environment.features(), features),
            join(environment.scram(), scram), join(environment.topics(), topics), noInitialControllers,
            strictProperties, help);
    }

    private static List<String> join(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    /** Collects the arguments one by one; an option's value is the next argument or stands behind "=". */
    private static final class Parser {
        private final List<String> overrides = new ArrayList<>();
        private final List<String> features = new ArrayList<>();
        private final List<String> scram = new ArrayList<>();
        private final List<String> topics = new ArrayList<>();
        private String propertiesFile;
        private String clusterId;
        private String metadataVersion;
        private String initialControllers;
        private boolean noInitialControllers;
        private boolean strictProperties;
        private boolean help;

        void accept(String argument, Iterator<String> rest) {
            int equals = argument.startsWith("--") ? argument.indexOf('=') : -1;
            String option = equals < 0 ? argument : argument.substring(0, equals);
            String attached = equals < 0 ? null : argument.substring(equals + 1);
            switch (option) {
                case "--override" -> overrides.add(value(option, attached, rest));
                case "--feature" -> features.add(value(option, attached, rest));
                case "--add-scram" -> scram.add(value(option, attached, rest));
                case "--topic" -> topics.add(value(option, attached, rest));
                case "--cluster-id" -> clusterId = value(option, attached, rest);
                case "--metadata-version" -> metadataVersion = value(option, attached, rest);
                case "--initial-controllers" -> initialControllers = value(option, attached, rest);
                default -> acceptFlag(argument);
            }
        }

        private void acceptFlag(String argument) {
            switch (argument) {
                case "--no-initial-controllers" -> noInitialControllers = true;
                case "--strict-properties" -> strictProperties = true;
                case "--help", "-h" -> help = true;
                default -> acceptPositional(argument);
            }
        }

        private void acceptPositional(String argument) {
            if (argument.startsWith("-")) {
                throw unknownOption(argument);
            }
            if (propertiesFile != null) {
                throw bad("one properties file is expected, but there are two: " + propertiesFile + " and " + argument);
            }
            propertiesFile = argument;
        }

        private static String value(String option, String attached, Iterator<String> rest) {
            String value = attached == null && rest.hasNext() ? rest.next() : attached;
            if (value == null || value.isBlank()) {
                throw bad(option + " needs a value");
            }
            return value;
        }

        private static LauncherException unknownOption(String argument) {
            LauncherException unknown = bad("unknown option " + argument);
            return NearestName.among(OPTIONS, argument).map(near -> unknown.hint("did you mean " + near + "?"))
                .orElse(unknown);
        }

        private static LauncherException bad(String problem) {
            return LauncherException.settings("reading the arguments of server-start: " + problem)
                .hint("'kafka server-start --help' tells the arguments");
        }

        ServerStartArguments result() {
            if (initialControllers != null && noInitialControllers) {
                throw bad("--initial-controllers and --no-initial-controllers exclude each other");
            }
            return new ServerStartArguments(Optional.ofNullable(propertiesFile), List.copyOf(overrides),
                Optional.ofNullable(clusterId), Optional.ofNullable(metadataVersion),
                Optional.ofNullable(initialControllers), List.copyOf(features), List.copyOf(scram),
                List.copyOf(topics), noInitialControllers, strictProperties, help);
        }
    }
}
