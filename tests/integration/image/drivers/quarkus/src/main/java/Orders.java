import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** Sends orders to a topic, and reads them from it. */
@ApplicationScoped
public class Orders {
    @Channel("orders-out")
    Emitter<String> emitter;

    private final List<String> read = new ArrayList<>();
    private final CountDownLatch left = new CountDownLatch(3);

    void send(String order) {
        emitter.send(order).toCompletableFuture().join();
    }

    @Incoming("orders-in")
    void receive(String order) {
        read.add(order);
        left.countDown();
    }

    List<String> readAll() throws InterruptedException {
        return left.await(30, TimeUnit.SECONDS) ? List.copyOf(read) : List.of("only", read.toString());
    }
}
