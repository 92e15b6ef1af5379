package kafkanative.substitutions;

/** How many bytes the buffer of a metadata batch has before it grows; constants cannot stand in a substitution. */
final class InitialBatchSize {
    static final int BYTES = 16 * 1024;

    private InitialBatchSize() {
    }
}
