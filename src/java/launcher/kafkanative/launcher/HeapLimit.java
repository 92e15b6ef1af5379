package kafkanative.launcher;

/** The largest heap, when the user gives none with {@code -Xmx}. */
final class HeapLimit {
    private HeapLimit() {
    }

    /** Does nothing on the JVM, which has a rule of its own; the native executable substitutes it. */
    static void apply() {
    }
}
