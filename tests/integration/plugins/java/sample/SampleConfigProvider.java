package sample;

import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.provider.ConfigProvider;

/** Knows one value. */
public class SampleConfigProvider implements ConfigProvider {
    private static final Map<String, String> VALUES = Map.of("partitions", "7");

    @Override
    public ConfigData get(String path) {
        return new ConfigData(VALUES);
    }

    @Override
    public ConfigData get(String path, Set<String> keys) {
        return new ConfigData(VALUES);
    }

    @Override
    public void configure(Map<String, ?> configs) {
    }

    @Override
    public void close() {
    }
}
