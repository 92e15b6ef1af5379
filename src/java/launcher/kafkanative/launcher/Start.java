package kafkanative.launcher;

import java.util.ArrayList;
import java.util.List;

/** {@code kafka start --config FILE}: what upstream's native executable calls it, for those who run that one. */
final class Start implements Command {
    @Override
    public String name() {
        return "start";
    }

    @Override
    public String group() {
        return "As upstream's native executable";
    }

    @Override
    public String summary() {
        return "the same as server-start; FILE stands behind --config or -C";
    }

    @Override
    public int run(List<String> args, Output output) {
        List<String> translated = new ArrayList<>();
        for (String argument : args) {
            if (argument.startsWith("--config=")) {
                translated.add(argument.substring("--config=".length()));
            } else if (!argument.equals("--config") && !argument.equals("-C")) {
                translated.add(argument);
            }
        }
        if (translated.isEmpty()) {
            throw LauncherException.settings("reading the arguments of start: --config FILE is not given")
                .hint("'kafka server-start' takes the configuration from the environment");
        }
        return new ServerStart().run(translated, output);
    }
}
