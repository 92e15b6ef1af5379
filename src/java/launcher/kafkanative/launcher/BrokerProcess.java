package kafkanative.launcher;

import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import org.apache.kafka.common.utils.Time;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one node in this process until a signal ends it, as {@code kafka.Kafka#main} does.
 *
 * <p>What differs: a node that a signal ended cleanly exits with 0 (see {@link ProcessExit}), and each failure leaves
 * one line on stderr, and exit code 8.
 */
final class BrokerProcess {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerProcess.class);

    private final KafkaConfig config;
    private final Output output;

    BrokerProcess(KafkaConfig config, Output output) {
        this.config = config;
        this.output = output;
    }

    int run() {
        ProcessExit.tellWhenKafkaExits(output, config);
        ProcessExit.exitOnSignals(LOG);
        try {
            Server server = new KafkaRaftServer(config, Time.SYSTEM);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> shutDown(server), "kafka-shutdown-hook"));
            server.startup();
            IdleCollection.start();
            server.awaitShutdown();
            return ExitCode.OK;
        } catch (Throwable e) {
            return failed(e);
        }
    }

    private int failed(Throwable thrown) {
        LauncherException failure = StartFailure.explain("starting the node", thrown, config);
        output.failure(failure);
        LOG.error("Exiting Kafka due to fatal exception during startup.", thrown);
        return failure.exitCode();
    }

    private void shutDown(Server server) {
        try {
            server.shutdown();
        } catch (Throwable e) {
            output.error("shutting the node down: " + FailureText.of(e));
            LOG.error("Halting Kafka.", e);
            ProcessExit.halt(ExitCode.BROKER);
        }
    }
}
