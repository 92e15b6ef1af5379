package kafkanative.launcher.environment;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Tells when -Xmx of a variable is not in effect.
 *
 * <p>A native executable reads the sizes of its heap from its arguments before main, and refuses to change them later
 * ("The runtime option 'MaxHeapSize' is immutable"); a JVM cannot change them either. So whoever starts the process has
 * to put them among the arguments, as upstream's launch script does for its JVM.
 */
final class HeapSizes {
    private static final String UNITS = "kmgt";
    private static final double LEAST = 0.8;
    private static final double MOST = 1.1;

    private HeapSizes() {
    }

    static Optional<String> warning(Map<String, String> sizes) {
        String wanted = sizes.get("mx");
        long actual = Runtime.getRuntime().maxMemory();
        if (wanted == null || isAbout(actual, bytes(wanted))) {
            return Optional.empty();
        }
        return Optional.of("KAFKA_HEAP_OPTS has -Xmx" + wanted + ", but the limit of the heap is " + (actual >> 20)
            + " MB: it takes effect among the arguments only, as in: kafka server-start $KAFKA_HEAP_OPTS");
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
