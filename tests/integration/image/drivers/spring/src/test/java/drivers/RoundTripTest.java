package drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Bean;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** Spring starts the container and connects the application to it. */
@SpringBootTest
class RoundTripTest {
    @TestConfiguration(proxyBeanMethods = false)
    static class Broker {
        @Bean
        @ServiceConnection
        KafkaContainer kafka() {
            return new KafkaContainer(
                DockerImageName.parse(System.getenv("IMAGE")).asCompatibleSubstituteFor("apache/kafka-native"));
        }
    }

    @Autowired
    Orders orders;

    @Test
    void ordersComeBack() throws InterruptedException {
        String found = orders.roundTrip();
        System.out.println(found);
        assertEquals("read: one two three", found);
    }
}
