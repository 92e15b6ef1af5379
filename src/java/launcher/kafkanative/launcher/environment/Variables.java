package kafkanative.launcher.environment;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The environment variables of the process, in alphabetical order.
 *
 * @param all names and values
 */
record Variables(TreeMap<String, String> all) {
    static Variables of(Map<String, String> environment) {
        return new Variables(new TreeMap<>(environment));
    }

    /** Its value; empty when it is not set, or blank. */
    Optional<String> get(String name) {
        return Optional.ofNullable(all.get(name)).filter(value -> !value.isBlank()).map(String::strip);
    }

    boolean isGiven(String name) {
        return get(name).isPresent();
    }

    Path folder(String name, String otherwise) {
        return Path.of(get(name).orElse(otherwise));
    }
}
