package kafkanative.launcher;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.layout.AbstractStringLayout;
import org.apache.logging.log4j.core.layout.ByteBufferDestination;

/**
 * Writes log lines as Kafka's pattern {@code [%d] %p %m (%c)%n} does.
 *
 * <p>log4j's PatternLayout would find the parts of a pattern by reflection in its registry of plug-ins.
 */
final class KafkaLogLayout extends AbstractStringLayout {
    private static final int DATE_LENGTH = 10;
    private static final int MILLISECONDS = 1000;

    private volatile Second latest = new Second(Long.MIN_VALUE, "");

    KafkaLogLayout() {
        super(StandardCharsets.UTF_8);
    }

    /** The text of one second, kept because most lines fall into the second of the line before. */
    private record Second(long epochSecond, String text) {
        static Second of(long epochSecond) {
            String iso = LocalDateTime.ofInstant(Instant.ofEpochSecond(epochSecond), ZoneId.systemDefault()).toString();
            String time = iso.substring(DATE_LENGTH + 1);
            return new Second(epochSecond,
                iso.substring(0, DATE_LENGTH) + ' ' + (time.length() == "hh:mm".length() ? time + ":00" : time));
        }
    }

    @Override
    public String toSerializable(LogEvent event) {
        return write(event, new StringBuilder()).toString();
    }

    @Override
    public void encode(LogEvent event, ByteBufferDestination destination) {
        getStringBuilderEncoder().encode(write(event, getStringBuilder()), destination);
    }

    private StringBuilder write(LogEvent event, StringBuilder line) {
        writeTime(event.getInstant().getEpochMillisecond(), line.append('['));
        line.append("] ").append(event.getLevel()).append(' ').append(event.getMessage().getFormattedMessage())
            .append(" (").append(event.getLoggerName()).append(')').append(System.lineSeparator());
        if (event.getThrown() != null) {
            line.append(stackTrace(event.getThrown()));
        }
        return line;
    }

    private void writeTime(long epochMillisecond, StringBuilder line) {
        long epochSecond = Math.floorDiv(epochMillisecond, MILLISECONDS);
        Second second = latest;
        if (second.epochSecond() != epochSecond) {
            second = Second.of(epochSecond);
            latest = second;
        }
        int millisecond = Math.floorMod(epochMillisecond, MILLISECONDS);
        line.append(second.text()).append(',').append((char) ('0' + millisecond / 100))
            .append((char) ('0' + millisecond / 10 % 10)).append((char) ('0' + millisecond % 10));
    }

    private static String stackTrace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
