package kafkanative.launcher;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.storage.internals.log.RemoteIndexCache;
import org.apache.kafka.storage.internals.log.UnifiedLog;

/**
 * The names inside a log dir, sorted into partitions and folders that Kafka would refuse.
 *
 * <p>{@code LogManager#loadLogs} takes every folder for a partition, and fails on a name that is none. Only names that
 * do not look like a partition's are looked at on disk, so that a log dir with thousands of them costs one listing.
 *
 * @param hasPartitions whether there is a partition of any topic but the metadata's
 * @param foreign folders that the broker would refuse
 */
record LogDirectoryNames(boolean hasPartitions, List<String> foreign) {
    static LogDirectoryNames read(Path folder, List<String> problems) {
        String[] names = folder.toFile().list();
        if (names == null) {
            problems.add("this user may not list it");
            return new LogDirectoryNames(false, List.of());
        }
        boolean hasPartitions = false;
        List<String> foreign = new ArrayList<>();
        for (String name : names) {
            if (isPartition(name)) {
                hasPartitions |= !name.startsWith(Topic.CLUSTER_METADATA_TOPIC_NAME);
            } else if (!name.equals(RemoteIndexCache.DIR_NAME) && new File(folder.toFile(), name).isDirectory()) {
                foreign.add(name);
            }
        }
        return new LogDirectoryNames(hasPartitions, foreign);
    }

    private static boolean isPartition(String name) {
        if (name.indexOf('-') < 0) {
            return false;
        }
        try {
            return UnifiedLog.parseTopicPartitionName(new File(name)) != null;
        } catch (KafkaException e) {
            return false;
        } catch (Exception e) {
            // Kafka 4.3 declares IOException here and 4.4 does not, so no narrower catch compiles with both.
            throw new IllegalStateException("reading the name " + name, e);
        }
    }
}
