package kafkanative.launcher;

import java.util.ArrayList;
import java.util.List;

/** Picks the command that the first argument names, runs it, and tells its failure in plain lines. */
public final class Launcher {
    private final Output output;

    /**
     * @param output where the commands write
     */
    public Launcher(Output output) {
        this.output = output;
    }

    /**
     * Runs one command line.
     *
     * @param args the name of a command, then its arguments
     * @return the exit code of the process, see {@link ExitCode}
     */
    public int run(String... args) {
        try {
            return dispatch(CalledAs.complete(withoutSystemProperties(args)));
        } catch (LauncherException e) {
            output.failure(e);
            return e.exitCode();
        }
    }

    /**
     * Takes -Dname=value out, wherever it stands. A native executable does so before main, so that drivers of upstream's
     * image give them among the arguments; this makes the JVM behave the same.
     */
    private static List<String> withoutSystemProperties(String... args) {
        List<String> rest = new ArrayList<>();
        for (String each : args) {
            int equals = each.indexOf('=');
            if (each.startsWith("-D") && equals > 2) {
                System.setProperty(each.substring(2, equals), each.substring(equals + 1));
            } else {
                rest.add(each);
            }
        }
        return rest;
    }

    private int dispatch(List<String> args) {
        if (args.isEmpty()) {
            output.err().print(Help.text());
            return ExitCode.SETTINGS;
        }
        switch (args.get(0)) {
            case "--help", "-h", "help" -> output.out().print(Help.text());
            case "--version" -> output.out().print(version(args));
            default -> {
                return Commands.find(args.get(0)).run(args.subList(1, args.size()), output);
            }
        }
        return ExitCode.OK;
    }

    private static String version(List<String> args) {
        String plugIns = args.contains("--verbose") ? PlugIns.load().describe() : "";
        return KafkaVersion.load().describe() + plugIns;
    }
}
