package kafkanative.launcher;

import java.util.concurrent.TimeUnit;

/**
 * Gives memory back while the node has little to do: collects garbage when a span of time went by quietly.
 *
 * <p>The native executable's collector runs only when its young generation is full, and that has room for what a start
 * leaves behind, so a node that nobody uses would hold some 40 MB of garbage for good. HotSpot's G1 has the same
 * remedy (JEP 346). A collection of a quiet node takes about 10 ms; a busy node never gets one from here.
 */
final class IdleCollection implements Runnable {
    private static final long SPAN_SECONDS = 10;
    private static final long QUIET_BYTES = 4L << 20;
    private static final long WORTHWHILE_BYTES = 4L << 20;

    private long usedBefore;
    private long usedAfterCollection;

    private IdleCollection() {
        usedBefore = used();
    }

    /** Starts watching; the JVM's collectors have rules of their own. */
    static void start() {
        if (System.getProperty("org.graalvm.nativeimage.imagecode") == null) {
            return;
        }
        Thread thread = new Thread(new IdleCollection(), "idle-collection");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void run() {
        try {
            while (true) {
                TimeUnit.SECONDS.sleep(SPAN_SECONDS);
                collectWhenQuiet();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void collectWhenQuiet() {
        long grown = used() - usedBefore;
        if (grown >= 0 && grown < QUIET_BYTES && used() - usedAfterCollection > WORTHWHILE_BYTES) {
            collect();
            usedAfterCollection = used();
        }
        usedBefore = used();
    }

    /** The native executable substitutes this one by one that also returns the freed memory to the system. */
    private static void collect() {
        System.gc();
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
