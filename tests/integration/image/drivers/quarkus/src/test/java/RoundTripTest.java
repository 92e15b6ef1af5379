import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Quarkus starts the broker, since nothing tells it of one; the application produces and consumes. */
@QuarkusTest
class RoundTripTest {
    @Inject
    Orders orders;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String servers;

    @Test
    void ordersComeBack() throws InterruptedException {
        List.of("one", "two", "three").forEach(orders::send);
        List<String> read = orders.readAll();
        System.out.println("broker: " + servers);
        System.out.println("read: " + String.join(" ", read));
        assertEquals(List.of("one", "two", "three"), read);
    }
}
