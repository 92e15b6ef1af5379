package kafkanative.launcher.environment;

import java.util.Collection;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/** Properties that remember where each of them came from. */
public final class SettingTable {
    private final TreeMap<String, Setting> settings = new TreeMap<>();

    void set(String name, String value, String source) {
        settings.put(name, new Setting(name, value, source));
    }

    void setUnlessGiven(String name, String value, String source) {
        settings.putIfAbsent(name, new Setting(name, value, source));
    }

    void remove(String name) {
        settings.remove(name);
    }

    boolean has(String name) {
        return settings.containsKey(name);
    }

    boolean isEmpty() {
        return settings.isEmpty();
    }

    Optional<String> get(String name) {
        return Optional.ofNullable(settings.get(name)).map(setting -> setting.value().strip());
    }

    /**
     * Tells where a property came from.
     *
     * @param name of the property
     * @return its source; empty when it is not in the table
     */
    public Optional<String> source(String name) {
        return Optional.ofNullable(settings.get(name)).map(Setting::source);
    }

    /** @return all of them, in alphabetical order */
    public Collection<Setting> all() {
        return settings.values();
    }

    /** @return what Kafka gets */
    public Properties toProperties() {
        Properties properties = new Properties();
        settings.values().forEach(setting -> properties.setProperty(setting.name(), setting.value()));
        return properties;
    }
}
