import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Seeks to an offset of a leader epoch, which makes the consumer ask where that epoch ended (OffsetForLeaderEpoch), and
 * prints what it then finds: the value of the record there, or the offset from which on the position is not valid.
 */
final class TruncatedPosition {
    private TruncatedPosition() {
    }

    public static void main(String[] arguments) {
        TopicPartition partition = new TopicPartition(arguments[1], 0);
        OffsetAndMetadata position = new OffsetAndMetadata(
            Long.parseLong(arguments[2]), Optional.of(Integer.parseInt(arguments[3])), "");
        Map<String, Object> config = Map.of("bootstrap.servers", arguments[0], "auto.offset.reset", "none");
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config, bytes, bytes)) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, position);
            System.out.println("read: " + new String(consumer.poll(Duration.ofSeconds(30)).iterator().next().value()));
        } catch (LogTruncationException e) {
            System.out.println("diverges at: " + e.divergentOffsets().get(partition).offset());
        }
    }
}
