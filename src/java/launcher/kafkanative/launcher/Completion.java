package kafkanative.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * {@code kafka completion SHELL}: prints a script that completes commands and options.
 *
 * <p>The options of a command are asked of its own help when the user completes one, so they are those of this very
 * version of Kafka.
 */
final class Completion implements Command {
    private static final List<String> SHELLS = List.of("bash", "zsh", "fish");
    private static final String USAGE = """
        Usage: kafka completion bash|zsh|fish

        Prints a script that completes commands and options, for kafka and links such as kafka-topics.sh:

          bash  source <(kafka completion bash)
          zsh   source <(kafka completion zsh)
          fish  kafka completion fish | source
        """;

    @Override
    public String name() {
        return "completion";
    }

    @Override
    public String group() {
        return "Broker";
    }

    @Override
    public String summary() {
        return "print a completion script for bash, zsh or fish";
    }

    @Override
    public int run(List<String> args, Output output) {
        if (args.contains("--help") || args.contains("-h")) {
            output.out().print(USAGE);
            return ExitCode.OK;
        }
        if (args.size() != 1 || !SHELLS.contains(args.get(0))) {
            throw LauncherException.settings("reading the arguments of completion: one of "
                + String.join(", ", SHELLS) + " is expected").hint("'kafka completion --help' tells how to use it");
        }
        output.out().print(script(args.get(0)));
        return ExitCode.OK;
    }

    private static String script(String shell) {
        String file = "completion." + shell;
        try (InputStream stream = Completion.class.getResourceAsStream(file)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                .replace("@COMMANDS@", words(""))
                .replace("@LINKS@", words("kafka-"))
                .replace("@DESCRIBED@", described().replace("'", shell.equals("fish") ? "\\'" : "'\\''"));
        } catch (IOException e) {
            throw LauncherException.broker("reading " + file + ": " + e.getMessage());
        }
    }

    private static String described() {
        return Commands.all().stream()
            .map(command -> command.name() + "\t" + command.summary()).collect(Collectors.joining("\n"));
    }

    private static String words(String prefix) {
        return Commands.all().stream().map(command -> prefix + command.name()).collect(Collectors.joining(" "));
    }
}
