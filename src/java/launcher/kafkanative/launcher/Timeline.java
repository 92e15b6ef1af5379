package kafkanative.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Writes when the start got how far, for the bench: lines {@code MICROSECONDS STAGE}, since 1970.
 *
 * <p>It does so only when the variable NATIVE_KAFKA_TIMELINE names a file; that is looked up at each mark, since nothing
 * that a native build could keep may depend on the environment.
 */
final class Timeline {
    private static final String VARIABLE = "NATIVE_KAFKA_TIMELINE";

    private Timeline() {
    }

    /** A measurement that cannot be written is no reason not to start. */
    static void mark(String stage) {
        String file = System.getenv(VARIABLE);
        if (file == null) {
            return;
        }
        String line = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()) + " " + stage + "\n";
        try {
            Files.writeString(Path.of(file), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            System.err.println("kafka: warning: writing " + file + ": " + e);
        }
    }
}
