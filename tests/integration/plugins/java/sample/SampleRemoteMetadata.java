package sample;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager;
import org.apache.kafka.server.log.remote.storage.RemoteLogSegmentMetadata;
import org.apache.kafka.server.log.remote.storage.RemoteStorageException;

/** Keeps the metadata of remote segments in a topic, as Kafka's own does, and tells of it. */
public class SampleRemoteMetadata extends TopicBasedRemoteLogMetadataManager {
    @Override
    public CompletableFuture<Void> addRemoteLogSegmentMetadata(RemoteLogSegmentMetadata metadata)
            throws RemoteStorageException {
        Marks.tell("remote-metadata", "added " + metadata.topicIdPartition().topic());
        return super.addRemoteLogSegmentMetadata(metadata);
    }
}
