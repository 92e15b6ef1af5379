package kafkanative.launcher;

import java.util.List;
import java.util.Optional;
import kafkanative.launcher.health.HealthCheck;

/** The table of all commands, in the order in which the help lists them. */
final class Commands {
    private static final List<Command> ALL = List.of(
        new ServerStart(), new HealthCheck(), new ConfigRender(), new SetUp(), new Start());

    private Commands() {
    }

    static List<Command> all() {
        return ALL;
    }

    static Command find(String name) {
        return ALL.stream().filter(command -> command.name().equals(name)).findFirst()
            .orElseThrow(() -> unknown(name));
    }

    private static LauncherException unknown(String name) {
        Optional<String> nearest = NearestName.among(ALL.stream().map(Command::name).toList(), name);
        String hint = nearest.map(known -> "did you mean 'kafka " + known + "'?")
            .orElse("'kafka --help' lists the commands");
        return LauncherException.settings("running '" + name + "': there is no such command").hint(hint);
    }
}
