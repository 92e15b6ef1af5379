package kafkanative.launcher.health;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import kafkanative.launcher.LauncherException;
import kafkanative.launcher.ServerProperties;
import kafkanative.launcher.environment.ClientAddress;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.KafkaClient;
import org.apache.kafka.clients.ManualMetadataUpdater;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.clients.NetworkClientUtils;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.utils.*;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.*;

/**
 * Asks with Kafka's own network client, for listeners that want certificates or credentials.
 *
 * <p>LogContext is in the first of the packages that are imported whole up to Kafka 4.3, and in the second since 4.4.
 */
final class ClientProbe {
    private static final int BUFFER_BYTES = 64 * 1024;

    private ClientProbe() {
    }

    static Health ask(ClientAddress address, List<String> topics, String configFile, int timeoutMs) {
        AdminClientConfig config = config(address, configFile);
        try (Metrics metrics = new Metrics(); KafkaClient client = client(config, metrics, timeoutMs)) {
            Node node = new Node(0, address.host(), address.port());
            if (!NetworkClientUtils.awaitReady(client, node, Time.SYSTEM, timeoutMs)) {
                return Health.unhealthy(Health.VERSIONS, "it did not answer in " + timeoutMs + " ms");
            }
            ClientResponse response = NetworkClientUtils.sendAndReceive(client, client.newClientRequest(node.idString(),
                MetadataRequest.Builder.forTopicNames(topics, false), Time.SYSTEM.milliseconds(), true), Time.SYSTEM);
            return Health.of((MetadataResponse) response.responseBody(), topics);
        } catch (IOException | RuntimeException e) {
            return Health.unhealthy(Health.VERSIONS, String.valueOf(e.getMessage()));
        }
    }

    private static AdminClientConfig config(ClientAddress address, String file) {
        Properties properties = ServerProperties.load(Path.of(file));
        Map<String, Object> settings = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name)));
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address.server());
        try {
            return new AdminClientConfig(settings);
        } catch (RuntimeException e) {
            throw LauncherException.settings("reading --command-config " + file + ": " + e.getMessage());
        }
    }

    private static KafkaClient client(AdminClientConfig config, Metrics metrics, int timeoutMs) {
        LogContext context = new LogContext();
        Selector selector = new Selector(timeoutMs, metrics, Time.SYSTEM, "healthcheck",
            ClientUtils.createChannelBuilder(config, Time.SYSTEM, context), context);
        return new NetworkClient(selector, new ManualMetadataUpdater(), "kafka-healthcheck", 1, timeoutMs, timeoutMs,
            BUFFER_BYTES, BUFFER_BYTES, timeoutMs, timeoutMs, timeoutMs, Time.SYSTEM, true, new ApiVersions(), context,
            MetadataRecoveryStrategy.NONE);
    }
}
