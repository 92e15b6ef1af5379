import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** Starts the image with Testcontainers' own KafkaContainer, produces, consumes in a group, and prints what it read. */
public final class RoundTrip {
    public static void main(String[] args) throws Exception {
        DockerImageName image = DockerImageName.parse(System.getenv("IMAGE"))
            .asCompatibleSubstituteFor("apache/kafka-native");
        try (KafkaContainer kafka = new KafkaContainer(image)) {
            kafka.start();
            String servers = kafka.getBootstrapServers();
            try (var producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", servers, "acks", "all"), new StringSerializer(), new StringSerializer())) {
                for (String value : List.of("one", "two", "three")) {
                    producer.send(new ProducerRecord<>("orders", "key", value)).get();
                }
            }
            System.out.println("read: " + String.join(" ", read(servers)));
        }
    }

    private static List<String> read(String servers) {
        Map<String, Object> config = Map.of(
            "bootstrap.servers", servers, "group.id", "drivers", "auto.offset.reset", "earliest");
        List<String> values = new ArrayList<>();
        Instant deadline = Instant.now().plusSeconds(30);
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of("orders"));
            while (values.size() < 3 && Instant.now().isBefore(deadline)) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    values.add(record.value());
                }
            }
        }
        return values;
    }
}
