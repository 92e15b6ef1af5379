package kafkanative.launcher.health;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import kafkanative.launcher.LauncherException;
import kafkanative.launcher.ServerProperties;
import kafkanative.launcher.environment.ClientAddress;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ChannelState;
import org.apache.kafka.common.network.NetworkSend;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.utils.*;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.internals.*;

/**
 * Asks through Kafka's own network layer, for listeners that want certificates or credentials.
 *
 * <p>Not through a client, which would go on to the advertised address: that one need not be reachable from here.
 * LogContext is in the first of the packages that are imported whole up to Kafka 4.3, and in the second since 4.4.
 */
final class ClientProbe {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final short METADATA_VERSION = 4;
    private static final String NODE = "0";

    private final Selector selector;
    private final int timeoutMs;
    private final long deadline;

    private ClientProbe(Selector selector, int timeoutMs) {
        this.selector = selector;
        this.timeoutMs = timeoutMs;
        this.deadline = Time.SYSTEM.milliseconds() + timeoutMs;
    }

    static Health ask(ClientAddress address, List<String> topics, String configFile, int timeoutMs) {
        AdminClientConfig config = config(address, configFile);
        LogContext context = new LogContext();
        try (Metrics metrics = new Metrics();
            Selector selector = new Selector(timeoutMs, metrics, Time.SYSTEM, "healthcheck",
                ClientUtils.createChannelBuilder(config, Time.SYSTEM, context), context)) {
            selector.connect(NODE, new InetSocketAddress(address.host(), address.port()), BUFFER_BYTES, BUFFER_BYTES);
            return new ClientProbe(selector, timeoutMs).ask(topics);
        } catch (IOException | RuntimeException e) {
            return Health.unhealthy(Health.VERSIONS, String.valueOf(e.getMessage()));
        }
    }

    private Health ask(List<String> topics) throws IOException {
        RequestHeader header = new RequestHeader(ApiKeys.METADATA, METADATA_VERSION, "kafka-healthcheck", 0);
        MetadataRequest request = MetadataRequest.Builder.forTopicNames(topics, false).build(METADATA_VERSION);
        pollUntil(() -> selector.isChannelReady(NODE));
        selector.send(new NetworkSend(NODE, request.toSend(header)));
        pollUntil(() -> !selector.completedReceives().isEmpty());
        var payload = selector.completedReceives().iterator().next().payload();
        return Health.of((MetadataResponse) AbstractResponse.parseResponse(payload, header), topics);
    }

    private void pollUntil(BooleanSupplier isDone) throws IOException {
        while (!isDone.getAsBoolean()) {
            long left = deadline - Time.SYSTEM.milliseconds();
            if (left <= 0) {
                throw new IOException("it did not answer in " + timeoutMs + " ms");
            }
            selector.poll(left);
            ChannelState end = selector.disconnected().get(NODE);
            if (end != null) {
                throw new IOException(end.exception() == null ? "it closed the connection" : end.exception().getMessage());
            }
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
}
