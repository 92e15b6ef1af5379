package drivers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;

/** Sends orders to a topic, and reads them from it. Nothing here tells where the broker is. */
@SpringBootApplication
public class Orders {
    private final KafkaTemplate<String, String> template;
    private final List<String> read = new ArrayList<>();
    private final CountDownLatch left = new CountDownLatch(3);

    Orders(KafkaTemplate<String, String> template) {
        this.template = template;
    }

    void send(String order) {
        template.send("orders", order).join();
    }

    @KafkaListener(topics = "orders", groupId = "drivers", properties = "auto.offset.reset=earliest")
    void receive(String order) {
        read.add(order);
        left.countDown();
    }

    String roundTrip() throws InterruptedException {
        List.of("one", "two", "three").forEach(this::send);
        return left.await(30, TimeUnit.SECONDS) ? "read: " + String.join(" ", read) : "not all were read: " + read;
    }

    public static void main(String[] words) throws InterruptedException {
        try (var context = SpringApplication.run(Orders.class, words)) {
            System.out.println(context.getBean(Orders.class).roundTrip());
        }
    }
}
