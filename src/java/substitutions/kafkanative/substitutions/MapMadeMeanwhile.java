package kafkanative.substitutions;

import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A map that a thread of its own makes; who looks into it waits for its end. */
final class MapMadeMeanwhile<K, V> extends AbstractMap<K, V> {
    private final FutureTask<Map<K, V>> made;

    MapMadeMeanwhile(String threadName, Callable<Map<K, V>> making) {
        this.made = new FutureTask<>(making);
        Thread thread = new Thread(made, threadName);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public V get(Object key) {
        return whole().get(key);
    }

    @Override
    public Set<Map.Entry<K, V>> entrySet() {
        return whole().entrySet();
    }

    /** Not interruptibly: a caller that is told to stop still has to take its metrics away. */
    private Map<K, V> whole() {
        boolean interrupted = false;
        while (true) {
            try {
                return made.get();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (ExecutionException e) {
                throw new IllegalStateException("the metrics of requests could not be made", e.getCause());
            } finally {
                if (interrupted && made.isDone()) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
