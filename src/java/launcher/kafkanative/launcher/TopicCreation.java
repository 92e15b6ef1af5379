package kafkanative.launcher;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.cluster.Partition;
import kafka.server.BrokerServer;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.CreateTopicsResponse;
import org.apache.kafka.server.common.ControllerRequestCompletionHandler;
import scala.Option;

/**
 * Creates topics from inside a broker that has just started, and waits until each partition has a leader.
 *
 * <p>The request goes the broker's own way to the controller, so no client, no listener for clients and no credentials
 * of a user's are needed. A topic that exists stays as it is.
 */
final class TopicCreation {
    private static final int TIMEOUT_MS = 30_000;
    private static final int PAUSE_MS = 1;

    private final BrokerServer broker;
    private final List<NewTopic> topics;

    TopicCreation(KafkaRaftServer server, List<NewTopic> topics) {
        this.broker = brokerOf(server);
        this.topics = topics;
    }

    void run() {
        CreateTopicsRequestData data = new CreateTopicsRequestData().setTimeoutMs(TIMEOUT_MS);
        topics.forEach(topic -> data.topics().add(new CreatableTopic().setName(topic.name())
            .setNumPartitions(topic.partitions()).setReplicationFactor(topic.replicationFactor())));
        check(send(new CreateTopicsRequest.Builder(data)));
        awaitLeaders();
    }

    /** KafkaRaftServer keeps its broker to itself; both names are constants, so the native builder resolves them. */
    @SuppressWarnings("unchecked")
    private static BrokerServer brokerOf(KafkaRaftServer server) {
        try {
            Field field = KafkaRaftServer.class.getDeclaredField("broker");
            field.setAccessible(true);
            Option<BrokerServer> broker = (Option<BrokerServer>) field.get(server);
            if (broker.isEmpty()) {
                throw LauncherException.settings("creating topics: this node is a controller only")
                    .hint("name the topics at a broker");
            }
            return broker.get();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("finding the broker of this process", e);
        }
    }

    private CreateTopicsResponse send(CreateTopicsRequest.Builder request) {
        CompletableFuture<ClientResponse> answer = new CompletableFuture<>();
        broker.clientToControllerChannelManager().sendRequest(request, new ControllerRequestCompletionHandler() {
            @Override
            public void onTimeout() {
                answer.completeExceptionally(failure("the controller did not answer in " + TIMEOUT_MS + " ms"));
            }

            @Override
            public void onComplete(ClientResponse response) {
                answer.complete(response);
            }
        });
        try {
            ClientResponse response = answer.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
            if (response.responseBody() instanceof CreateTopicsResponse body) {
                return body;
            }
            throw failure("the controller refused the request: " + response);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw failure(FailureText.of(e));
        }
    }

    private static void check(CreateTopicsResponse response) {
        List<String> problems = new ArrayList<>();
        for (CreatableTopicResult topic : response.data().topics()) {
            Errors error = Errors.forCode(topic.errorCode());
            if (error != Errors.NONE && error != Errors.TOPIC_ALREADY_EXISTS) {
                String reason = topic.errorMessage() == null ? error.message() : topic.errorMessage();
                problems.add("creating the topic " + topic.name() + ": " + reason);
            }
        }
        if (!problems.isEmpty()) {
            throw LauncherException.broker(problems.toArray(String[]::new))
                .hint("correct NATIVE_KAFKA_TOPICS or --topic");
        }
    }

    private void awaitLeaders() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TIMEOUT_MS);
        for (NewTopic topic : topics) {
            while (!hasLeaders(topic.name())) {
                if (System.nanoTime() > deadline) {
                    throw failure("the topic " + topic.name() + " has no leader after " + TIMEOUT_MS + " ms");
                }
                pause();
            }
        }
    }

    private boolean hasLeaders(String topic) {
        int partitions = broker.metadataCache().numPartitions(topic).orElse(0);
        for (int partition = 0; partition < partitions; partition++) {
            if (!hasLeader(new TopicPartition(topic, partition))) {
                return false;
            }
        }
        return partitions > 0;
    }

    /** Of a partition that this broker leads, it must know so itself, not only the metadata. */
    private boolean hasLeader(TopicPartition partition) {
        int leader = broker.metadataCache().getLeaderAndIsr(partition.topic(), partition.partition())
            .map(state -> state.leader()).orElse(-1);
        Option<Partition> local = broker.replicaManager().onlinePartition(partition);
        return leader >= 0 && (leader != broker.config().brokerId() || local.isDefined() && local.get().isLeader());
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static LauncherException failure(String problem) {
        return LauncherException.broker("creating topics: " + problem);
    }
}
