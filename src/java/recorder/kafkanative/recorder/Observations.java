package kafkanative.recorder;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** All that was observed, and by whose calls. Threads add to it at any time. */
final class Observations {
    private final Map<Observation, Seen> all = new ConcurrentHashMap<>();
    private final AtomicInteger changes = new AtomicInteger();
    private volatile Throwable failure;

    /**
     * What one observation says, and the classes whose code caused it.
     *
     * <p>The facts come after the entry: finding them may load classes, which may add observations.
     */
    private static final class Seen {
        private final Set<String> callers = ConcurrentHashMap.newKeySet();
        private volatile List<Fact> facts = List.of();
    }

    void add(Observation observation, String caller) {
        Seen seen = all.get(observation);
        if (seen == null) {
            seen = put(observation);
        }
        if (!seen.callers.contains(caller) && seen.callers.add(caller)) {
            changes.incrementAndGet();
        }
    }

    private Seen put(Observation observation) {
        Seen fresh = new Seen();
        Seen other = all.putIfAbsent(observation, fresh);
        if (other != null) {
            return other;
        }
        fresh.facts = Facts.of(observation);
        changes.incrementAndGet();
        return fresh;
    }

    void failed(Throwable thrown) {
        failure = thrown;
    }

    /** The last failure to record something, or null. */
    Throwable failure() {
        return failure;
    }

    /** A number that grows with everything that is new. */
    int changes() {
        return changes.get();
    }

    void addTo(Metadata metadata) {
        all.values().forEach(seen -> seen.facts.forEach(fact -> metadata.add(fact, seen.callers)));
    }
}
