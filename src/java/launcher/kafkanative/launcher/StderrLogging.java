package kafkanative.launcher;

import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.appender.ConsoleAppender;
import org.apache.logging.log4j.core.config.AbstractConfiguration;
import org.apache.logging.log4j.core.config.ConfigurationSource;

/** The log configuration of tools, that of Kafka's config/tools-log4j2.yaml: warnings and errors to stderr. */
final class StderrLogging extends AbstractConfiguration {
    StderrLogging() {
        super(null, ConfigurationSource.NULL_SOURCE);
        setName("kafka-native stderr");
        isShutdownHookEnabled = false;
        // Else log4j would look up the name of this host, which waits for DNS.
        getProperties().put("hostName", "localhost");
    }

    /** Replaces the collection of log4j's plug-ins, which nothing here is made from. */
    @Override
    public void initialize() {
        Appender stderr = new ConsoleAppender.Builder<>()
            .setName("STDERR")
            .setTarget(ConsoleAppender.Target.SYSTEM_ERR)
            .setDirect(true)
            .setLayout(new KafkaLogLayout())
            .build();
        addAppender(stderr);
        getRootLogger().setLevel(Level.WARN);
        getRootLogger().addAppender(stderr, null, null);
        setState(State.INITIALIZED);
    }
}
