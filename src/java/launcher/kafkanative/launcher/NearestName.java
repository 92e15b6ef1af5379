package kafkanative.launcher;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds the name that was probably meant by a mistyped one. */
public final class NearestName {
    private static final int MAX_TYPOS = 2;
    private static final int LETTERS_PER_TYPO = 5;

    private NearestName() {
    }

    /**
     * The known name that is nearest: by few typing mistakes, else one that begins or ends with the given name.
     *
     * @param known the names to choose from
     * @param name a name that is not among them
     * @return the nearest, if one is near enough to be worth proposing
     */
    public static Optional<String> among(Collection<String> known, String name) {
        int limit = Math.max(MAX_TYPOS, name.length() / LETTERS_PER_TYPO);
        return within(known, name, limit).or(() -> partly(known, name));
    }

    /**
     * The known name that differs by at most two typing mistakes, for places where other names are legal too.
     *
     * @param known the names to choose from
     * @param name a name that is not among them
     * @return the nearest, if there is one so near
     */
    public static Optional<String> almost(Collection<String> known, String name) {
        return within(known, name, Math.min(MAX_TYPOS, name.length() / LETTERS_PER_TYPO));
    }

    private static Optional<String> within(Collection<String> known, String name, int limit) {
        String nearest = null;
        int least = limit + 1;
        for (String candidate : known) {
            if (Math.abs(candidate.length() - name.length()) < least) {
                int distance = EditDistance.between(candidate, name);
                nearest = distance < least ? candidate : nearest;
                least = Math.min(least, distance);
            }
        }
        return Optional.ofNullable(nearest);
    }

    private static Optional<String> partly(Collection<String> known, String name) {
        return known.stream()
            .filter(candidate -> candidate.startsWith(name + ".") || candidate.endsWith("." + name))
            .min(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder()));
    }
}
