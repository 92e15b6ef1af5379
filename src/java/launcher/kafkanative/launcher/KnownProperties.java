package kafkanative.launcher;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.server.log.remote.storage.RemoteLogManagerConfig;

/**
 * The property names that this version of Kafka knows, and the prefixes behind which any name is legal.
 *
 * @param names {@code KafkaConfig.configDef()} and what Kafka's own plug-ins read beside it
 * @param openPrefixes everything that begins so is handed to a plug-in
 * @param topicNames a topic's name of a setting to the broker's name of it
 */
public record KnownProperties(Set<String> names, List<String> openPrefixes, Map<String, String> topicNames) {
    /** Read by Kafka's own plug-ins (StandardAuthorizer, JmxReporter, SASL logins), so not in the ConfigDef. */
    private static final Set<String> OF_PLUG_INS = Set.of(
        SaslConfigs.SASL_MECHANISM,
        SaslConfigs.SASL_OAUTHBEARER_HEADER_URLENCODE,
        StandardAuthorizer.SUPER_USERS_CONFIG,
        StandardAuthorizer.ALLOW_EVERYONE_IF_NO_ACL_IS_FOUND_CONFIG,
        "metrics.jmx.include",
        "metrics.jmx.exclude");

    /** Config providers (KIP-297) and the metrics context that reporters get (KIP-606). */
    private static final List<String> ALWAYS_OPEN = List.of("config.providers.", "metrics.context.");

    /**
     * The names of the Kafka on the class path.
     *
     * @param properties may name prefixes of their own for tiered storage (KIP-405)
     * @return all names
     */
    public static KnownProperties of(Properties properties) {
        Set<String> names = new HashSet<>(KafkaConfig.configDef().names());
        names.addAll(OF_PLUG_INS);
        return new KnownProperties(names, openPrefixes(properties), ServerTopicConfigSynonyms.TOPIC_CONFIG_SYNONYMS);
    }

    private static List<String> openPrefixes(Properties properties) {
        String storage = properties.getProperty(RemoteLogManagerConfig.REMOTE_STORAGE_MANAGER_CONFIG_PREFIX_PROP,
            RemoteLogManagerConfig.DEFAULT_REMOTE_STORAGE_MANAGER_CONFIG_PREFIX);
        String metadata = properties.getProperty(RemoteLogManagerConfig.REMOTE_LOG_METADATA_MANAGER_CONFIG_PREFIX_PROP,
            RemoteLogManagerConfig.DEFAULT_REMOTE_LOG_METADATA_MANAGER_CONFIG_PREFIX);
        return List.of(ALWAYS_OPEN.get(0), ALWAYS_OPEN.get(1), storage, metadata);
    }

    boolean contains(String name) {
        return names.contains(name) || openPrefixes.stream().anyMatch(name::startsWith);
    }

    /** The broker's name of a setting that was given by its topic's name, such as "retention.ms". */
    Optional<String> ofTopic(String name) {
        return Optional.ofNullable(topicNames.get(name));
    }
}
