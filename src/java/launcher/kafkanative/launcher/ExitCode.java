package kafkanative.launcher;

/** Exit codes of the executable: one for each family of failures, the same as in kafka-native's Python errors. */
public final class ExitCode {
    /** The command did what it was asked to; also a broker that a signal ended cleanly. */
    public static final int OK = 0;
    /** The command line or the properties are wrong: nothing was changed on disk. */
    public static final int SETTINGS = 2;
    /** The broker or its storage failed. */
    public static final int BROKER = 8;

    /** No exit code: the process ends, with {@link #OK}, when its threads do, as a JVM's does. */
    public static final int WHEN_THREADS_END = -1;

    private ExitCode() {
    }
}
