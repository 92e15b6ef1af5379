package kafkanative.launcher;

import java.lang.management.ManagementFactory;
import java.text.DecimalFormatSymbols;
import java.util.Date;
import java.util.Locale;

/**
 * Makes on a second processor what the start of a node needs a little later, while the first reads the configuration.
 *
 * <p>All of it belongs to the JDK, which makes it once and keeps it. Whoever needs it before it is there waits, or makes
 * it himself; Kafka's own classes are left alone, since two threads that initialize classes can wait for each other.
 */
final class StartAhead implements Runnable {
    private StartAhead() {
    }

    static void begin() {
        Thread thread = new Thread(new StartAhead(), "start-ahead");
        thread.setDaemon(true);
        // What fails here fails again where it is needed, and is told there.
        thread.setUncaughtExceptionHandler((failed, thrown) -> { });
        thread.start();
    }

    @Override
    public void run() {
        DecimalFormatSymbols.getInstance(Locale.ENGLISH); // of org.apache.kafka.common.utils.Utils
        new Date().toString(); // the comment in meta.properties
        ManagementFactory.getPlatformMBeanServer();
    }
}
