package kafkanative.launcher;

import java.util.List;
import kafka.server.KafkaConfig;
import org.apache.kafka.server.ProcessRole;

/** What {@code process.roles} says about a node. */
final class Roles {
    private Roles() {
    }

    static boolean isBroker(KafkaConfig config) {
        return config.processRoles().contains(ProcessRole.BrokerRole);
    }

    /** As far as this node's own configuration tells. */
    static boolean isSoleController(KafkaConfig config) {
        List<String> voters = config.quorumConfig().voters();
        return isController(config) && (voters.isEmpty()
            ? config.quorumConfig().bootstrapServers().size() <= 1
            : voters.size() == 1);
    }

    static boolean isController(KafkaConfig config) {
        return config.processRoles().contains(ProcessRole.ControllerRole);
    }
}
