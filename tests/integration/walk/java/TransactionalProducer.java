import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Commits one transaction for each value, with Kafka's own producer, the only one that knows transactions v2 (KIP-890).
 *
 * <p>Arguments: the servers, the transactional id, the topic, and the values. A value that begins with {@code !} is
 * aborted instead.
 */
public final class TransactionalProducer {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments[0]);
        properties.put("transactional.id", arguments[1]);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            for (int i = 3; i < arguments.length; i++) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(arguments[2], arguments[i])).get();
                if (arguments[i].startsWith("!")) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }
    }
}
