import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Takes records as a member of a share group and acknowledges each delivery as it is told.
 *
 * <p>Arguments: the servers, the group, the topic, and for each value what is done with its deliveries, one after the
 * other, such as {@code a=RELEASE,ACCEPT}. It ends when all of that was done; what else comes is released. Each line
 * of the output is {@code VALUE DELIVERY_COUNT TYPE}.
 */
public final class ShareConsumer {
    private static final Duration DEADLINE = Duration.ofSeconds(100);

    public static void main(String[] arguments) {
        Map<String, Deque<AcknowledgeType>> plan = new HashMap<>();
        int left = 0;
        for (int i = 3; i < arguments.length; i++) {
            String[] parts = arguments[i].split("=");
            Deque<AcknowledgeType> types = new ArrayDeque<>();
            for (String type : parts[1].split(",")) {
                types.add(AcknowledgeType.valueOf(type));
                left++;
            }
            plan.put(parts[0], types);
        }
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments[0]);
        properties.put("group.id", arguments[1]);
        properties.put("share.acknowledgement.mode", "explicit");
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        try (KafkaShareConsumer<String, String> consumer =
                new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(arguments[2]));
            while (left > 0 && System.nanoTime() < deadline) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    AcknowledgeType type = plan.getOrDefault(record.value(), new ArrayDeque<>()).poll();
                    System.out.println(record.value() + " " + record.deliveryCount().orElseThrow() + " "
                            + (type == null ? "" : type.name()));
                    consumer.acknowledge(record, type == null ? AcknowledgeType.RELEASE : type);
                    left -= type == null ? 0 : 1;
                }
                consumer.commitSync().forEach((partition, failure) ->
                        failure.ifPresent(each -> System.out.println("failed " + partition + " " + each)));
            }
        }
        System.exit(left == 0 ? 0 : 1);
    }
}
