package kafkanative.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kafka.server.KafkaConfig;
import kafkanative.launcher.environment.NodeEnvironment;

/**
 * {@code kafka setup}: configuration from the environment into a folder, and formatting, without a start.
 *
 * <p>Drivers of upstream's native image call it before {@code start}. A native executable takes every argument that
 * begins with -D for a system property, so of {@code -D FOLDER} only the folder is left.
 */
final class SetUp implements Command {
    private static final String USAGE = """
        Usage: kafka setup [-D DEFAULTS] -M MOUNTED -F FINAL

        Writes server.properties (and log4j2.yaml, when there is one) into the folder FINAL, and formats new storage.

          --default-configs-dir, -D  folder of log4j2.yaml for when none is mounted
          --mounted-configs-dir, -M  folder of the user's server.properties and log4j2.yaml
          --final-configs-dir, -F    folder to write into
          --help                     this text
        """;
    private static final String LOG4J = "log4j2.yaml";

    @Override
    public String name() {
        return "setup";
    }

    @Override
    public String group() {
        return "As upstream's native executable";
    }

    @Override
    public String summary() {
        return "configuration from the environment into a folder, and formatting";
    }

    @Override
    public int run(List<String> args, Output output) {
        if (args.contains("--help") || args.contains("-h")) {
            output.out().print(USAGE);
            return ExitCode.OK;
        }
        Map<String, String> folders = folders(args);
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("NATIVE_KAFKA_MOUNT_DIR", folders.get("-M"));
        NodeEnvironment environment = NodeEnvironment.of(variables);
        environment.warnings().forEach(output::warning);
        Path file = write(environment, Path.of(folders.get("-F")), folders.get("-D"));
        format(file, environment, output);
        return ExitCode.OK;
    }

    private static Map<String, String> folders(List<String> args) {
        Map<String, String> folders = new HashMap<>();
        Iterator<String> rest = args.iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            int equals = argument.indexOf('=');
            String option = option(equals < 0 ? argument : argument.substring(0, equals));
            boolean isOption = argument.startsWith("-");
            String value = isOption && equals < 0 && rest.hasNext() ? rest.next() : argument.substring(equals + 1);
            folders.put(option, value);
        }
        if (!folders.containsKey("-M") || !folders.containsKey("-F")) {
            throw LauncherException.settings("reading the arguments of setup: -M and -F are needed")
                .hint("'kafka setup --help' tells the arguments");
        }
        return folders;
    }

    private static String option(String name) {
        return switch (name) {
            case "--mounted-configs-dir", "-M" -> "-M";
            case "--final-configs-dir", "-F" -> "-F";
            case "--default-configs-dir", "-D" -> "-D";
            default -> {
                if (name.startsWith("-")) {
                    throw LauncherException.settings("reading the arguments of setup: unknown option " + name)
                        .hint("'kafka setup --help' tells the arguments");
                }
                yield "-D";
            }
        };
    }

    private static Path write(NodeEnvironment environment, Path folder, String defaults) {
        try {
            Path log4j = environment.log4j().orElse(defaults == null ? null : Path.of(defaults, LOG4J));
            if (log4j != null && Files.exists(log4j)) {
                Files.copy(log4j, folder.resolve(LOG4J), StandardCopyOption.REPLACE_EXISTING);
            }
            return environment.writeServerProperties(folder);
        } catch (IOException e) {
            throw LauncherException.settings("writing the configuration into " + folder + ": " + FailureText.of(e))
                .hint("name a folder that this user may write with --final-configs-dir");
        }
    }

    private static void format(Path file, NodeEnvironment environment, Output output) {
        LogSetup.install(Optional.of(environment), false, output);
        ServerStartArguments arguments = ServerStartArguments.parse(List.of(file.toString()))
            .with(environment);
        KafkaConfig config = ServerStart.configure(arguments, Optional.of(environment), output);
        Storage.prepare(config, arguments, output);
    }
}
