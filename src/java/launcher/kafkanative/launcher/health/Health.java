package kafkanative.launcher.health;

import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataResponse;

/**
 * What a node answered.
 *
 * @param asked which questions it was asked, such as "ApiVersions and Metadata"
 * @param problem why a produce would not be acknowledged now; empty when it would be
 */
record Health(String asked, Optional<String> problem) {
    static final String VERSIONS = "ApiVersions";
    static final String BOTH = "ApiVersions and Metadata";

    static Health healthy(String asked) {
        return new Health(asked, Optional.empty());
    }

    static Health unhealthy(String asked, String problem) {
        return new Health(asked, Optional.of(problem));
    }

    /** Brokers that are fenced are not in the answer at all. */
    static Health of(MetadataResponse answer, List<String> topics) {
        if (answer.brokers().isEmpty()) {
            return unhealthy(BOTH, "no broker is registered and unfenced yet");
        }
        for (var topic : answer.data().topics()) {
            boolean led = topic.errorCode() == Errors.NONE.code() && !topic.partitions().isEmpty()
                && topic.partitions().stream().allMatch(Health::hasLeader);
            if (topics.contains(topic.name()) && !led) {
                return unhealthy(BOTH, "the topic " + topic.name() + " is not there yet, or has no leader");
            }
        }
        return healthy(BOTH);
    }

    boolean isHealthy() {
        return problem.isEmpty();
    }

    private static boolean hasLeader(MetadataResponsePartition partition) {
        return partition.errorCode() == Errors.NONE.code() && partition.leaderId() >= 0;
    }
}
