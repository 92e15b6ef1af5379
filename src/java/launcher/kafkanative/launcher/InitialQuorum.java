package kafkanative.launcher;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.Endpoint;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.raft.DynamicVoters;
import org.apache.kafka.raft.QuorumConfig;

/**
 * Which controllers a node's new storage begins with.
 *
 * <p>{@code controller.quorum.voters} gives a static quorum. Without it the quorum is dynamic (KIP-853), and a
 * controller that nothing else is said about is its only first voter, as
 * {@code StorageTool#createStandaloneDynamicVoters} makes it.
 *
 * @param isDynamic whether the voters are kept in the metadata log
 * @param initial the first voters of a dynamic quorum, when this node writes them
 * @param isThisNodeAlone whether no other controller belongs to the quorum
 */
record InitialQuorum(boolean isDynamic, Optional<DynamicVoters> initial, boolean isThisNodeAlone) {
    static InitialQuorum of(KafkaConfig config, ServerStartArguments arguments, boolean isMetadataNew) {
        List<String> voters = config.quorumConfig().voters();
        if (!isMetadataNew) {
            return new InitialQuorum(voters.isEmpty(), Optional.empty(), false);
        }
        boolean isOption = arguments.noInitialControllers() || arguments.initialControllers().isPresent();
        if (!voters.isEmpty()) {
            rejectOption(isOption);
            boolean alone = QuorumConfig.parseVoterIds(voters).equals(Set.of(config.nodeId()));
            return new InitialQuorum(false, Optional.empty(), alone);
        }
        if (arguments.initialControllers().isPresent()) {
            return ofOption(config, arguments.initialControllers().get());
        }
        if (arguments.noInitialControllers() || !Roles.isController(config)) {
            return new InitialQuorum(true, Optional.empty(), false);
        }
        return standalone(config);
    }

    void applyTo(Formatter formatter) {
        formatter.setHasDynamicQuorum(isDynamic);
        initial.ifPresent(formatter::setInitialControllers);
    }

    private static InitialQuorum ofOption(KafkaConfig config, String option) {
        try {
            DynamicVoters voters = DynamicVoters.parse(option);
            boolean alone = voters.voters().keySet().equals(Set.of(config.nodeId()));
            return new InitialQuorum(true, Optional.of(voters), alone);
        } catch (RuntimeException e) {
            throw LauncherException.settings("reading --initial-controllers " + option + ": " + FailureText.of(e))
                .hint("write id@host:port:directory-id, separated by commas");
        }
    }

    private static InitialQuorum standalone(KafkaConfig config) {
        int servers = config.quorumConfig().bootstrapServers().size();
        if (servers > 1) {
            throw LauncherException.settings("formatting new storage: " + QuorumConfig.QUORUM_BOOTSTRAP_SERVERS_CONFIG
                + " names " + servers + " controllers, so it is unclear which of them are the first voters")
                .hint("give --initial-controllers, or --no-initial-controllers when the quorum exists already");
        }
        Endpoint listener = config.effectiveAdvertisedControllerListeners().head();
        String host = listener.host() == null ? "localhost" : listener.host();
        String voter = config.nodeId() + "@" + host + ":" + listener.port() + ":" + Uuid.randomUuid();
        return new InitialQuorum(true, Optional.of(DynamicVoters.parse(voter)), true);
    }

    private static void rejectOption(boolean isOption) {
        if (isOption) {
            throw LauncherException.settings("formatting new storage: " + QuorumConfig.QUORUM_VOTERS_CONFIG
                + " makes the quorum static, so --initial-controllers and --no-initial-controllers have no meaning")
                .hint("leave the option out, or replace " + QuorumConfig.QUORUM_VOTERS_CONFIG + " by "
                    + QuorumConfig.QUORUM_BOOTSTRAP_SERVERS_CONFIG);
        }
    }
}
