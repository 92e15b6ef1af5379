package kafkanative.launcher;

/** The sizes of the heap that the user does not give with {@code -Xmx} or {@code -Xmn}. */
final class HeapLimit {
    private HeapLimit() {
    }

    /** Does nothing on the JVM, which has a rule of its own; the native executable substitutes it. */
    static void apply() {
    }
}
