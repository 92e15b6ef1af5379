package kafkanative.launcher;

import java.util.List;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.server.common.MetadataVersion;

/** Turns what Kafka throws, while it starts or later, into one line. */
final class StartFailure {
    /** What MetadataVersion#fromFeatureLevel and FeatureControlManager say of it; either may be the first to see it. */
    private static final List<String> NEWER_METADATA = List.of(
        "No MetadataVersion with feature level",
        "Tried to apply FeatureLevelRecord FeatureLevelRecord(name='metadata.version'");

    private StartFailure() {
    }

    /**
     * @param doing what was being done, such as "starting the node"
     * @param thrown by Kafka
     * @param config of the node
     */
    static LauncherException explain(String doing, Throwable thrown, KafkaConfig config) {
        String text = FailureText.of(thrown);
        for (String sign : NEWER_METADATA) {
            if (text.contains(sign)) {
                return newerMetadata(text.substring(text.indexOf(sign)), config);
            }
        }
        String problem = doing + ": " + Secrets.of(config).mask(text);
        return MissingClass.advise(thrown instanceof ConfigException
            ? LauncherException.settings(problem)
            : LauncherException.broker(problem));
    }

    /** It fails on a record of the metadata log or of its bootstrap snapshot. */
    private static LauncherException newerMetadata(String evidence, KafkaConfig config) {
        String end = evidence.endsWith(")") ? evidence.substring(0, evidence.length() - 1) : evidence;
        return LauncherException.broker("opening metadata log dir " + config.metadataLogDir()
            + ": a newer Kafka wrote it, this one supports metadata versions up to "
            + MetadataVersion.latestProduction() + ": " + end)
            .hint("start it with that newer Kafka, or point log.dirs at an empty folder");
    }
}
