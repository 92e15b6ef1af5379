package kafkanative.launcher;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/**
 * Remembers the last exception that was logged as an error.
 *
 * <p>When Kafka ends the process by itself (ProcessTerminatingFaultHandler) the log is the only place where the reason
 * stands; this is how {@link ProcessExit} comes to tell it in one line.
 */
final class LastError extends AbstractAppender {
    private static final AtomicReference<Throwable> THROWN = new AtomicReference<>();

    LastError() {
        super("LastError", null, null, true, Property.EMPTY_ARRAY);
    }

    /** Empty when no exception was logged, or when the user's own log configuration is in use. */
    static Optional<Throwable> thrown() {
        return Optional.ofNullable(THROWN.get());
    }

    @Override
    public void append(LogEvent event) {
        if (event.getThrown() != null) {
            THROWN.set(event.getThrown());
        }
    }
}
