package sample;

import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.server.log.remote.storage.LocalTieredStorage;
import org.apache.kafka.server.log.remote.storage.LogSegmentData;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata.CustomMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;
import org.apache.kafka.server.log.remote.storage.RemoteStorageManager;

/** Keeps remote segments in a folder, as Kafka's own does, and tells of it. */
public class SampleStorage implements RemoteStorageManager {
    private final LocalTieredStorage folder = new LocalTieredStorage();

    @Override
    public Optional<CustomMetadata> copyLogSegmentData(RemoteLogSegmentMetadata metadata, LogSegmentData data)
            throws RemoteStorageException {
        Marks.tell("remote-storage", "copied " + metadata.topicIdPartition().topic());
        return folder.copyLogSegmentData(metadata, data);
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start) throws RemoteStorageException {
        Marks.tell("remote-storage", "read " + metadata.topicIdPartition().topic());
        return folder.fetchLogSegment(metadata, start);
    }

    @Override
    public InputStream fetchLogSegment(RemoteLogSegmentMetadata metadata, int start, int end)
            throws RemoteStorageException {
        Marks.tell("remote-storage", "read " + metadata.topicIdPartition().topic());
        return folder.fetchLogSegment(metadata, start, end);
    }

    @Override
    public InputStream fetchIndex(RemoteLogSegmentMetadata metadata, IndexType type) throws RemoteStorageException {
        return folder.fetchIndex(metadata, type);
    }

    @Override
    public void deleteLogSegmentData(RemoteLogSegmentMetadata metadata) throws RemoteStorageException {
        folder.deleteLogSegmentData(metadata);
    }

    @Override
    public void configure(Map<String, ?> configs) {
        folder.configure(configs);
    }

    @Override
    public void close() {
        folder.close();
    }
}
