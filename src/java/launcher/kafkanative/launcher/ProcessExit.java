package kafkanative.launcher;

import kafka.server.KafkaConfig;
// Exit moved from the first package to the second in Kafka 4.4: with both, one source serves both.
import org.apache.kafka.common.utils.*;
import org.apache.kafka.common.utils.internals.*;
import org.slf4j.Logger;
import sun.misc.Signal;

/**
 * The only place that ends the process.
 *
 * <p>A signal ends it with 0 after a clean shutdown, where the JVM would give 128 plus the signal's number: so "it
 * stopped well" can be told from "it was killed". It goes the ordinary way of System.exit, so that every shutdown hook
 * runs to its end (a tracing executable writes its metadata in one).
 */
final class ProcessExit {
    private static final String[] ENDING_SIGNALS = {"TERM", "INT", "HUP"};

    private ProcessExit() {
    }

    static void exit(int exitCode) {
        System.exit(exitCode);
    }

    static void halt(int exitCode) {
        Runtime.getRuntime().halt(exitCode);
    }

    /** Lets SIGTERM, SIGINT and SIGHUP begin the shutdown; the class is jdk.unsupported's, and Kafka uses it as well. */
    static void exitOnSignals(Logger log) {
        for (String name : ENDING_SIGNALS) {
            Signal.handle(new Signal(name), signal -> {
                log.info("Terminating process due to signal SIG{}", signal.getName());
                exit(ExitCode.OK);
            });
        }
    }

    /** Gives Kafka's own way of ending the process (a fatal fault, say) a line on stderr and our exit code. */
    static void tellWhenKafkaExits(Output output, KafkaConfig config) {
        Exit.setExitProcedure((status, message) -> exit(tell(output, config, status, message)));
        Exit.setHaltProcedure((status, message) -> halt(tell(output, config, status, message)));
    }

    private static int tell(Output output, KafkaConfig config, int status, String message) {
        if (status == ExitCode.OK) {
            return ExitCode.OK;
        }
        String doing = "running the node: Kafka ended the process after a fatal fault";
        String unknown = message == null ? "the log's last ERROR lines tell why" : message;
        LauncherException failure = LastError.thrown()
            .map(thrown -> StartFailure.explain(doing, thrown, config))
            .orElseGet(() -> LauncherException.broker(doing + ": " + unknown));
        output.failure(failure);
        return failure.exitCode();
    }
}
