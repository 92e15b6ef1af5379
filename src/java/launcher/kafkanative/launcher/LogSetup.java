package kafkanative.launcher;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import kafkanative.launcher.environment.LogLevels;
import kafkanative.launcher.environment.NodeEnvironment;
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
public final class LogSetup {
    private static final List<String> PROPERTIES =
        List.of("log4j2.configurationFile", "log4j.configurationFile", "log4j.configuration");
    private static final String VARIABLE = "LOG4J_CONFIGURATION_FILE";

    private static Optional<LoggerContext> ofTools = Optional.empty();

    private LogSetup() {
    }

    /**
     * Installs the configuration, unless the user gives one.
     *
     * @param environment may name a mounted file, and levels, which go over any configuration
     * @param holdsReadyLines see {@link ReadyLines}
     * @param output where warnings go
     * @return what has to be kept reachable: log4j itself refers to it weakly only (ClassLoaderContextSelector), and
     *     once it is collected the next logger begins anew without this configuration
     */
    static Optional<LoggerContext> install(
        Optional<NodeEnvironment> environment, boolean holdsReadyLines, Output output) {
        forgetMissingFile(output);
        LogLevels levels = environment.map(NodeEnvironment::levels).orElse(LogLevels.NONE);
        if (!isGiven()) {
            environment.flatMap(NodeEnvironment::log4j)
                .ifPresent(file -> System.setProperty(PROPERTIES.get(0), file.toString()));
        }
        Optional<LoggerContext> installed = installUnlessGiven(() -> new StdoutLogging(levels, holdsReadyLines));
        if (installed.isEmpty()) {
            levels.root().ifPresent(Configurator::setRootLevel);
            Configurator.setLevel(levels.loggers());
        }
        return installed;
    }

    /** Installs the configuration of tools, unless the user gives one; it is kept for as long as the process lives. */
    public static void installForTools() {
        ofTools = installUnlessGiven(StderrLogging::new);
    }

    private static Optional<LoggerContext> installUnlessGiven(Supplier<Configuration> configuration) {
        return isGiven() ? Optional.empty() : Optional.of(Configurator.initialize(configuration.get()));
    }

    private static boolean isGiven() {
        return PROPERTIES.stream().anyMatch(name -> System.getProperty(name) != null) || System.getenv(VARIABLE) != null;
    }

    /** Without its file log4j would log errors only, and so no line that says the node is ready. */
    private static void forgetMissingFile(Output output) {
        String file = System.getProperty(PROPERTIES.get(0), "");
        if (file.startsWith("/") && !Files.exists(Path.of(file))) {
            output.warning("there is no log configuration " + file + ", so the log goes to stdout");
            System.clearProperty(PROPERTIES.get(0));
        }
    }
}
