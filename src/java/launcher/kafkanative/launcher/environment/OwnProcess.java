package kafkanative.launcher.environment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The process itself: the words that it was started with, and starting it anew with others. */
final class OwnProcess {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private OwnProcess() {
    }

    /** All words of the command line, the program's name first (proc(5)); none when the system does not tell. */
    static List<String> words() {
        try {
            String line = Files.readString(COMMAND_LINE, StandardCharsets.UTF_8);
            return new ArrayList<>(List.of(line.split("\0")));
        } catch (IOException e) {
            return new ArrayList<>();
        }
    }

    /**
     * Lets the executable begin again in this process, with other arguments (execve(2)); process id, variables, open
     * standard streams and working directory stay.
     *
     * <p>A JVM cannot, so this does nothing; in a native executable it is substituted.
     *
     * @param words the program's name, then the arguments
     */
    static void replace(List<String> words) {
    }
}
