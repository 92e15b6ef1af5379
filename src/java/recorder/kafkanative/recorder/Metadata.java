package kafkanative.recorder;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Facts gathered by entry, and their JSON. Each entry says in "reason" which classes asked for it. */
final class Metadata {
    private final Map<String, Map<String, Entry>> sections = new TreeMap<>();

    /** What is known of one entry; flags are attributes without members. */
    private static final class Entry {
        private final Map<String, Set<String>> attributes = new TreeMap<>();
        private final Set<String> reasons = new TreeSet<>();
    }

    void add(Fact fact, Collection<String> callers) {
        Entry entry = sections.computeIfAbsent(fact.section(), ignored -> new TreeMap<>())
            .computeIfAbsent(fact.entry(), ignored -> new Entry());
        entry.reasons.addAll(callers);
        if (!fact.attribute().isEmpty()) {
            Set<String> members = entry.attributes.computeIfAbsent(fact.attribute(), ignored -> new TreeSet<>());
            if (!fact.member().isEmpty()) {
                members.add(fact.member());
            }
        }
    }

    boolean has(String section) {
        return sections.containsKey(section);
    }

    /** Returns the JSON of some sections. */
    String json(String... names) {
        return Stream.of(names).filter(sections::containsKey)
            .map(name -> Fact.quoted(name) + ": " + array(sections.get(name)))
            .collect(Collectors.joining(",\n", "{\n", "\n}\n"));
    }

    private static String array(Map<String, Entry> entries) {
        return entries.entrySet().stream().map(each -> object(each.getKey(), each.getValue()))
            .collect(Collectors.joining(",\n", "[\n", "\n]"));
    }

    private static String object(String identity, Entry entry) {
        String attributes = entry.attributes.entrySet().stream()
            .map(each -> Fact.quoted(each.getKey()) + ": " + value(each.getValue()) + ", ")
            .collect(Collectors.joining());
        String reasons = entry.reasons.stream().map(Fact::quoted).collect(Collectors.joining(", ", "[", "]"));
        return "{" + identity + ", " + attributes + "\"reason\": " + reasons + "}";
    }

    private static String value(Set<String> members) {
        return members.isEmpty() ? "true" : "[" + String.join(", ", members) + "]";
    }
}
