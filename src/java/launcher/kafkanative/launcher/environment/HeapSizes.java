package kafkanative.launcher.environment;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the heap sizes of variables take effect.
 *
 * <p>A native executable reads them from its arguments before main, and refuses to change them later ("The runtime option
 * 'MaxHeapSize' is immutable"). So it is started anew, in the same process, with the sizes among the arguments, where
 * upstream's launch script puts them for its JVM. That costs some milliseconds, and only whoever sets them.
 */
final class HeapSizes {
    private static final String UNITS = "kmgt";
    private static final double LEAST = 0.8;
    private static final double MOST = 1.1;
    /** Says that the sizes are among the arguments already, so that nothing is started a third time. */
    private static final String APPLIED = "kafkanative.heapsizes.applied";

    private HeapSizes() {
    }

    /** Starts the process anew when that is needed; returns a warning when it is still needed afterwards. */
    static Optional<String> apply(Map<String, String> sizes) {
        if (sizes.isEmpty() || isInEffect(sizes)) {
            return Optional.empty();
        }
        if (System.getProperty(APPLIED) == null) {
            OwnProcess.replace(withSizes(OwnProcess.words(), sizes));
        }
        return sizes.containsKey("mx") ? Optional.of(warning(sizes.get("mx"))) : Optional.empty();
    }

    private static boolean isInEffect(Map<String, String> sizes) {
        return sizes.containsKey("mx") && isAbout(Runtime.getRuntime().maxMemory(), bytes(sizes.get("mx")));
    }

    /** They come first, so that a size that somebody gives as an argument wins. */
    private static List<String> withSizes(List<String> words, Map<String, String> sizes) {
        words.add(1, "-D" + APPLIED + "=true");
        sizes.forEach((name, size) -> words.add(1, "-X" + name + size));
        return words;
    }

    private static String warning(String wanted) {
        return "KAFKA_HEAP_OPTS has -Xmx" + wanted + ", but the limit of the heap is "
            + (Runtime.getRuntime().maxMemory() >> 20) + " MB: another size stands among the arguments, or this is a JVM";
    }

    /** The JVM leaves one survivor space out of what it tells. */
    private static boolean isAbout(long actual, long wanted) {
        return actual >= wanted * LEAST && actual <= wanted * MOST;
    }

    private static long bytes(String size) {
        int unit = UNITS.indexOf(size.toLowerCase(Locale.ROOT).charAt(size.length() - 1));
        long number = Long.parseLong(unit < 0 ? size : size.substring(0, size.length() - 1));
        return number << 10 * (unit + 1);
    }
}
