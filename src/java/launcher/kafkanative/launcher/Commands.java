package kafkanative.launcher;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import kafkanative.launcher.health.HealthCheck;

/** The table of all commands, in the order in which the help lists them. */
final class Commands {
    /** They are looked through first, so that a broker's start reads no table of tools. */
    private static final List<Command> OWN = List.of(
        new ServerStart(), new HealthCheck(), new ConfigRender(), new SetUp(), new Start(), new Completion());

    private Commands() {
    }

    static List<Command> all() {
        return Stream.concat(OWN.stream(), Tools.all().stream()).toList();
    }

    static boolean has(String name) {
        return named(OWN, name).or(() -> named(Tools.all(), name)).isPresent();
    }

    /** Takes the name of a command, or of the script of Kafka that does the same. */
    static Command find(String given) {
        String name = CalledAs.commandIn(given);
        return named(OWN, name).or(() -> named(Tools.all(), name)).orElseThrow(() -> unknown(name));
    }

    private static Optional<Command> named(List<? extends Command> commands, String name) {
        return commands.stream().filter(command -> command.name().equals(name)).findFirst().map(Command.class::cast);
    }

    private static LauncherException unknown(String name) {
        Optional<String> nearest = NearestName.among(all().stream().map(Command::name).toList(), name);
        String hint = nearest.map(known -> "did you mean 'kafka " + known + "'?")
            .orElse("'kafka --help' lists the commands");
        return LauncherException.settings("running '" + name + "': there is no such command").hint(hint);
    }
}
