package kafkanative.launcher;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The text of {@code kafka --help}: all commands under their headings. */
final class Help {
    private static final String FRAME = """
        Usage: kafka COMMAND [ARGUMENTS]
               kafka --help | --version [--verbose]
        Called through a link named kafka-COMMAND or kafka-COMMAND.sh, it is that command.
        %s
        'kafka COMMAND --help' tells the arguments of a command.
        """;

    private Help() {
    }

    static String text() {
        Map<String, List<Command>> groups = Commands.all().stream()
            .collect(Collectors.groupingBy(Command::group, LinkedHashMap::new, Collectors.toList()));
        StringBuilder body = new StringBuilder();
        groups.forEach((heading, commands) -> appendGroup(body, heading, commands));
        return String.format(FRAME, body);
    }

    private static void appendGroup(StringBuilder body, String heading, List<Command> commands) {
        body.append('\n').append(heading).append(":\n");
        commands.forEach(command -> body.append(String.format("  %-26s %s%n", command.name(), summary(command))));
    }

    private static String summary(Command command) {
        boolean isThere = !(command instanceof Tool tool) || tool.isThere();
        return command.summary() + (isThere ? "" : " (not in this executable)");
    }
}
