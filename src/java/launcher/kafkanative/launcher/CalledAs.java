package kafkanative.launcher;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The name by which the executable was called, and what follows from it: called through a link
 * {@code kafka-topics.sh} it is that tool.
 *
 * <p>Java does not tell the name; the first word of /proc/self/cmdline is it (proc(5)). On a JVM that is "java".
 */
final class CalledAs {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
    private static final String PREFIX = "kafka-";
    private static final String SUFFIX = ".sh";
    /** The start command of Apache's images, /etc/kafka/docker/run. */
    private static final String START_OF_IMAGES = "run";

    private CalledAs() {
    }

    /** The arguments with the command before them that the name of the executable stands for. */
    static List<String> complete(List<String> args) {
        String name = ownName();
        if (!isCommand(name)) {
            return args;
        }
        List<String> completed = new ArrayList<>(args);
        completed.add(0, commandIn(name));
        return completed;
    }

    /** Any other name that begins like a script's is the user's own name of the executable, such as kafka-4.3.1. */
    private static boolean isCommand(String name) {
        boolean isScript = name.startsWith(PREFIX) && (name.endsWith(SUFFIX) || Commands.has(commandIn(name)));
        return isScript || START_OF_IMAGES.equals(name);
    }

    /** The command that is meant by the name of one of Kafka's scripts, with or without a folder; else the name. */
    static String commandIn(String name) {
        String script = name.substring(name.lastIndexOf('/') + 1);
        if (START_OF_IMAGES.equals(script)) {
            return "server-start";
        }
        if (!script.startsWith(PREFIX)) {
            return name;
        }
        int end = script.endsWith(SUFFIX) ? script.length() - SUFFIX.length() : script.length();
        return script.substring(PREFIX.length(), end);
    }

    private static String ownName() {
        try {
            String line = Files.readString(COMMAND_LINE, StandardCharsets.ISO_8859_1);
            String path = line.substring(0, Math.max(0, line.indexOf('\0')));
            return path.substring(path.lastIndexOf('/') + 1);
        } catch (IOException e) {
            return "";
        }
    }
}
