package kafkanative.launcher;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Tells whether a running node uses a log dir: every node holds a lock on the file .lock in each of its log dirs.
 *
 * <p>See {@code org.apache.kafka.server.util.FileLock}; the lock is tried and given back at once.
 */
final class DirectoryLock {
    private static final Path LOCKS = Path.of("/proc/locks");

    private DirectoryLock() {
    }

    static Optional<String> describeHolder(Path folder) {
        Path file = folder.resolve(".lock");
        if (!Files.exists(file) || !isHeld(file)) {
            return Optional.empty();
        }
        String holder = findHolder(file).map(name -> ", " + name).orElse("");
        return Optional.of("it is in use by a running node" + holder + " (its .lock is held)");
    }

    private static boolean isHeld(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock()) {
            return lock == null;
        } catch (IOException e) {
            // Whether this user may write here is looked at elsewhere.
            return false;
        }
    }

    /** Lines of /proc/locks read "1: POSIX ADVISORY WRITE PID MAJOR:MINOR:INODE 0 EOF", see proc(5). */
    private static Optional<String> findHolder(Path file) {
        try (Stream<String> lines = Files.lines(LOCKS)) {
            String inode = ":" + Files.getAttribute(file, "unix:ino");
            return lines.map(line -> line.trim().split("\\s+"))
                .filter(fields -> fields.length > 5 && fields[5].endsWith(inode))
                .map(fields -> fields[4])
                .filter(pid -> !pid.startsWith("-") && !pid.equals("0"))
                .findFirst()
                .map(ProcessName::describe);
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
