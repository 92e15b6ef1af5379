package kafkanative.launcher;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.Configurator;

/**
 * Gives log4j its configuration before Kafka asks for the first logger.
 *
 * <p>A file of the user's wins: log4j then reads it as always. Without one, log4j would look through the class path for
 * nine file names, and build what it finds by reflection from its registry of plug-ins. {@link StdoutLogging} is a
 * finished object instead: no file, no parser, no reflection, so nothing for the native executable to keep, and the
 * fastest start.
 */
final class LogSetup {
    private static final List<String> PROPERTIES =
        List.of("log4j2.configurationFile", "log4j.configurationFile", "log4j.configuration");
    private static final String VARIABLE = "LOG4J_CONFIGURATION_FILE";

    private static Optional<LoggerContext> ofTools = Optional.empty();

    private LogSetup() {
    }

    /**
     * Installs the configuration, unless the user gives one.
     *
     * @return what has to be kept reachable: log4j itself refers to it weakly only (ClassLoaderContextSelector), and
     *     once it is collected the next logger begins anew without this configuration
     */
    static Optional<LoggerContext> install() {
        return install(StdoutLogging::new);
    }

    /** Installs the configuration of tools, unless the user gives one; it is kept for as long as the process lives. */
    static void installForTools() {
        ofTools = install(StderrLogging::new);
    }

    private static Optional<LoggerContext> install(Supplier<Configuration> configuration) {
        boolean isGiven = PROPERTIES.stream().anyMatch(name -> System.getProperty(name) != null);
        return isGiven || System.getenv(VARIABLE) != null
            ? Optional.empty()
            : Optional.of(Configurator.initialize(configuration.get()));
    }
}
