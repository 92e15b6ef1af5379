package kafkanative.launcher;

import java.util.HashMap;
import java.util.Map;
import kafkanative.launcher.environment.LogLevels;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.AbstractConfiguration;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.LoggerConfig;

/**
 * The log configuration that is used when the user gives none: everything to stdout, in Kafka's pattern.
 *
 * <p>Levels are those of Kafka's config/log4j2.yaml. Its log files are left out: a local broker logs to stdout.
 */
final class StdoutLogging extends AbstractConfiguration {
    private static final Map<String, Level> LEVELS = Map.of(
        "kafka.request.logger", Level.WARN,
        "kafka.network.RequestChannel$", Level.WARN);

    private final LogLevels levels;
    private final boolean holdsReadyLines;

    /**
     * @param levels that go over Kafka's
     * @param holdsReadyLines whether the lines that say "ready" wait until {@link ReadyLines} are released
     */
    StdoutLogging(LogLevels levels, boolean holdsReadyLines) {
        super(null, ConfigurationSource.NULL_SOURCE);
        this.levels = levels;
        this.holdsReadyLines = holdsReadyLines;
        setName("kafka-native stdout");
        // Else log4j would close the log while Kafka's own hook is still shutting the node down.
        isShutdownHookEnabled = false;
        // Else log4j would look up the name of this host, which waits for DNS.
        getProperties().put("hostName", "localhost");
    }

    /** Replaces the collection of log4j's plug-ins, which nothing here is made from. */
    @Override
    public void initialize() {
        Appender stdout = new ConsoleAppender.Builder<>()
            .setName("STDOUT")
            .setTarget(ConsoleAppender.Target.SYSTEM_OUT)
            .setDirect(true)
            .setLayout(new KafkaLogLayout())
            .build();
        addAppender(stdout);
        getRootLogger().setLevel(levels.root().orElse(Level.INFO));
        getRootLogger().addAppender(holdsReadyLines ? heldBack(stdout) : stdout, null, null);
        Appender lastError = new LastError();
        addAppender(lastError);
        getRootLogger().addAppender(lastError, Level.ERROR, null);
        Map<String, Level> all = new HashMap<>(LEVELS);
        all.putAll(levels.loggers());
        all.forEach((name, level) -> addLogger(name, new LoggerConfig(name, level, true)));
        setParents();
        setState(State.INITIALIZED);
    }

    private Appender heldBack(Appender stdout) {
        Appender lines = new ReadyLines(stdout);
        addAppender(lines);
        return lines;
    }

    private void setParents() {
        getLoggers().values().stream()
            .filter(logger -> logger != getRootLogger())
            .forEach(logger -> logger.setParent(nearestAbove(logger.getName())));
    }

    private LoggerConfig nearestAbove(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? getRootLogger() : getLoggers().getOrDefault(name.substring(0, dot), nearestAbove(name.substring(0, dot)));
    }
}
