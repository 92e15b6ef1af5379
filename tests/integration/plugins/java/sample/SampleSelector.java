package sample;

import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.replica.ClientMetadata;
import org.apache.kafka.common.replica.PartitionView;
import org.apache.kafka.common.replica.ReplicaSelector;
import org.apache.kafka.common.replica.ReplicaView;

/** Sends consumers to the leader, and tells which rack they are in. */
public class SampleSelector implements ReplicaSelector {
    @Override
    public Optional<ReplicaView> select(TopicPartition partition, ClientMetadata client, PartitionView view) {
        Marks.tell("selector", client.rackId());
        return Optional.of(view.leader());
    }
}
