package kafkanative.launcher.health;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import kafkanative.launcher.environment.ClientAddress;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.requests.RequestHeader;

/**
 * Asks over a plain socket with Kafka's own messages: no client, no threads, no configuration to parse.
 *
 * <p>The versions of the messages are old ones that every Kafka 4 serves, and new enough to not create topics.
 */
final class Probe {
    private static final short API_VERSIONS_VERSION = 0;
    private static final short METADATA_VERSION = 4;
    private static final int LONGEST_REPLY_BYTES = 1 << 24;

    private final Socket socket;
    private int correlation;

    private Probe(Socket socket) {
        this.socket = socket;
    }

    static Health ask(ClientAddress address, List<String> topics, int timeoutMs) {
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(address.host(), address.port()), timeoutMs);
            plain.setSoTimeout(timeoutMs);
            plain.setTcpNoDelay(true);
            return new Probe(address.protocol().endsWith("SSL") ? TrustingTls.over(plain, address) : plain)
                .ask(address, topics);
        } catch (IOException | RuntimeException e) {
            return Health.unhealthy(Health.VERSIONS, String.valueOf(e.getMessage()));
        }
    }

    private Health ask(ClientAddress address, List<String> topics) throws IOException {
        ApiVersionsResponse versions = (ApiVersionsResponse) call(
            new ApiVersionsRequest.Builder().build(API_VERSIONS_VERSION), ApiKeys.API_VERSIONS, API_VERSIONS_VERSION);
        if (versions.data().errorCode() != Errors.NONE.code()) {
            return Health.unhealthy(Health.VERSIONS, Errors.forCode(versions.data().errorCode()).message());
        }
        if (address.isController() || address.protocol().startsWith("SASL")) {
            return Health.healthy(Health.VERSIONS);
        }
        MetadataRequest request = MetadataRequest.Builder.forTopicNames(topics, false).build(METADATA_VERSION);
        return Health.of((MetadataResponse) call(request, ApiKeys.METADATA, METADATA_VERSION), topics);
    }

    private AbstractResponse call(AbstractRequest request, ApiKeys key, short version) throws IOException {
        RequestHeader header = new RequestHeader(key, version, "kafka-healthcheck", correlation++);
        ByteBuffer message = request.serializeWithHeader(header);
        byte[] framed = ByteBuffer.allocate(Integer.BYTES + message.remaining())
            .putInt(message.remaining()).put(message).array();
        socket.getOutputStream().write(framed);
        DataInputStream input = new DataInputStream(socket.getInputStream());
        int size = input.readInt();
        if (size < 0 || size > LONGEST_REPLY_BYTES) {
            throw new IOException("what answers there does not speak Kafka's protocol (is it TLS?)");
        }
        return AbstractResponse.parseResponse(ByteBuffer.wrap(input.readNBytes(size)), header);
    }
}
