package kafkanative.launcher;

import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/**
 * Holds back the lines by which Kafka says that it is ready, until the topics that were asked for are there.
 *
 * <p>Those who start containers wait for such a line (Testcontainers for the first, its Python sibling for the second).
 */
final class ReadyLines extends AbstractAppender {
    private static final List<String> SIGNS =
        List.of("Transitioning from RECOVERY to RUNNING", "Kafka Server started");
    private static final List<LogEvent> HELD = new ArrayList<>();
    private static Appender target;
    private static boolean released;

    ReadyLines(Appender target) {
        super("ReadyLines", null, null, true, Property.EMPTY_ARRAY);
        setTarget(target);
    }

    private static synchronized void setTarget(Appender appender) {
        target = appender;
    }

    /** Writes what was held back. */
    static synchronized void release() {
        released = true;
        HELD.forEach(target::append);
        HELD.clear();
    }

    @Override
    public void append(LogEvent event) {
        if (!hold(event)) {
            target.append(event);
        }
    }

    private static synchronized boolean hold(LogEvent event) {
        String message = event.getMessage().getFormattedMessage();
        boolean held = !released && SIGNS.stream().anyMatch(message::contains);
        return held && HELD.add(event.toImmutable());
    }
}
