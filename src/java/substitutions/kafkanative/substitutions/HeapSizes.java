package kafkanative.substitutions;

/** Sizes of the heap in bytes; constants cannot stand in a substitution. */
final class HeapSizes {
    /** Two thirds of it for new objects, the rest for survivors. */
    static final long YOUNG = 24L << 20;

    private static final long DEVELOPMENT = 512L << 20;
    /** Of physical memory, or of the container's limit: what the native executable takes by itself. */
    private static final long PERCENT_BY_DEFAULT = 80;
    private static final long PERCENT = 50;

    private HeapSizes() {
    }

    static long withoutLimit() {
        return Math.min(DEVELOPMENT, Runtime.getRuntime().maxMemory() / PERCENT_BY_DEFAULT * PERCENT);
    }
}
