package kafkanative.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names a process by its id and, where /proc tells it, its command; never its arguments, which may hold secrets. */
final class ProcessName {
    private ProcessName() {
    }

    static String describe(String pid) {
        try {
            return "process " + pid + " (" + Files.readString(Path.of("/proc", pid, "comm")).strip() + ")";
        } catch (IOException e) {
            return "process " + pid;
        }
    }
}
