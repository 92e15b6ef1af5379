package sample;

import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.MessageFormatter;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.server.telemetry.ClientTelemetry;
import org.apache.kafka.server.telemetry.ClientTelemetryReceiver;

/**
 * Tells of metrics, takes the telemetry of clients, and loads what only clients and tools load: by the names in its own
 * configuration, as these do.
 */
public class SampleReporter implements MetricsReporter, ClientTelemetry {
    private static final ConfigDef DEFINITION = new ConfigDef()
        .define("sample.greeter", ConfigDef.Type.CLASS, PoliteGreeter.class, ConfigDef.Importance.LOW, "by default")
        .define("sample.formatter", ConfigDef.Type.CLASS, null, ConfigDef.Importance.LOW, "of a console consumer")
        .define("sample.assignor", ConfigDef.Type.CLASS, null, ConfigDef.Importance.LOW, "of a consumer");

    /** A type of the plug-in's own. */
    public interface Greeter {
        String greet();
    }

    @Override
    public void configure(Map<String, ?> configs) {
        AbstractConfig config = new AbstractConfig(DEFINITION, configs, false);
        Marks.tell("own-type", config.getConfiguredInstance("sample.greeter", Greeter.class).greet());
        for (Speaker speaker : java.util.ServiceLoader.load(Speaker.class, SampleReporter.class.getClassLoader())) {
            Marks.tell("service", speaker.speak());
        }
        Marks.tell("resource", text());
        String hidden = System.getProperty("sample.hidden");
        if (hidden != null) {
            Marks.tell("hidden", byName(hidden));
        }
        ConsumerPartitionAssignor assignor = make(config, "sample.assignor", ConsumerPartitionAssignor.class);
        if (assignor != null) {
            Marks.tell("assignor", assignor.name());
        }
        MessageFormatter formatter = make(config, "sample.formatter", MessageFormatter.class);
        if (formatter != null) {
            java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
            formatter.writeTo(new ConsumerRecord<>("topic", 0, 7L, null, new byte[0]), new java.io.PrintStream(bytes));
            Marks.tell("formatter", bytes);
        }
    }

    private static <T> T make(AbstractConfig config, String name, Class<T> type) {
        try {
            Class<?> named = config.getClass(name);
            Constructor<?> constructor = named == null ? null : named.getDeclaredConstructor();
            return constructor == null ? null : type.cast(constructor.newInstance());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** As no rule can see it: the name comes from outside. */
    private static Object byName(String name) {
        try {
            return Class.forName(name).getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text() {
        try (java.io.InputStream stream = SampleReporter.class.getResourceAsStream("/sample/text.txt")) {
            return new String(stream.readAllBytes()).strip();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void init(List<KafkaMetric> metrics) {
    }

    @Override
    public void metricChange(KafkaMetric metric) {
        Marks.tell("reporter", metric.metricName().group());
    }

    @Override
    public void metricRemoval(KafkaMetric metric) {
    }

    @Override
    public ClientTelemetryReceiver clientReceiver() {
        return (context, payload) -> Marks.tell("telemetry", payload.contentType());
    }

    @Override
    public void close() {
    }
}
