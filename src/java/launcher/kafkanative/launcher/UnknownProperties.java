package kafkanative.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeSet;
import kafkanative.launcher.environment.SettingTable;

/**
 * Finds properties that Kafka would silently ignore, and what was probably meant by them.
 *
 * <p>Kafka hands all properties to its plug-ins, so with a plug-in of the user's own in play any name may be one of
 * the plug-in's. Then, and behind {@code listener.name.}, only names that look like a typing mistake are reported.
 */
public final class UnknownProperties {
    private static final String LISTENER_PREFIX = "listener.name.";

    private final KnownProperties known;

    /**
     * @param known the names that Kafka knows
     */
    public UnknownProperties(KnownProperties known) {
        this.known = known;
    }

    /**
     * One name that Kafka does not know.
     *
     * @param name as it was written
     * @param suggestion what was probably meant
     */
    public record Unknown(String name, Optional<String> suggestion) {
        String describe(String consequence) {
            return "Kafka does not know the property '" + name + "'" + consequence
                + suggestion.map(meant -> "; did you mean '" + meant + "'?").orElse("");
        }
    }

    /**
     * Warns of each name that Kafka does not know.
     *
     * @param properties as they will be given to Kafka
     * @param sources where each of them came from, when that is known
     * @param strict whether they are an error
     * @param output where warnings go
     * @throws LauncherException when there is one, and strict is set
     */
    static void report(Properties properties, Optional<SettingTable> sources, boolean strict, Output output) {
        List<Unknown> unknown = new UnknownProperties(KnownProperties.of(properties)).find(properties);
        if (strict && !unknown.isEmpty()) {
            throw LauncherException.settings(unknown.stream()
                .map(one -> "reading the configuration: " + place(one, sources) + one.describe(""))
                .toArray(String[]::new))
                .hint("correct the names, or leave --strict-properties out to have them ignored");
        }
        unknown.forEach(one -> output.warning(place(one, sources) + one.describe(" and ignores it")));
    }

    private static String place(Unknown unknown, Optional<SettingTable> sources) {
        return sources.flatMap(table -> table.source(unknown.name())).map(source -> source + ": ").orElse("");
    }

    /**
     * All names that Kafka does not know.
     *
     * @param properties as they will be given to Kafka
     * @return in alphabetical order
     */
    public List<Unknown> find(Properties properties) {
        boolean openToAll = ForeignPlugIns.areNamedIn(properties);
        List<Unknown> unknown = new ArrayList<>();
        for (String name : new TreeSet<>(properties.stringPropertyNames())) {
            if (!known.contains(name)) {
                judge(name, openToAll).ifPresent(unknown::add);
            }
        }
        return unknown;
    }

    private Optional<Unknown> judge(String name, boolean openToAll) {
        if (name.startsWith(LISTENER_PREFIX)) {
            return judgeOfListener(name);
        }
        if (openToAll) {
            return NearestName.almost(known.names(), name).map(meant -> new Unknown(name, Optional.of(meant)));
        }
        Optional<String> meant = known.ofTopic(name).or(() -> NearestName.among(known.names(), name));
        return Optional.of(new Unknown(name, meant));
    }

    /** Names are listener.name.LISTENER.PROPERTY and, for SASL, listener.name.LISTENER.MECHANISM.PROPERTY (KIP-103). */
    private Optional<Unknown> judgeOfListener(String name) {
        int property = afterDot(name, LISTENER_PREFIX.length());
        int propertyOfMechanism = afterDot(name, property);
        if (known.contains(name.substring(property)) || known.contains(name.substring(propertyOfMechanism))) {
            return Optional.empty();
        }
        return typo(name, property).or(() -> typo(name, propertyOfMechanism));
    }

    private Optional<Unknown> typo(String name, int start) {
        return NearestName.almost(known.names(), name.substring(start))
            .map(meant -> new Unknown(name, Optional.of(name.substring(0, start) + meant)));
    }

    private static int afterDot(String name, int start) {
        int dot = name.indexOf('.', start);
        return dot < 0 ? name.length() : dot + 1;
    }
}
