package kafkanative.launcher.environment;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import kafkanative.launcher.LauncherException;
import org.apache.logging.log4j.Level;

/**
 * Levels of loggers that variables give; they go over those of the log configuration.
 *
 * @param root level of the root logger
 * @param loggers levels by the names of loggers
 */
public record LogLevels(Optional<Level> root, Map<String, Level> loggers) {
    private static final String ROOT = "KAFKA_LOG4J_ROOT_LOGLEVEL";
    private static final String LOGGERS = "KAFKA_LOG4J_LOGGERS";

    /** Nothing is given. */
    public static final LogLevels NONE = new LogLevels(Optional.empty(), Map.of());

    static LogLevels of(Variables variables) {
        Optional<Level> root = variables.get(ROOT).map(name -> level(ROOT, name));
        Map<String, Level> loggers = new TreeMap<>();
        for (String pair : variables.get(LOGGERS).orElse("").split(",")) {
            int equals = pair.lastIndexOf('=');
            if (equals > 0) {
                loggers.put(pair.substring(0, equals).strip(), level(LOGGERS, pair.substring(equals + 1).strip()));
            } else if (!pair.isBlank()) {
                throw LauncherException.settings("reading the variable " + LOGGERS + ": '" + pair.strip()
                    + "' is not of the form LOGGER=LEVEL").hint("for example " + LOGGERS + "=kafka=INFO,org.apache=WARN");
            }
        }
        return new LogLevels(root, loggers);
    }

    private static Level level(String variable, String name) {
        Level level = Level.getLevel(name.toUpperCase(Locale.ROOT));
        if (level == null) {
            throw LauncherException.settings("reading the variable " + variable + ": '" + name + "' is no level")
                .hint("levels are OFF, FATAL, ERROR, WARN, INFO, DEBUG, TRACE and ALL");
        }
        return level;
    }
}
