"""Three combined nodes: how they form a cluster, replicate, and go on while one of them is away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import confluent_kafka
import pytest

from ..adapters import Record, values
from ..adapters.confluent import LOG, Confluent
from ..clusters import COMBINED, running_cluster
from ..log_segments import CODECS, record_batches
from ..waiting import wait_until
from .cluster_load import Load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from ..clusters import Cluster
    from ..java_tools import JavaTools

pytestmark = pytest.mark.timeout(900)

_PROPERTIES = {
    "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector",
    "replica.fetch.wait.max.ms": "100",
}
_ALL = (1, 2, 3)
_WAIT_SECONDS = 60
_THROTTLED_RATES = ("leader.replication.throttled.rate", "follower.replication.throttled.rate")
_THROTTLED_REPLICAS = ("leader.replication.throttled.replicas", "follower.replication.throttled.replicas")


@pytest.fixture(scope="module")
def shared_cluster(node_spec: NodeSpec, settings: Settings) -> Iterator[Cluster]:
    with running_cluster(node_spec, settings, "combined", COMBINED, _PROPERTIES) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """Return the cluster of this module; whatever a test did to its nodes is made good afterwards."""
    yield shared_cluster
    shared_cluster.heal()


@pytest.mark.feature("Cluster", "Three combined nodes")
def test_three_combined_nodes_form_one_quorum(cluster: Cluster, topic: str, tools: JavaTools) -> None:
    quorum = "org.apache.kafka.tools.MetadataQuorumCommand"
    where = ("--bootstrap-server", cluster.bootstrap_servers)
    status = tools.must(quorum, *where, "describe", "--status")
    assert {each["id"] for each in json.loads(_field(status, "CurrentVoters"))} == set(_ALL)
    assert json.loads(_field(status, "CurrentObservers")) == []
    assert int(_field(status, "LeaderId")) == cluster.active_controller()
    roles = [line.split()[-1] for line in tools.must(quorum, *where, "describe", "--replication").splitlines()[1:]]
    assert sorted(roles) == ["Follower", "Follower", "Leader"]
    cluster.create_topic(topic, *[[1, 2, 3], [2, 3, 1], [3, 1, 2]])
    records = [Record(b"%d" % number, partition=number % 3) for number in range(300)]
    Confluent().produce(cluster.bootstrap_servers, topic, records, idempotent=True)
    assert {each.value for each in Confluent().read(cluster.bootstrap_servers, topic)} == {r.value for r in records}


def _field(status: str, name: str) -> str:
    return next(line.partition(":")[2].strip() for line in status.splitlines() if line.startswith(f"{name}:"))


@pytest.mark.feature("Cluster", "Replication of every codec")
@pytest.mark.parametrize("codec", CODECS)
def test_followers_store_batches_as_the_leader_does(cluster: Cluster, topic: str, codec: str) -> None:
    cluster.create_topic(topic, [1, 2, 3])
    Confluent().produce(cluster.bootstrap_servers, topic, [Record(b"again and again" * 9)] * 200, codec=codec)
    stored = record_batches(cluster.brokers[1].data_dir, topic)
    assert {batch.codec for batch in stored} == {codec}
    assert sum(batch.count for batch in stored) == 200
    for follower in (2, 3):
        data_dir = cluster.brokers[follower].data_dir
        wait_until(lambda at=data_dir: record_batches(at, topic) == stored, f"broker {follower} has all")  # type: ignore[misc]


@pytest.mark.feature("Cluster", "Rolling restart under load")
def test_a_rolling_restart_loses_nothing(cluster: Cluster, topic: str) -> None:
    cluster.create_topic(topic, [1, 2, 3], [2, 3, 1], [3, 1, 2])
    with Load(cluster, topic, partitions=3) as load:
        for node_id, node in cluster.brokers.items():
            assert node.stop()
            load.wait_for_more()
            cluster.restart(node_id)
            for partition in range(3):
                cluster.wait_for_isr(topic, _ALL, partition=partition)
            load.wait_for_more()
    load.check()


@pytest.mark.feature("Cluster", "Broker killed under load")
def test_a_killed_broker_takes_nothing_acknowledged_along(cluster: Cluster, topic: str) -> None:
    cluster.create_topic(topic, [2, 3, 1])
    with Load(cluster, topic) as load:
        cluster.brokers[2].kill()
        load.wait_for_more()
        assert cluster.wait_for_isr(topic, [1, 3]).leader != 2
        cluster.restart(2)
        cluster.wait_for_isr(topic, _ALL)
        load.wait_for_more()
    load.check()


@pytest.mark.feature("Cluster", "Controlled shutdown")
def test_a_broker_hands_its_leadership_over_before_it_ends(cluster: Cluster, topic: str) -> None:
    first = cluster.create_topic(topic, [2, 1, 3])[0]
    assert cluster.brokers[2].stop()
    moved = cluster.partition(topic)
    assert moved
    assert (moved.leader, moved.leader_epoch, moved.isr) == (1, first.leader_epoch + 1, (1, 3))
    log = cluster.brokers[2].log_file.read_text()
    steps = ("Beginning controlled shutdown", "to local followers.", "has asked us to exit controlled shutdown")
    places = [log.rindex(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.feature("Cluster", "Preferred leader election")
def test_the_preferred_replica_is_elected_when_asked_for(cluster: Cluster, topic: str, tools: JavaTools) -> None:
    cluster.create_topic(topic, [3, 1, 2])
    assert cluster.brokers[3].stop()
    assert cluster.wait_for_isr(topic, [1, 2]).leader == 1
    cluster.restart(3)
    assert cluster.wait_for_isr(topic, _ALL).leader == 1
    command = "org.apache.kafka.tools.LeaderElectionCommand"
    which = ("--election-type", "preferred", "--topic", topic, "--partition", "0")
    told = tools.must(command, "--bootstrap-server", cluster.bootstrap_servers, *which)
    assert f"Successfully completed leader election (PREFERRED) for partitions {topic}-0" in told
    assert cluster.wait_for_isr(topic, _ALL).leader == 3
    told = tools.must(command, "--bootstrap-server", cluster.bootstrap_servers, *which)
    assert f"Valid replica already elected for partitions {topic}-0" in told


@pytest.mark.feature("Cluster", "Partition reassignment")
def test_a_partition_moves_to_other_brokers(cluster: Cluster, topic: str, tools: JavaTools, tmp_path: Path) -> None:
    cluster.create_topic(topic, [1, 2])
    sent = [b"%d" % number for number in range(500)]
    Confluent().produce(cluster.bootstrap_servers, topic, [Record(value) for value in sent])
    plan = _generate(cluster, topic, tools, tmp_path)
    _reassign(cluster, tools, "--reassignment-json-file", plan, "--execute", "--throttle", "10000000")
    wait_until(lambda: _is_verified(cluster, topic, tools, plan), "the reassignment is complete", _WAIT_SECONDS)
    assert set(cluster.wait_for_isr(topic, [2, 3]).replicas) == {2, 3}
    assert values(Confluent().read(cluster.bootstrap_servers, topic)) == sent
    assert sum(batch.count for batch in record_batches(cluster.brokers[3].data_dir, topic)) == len(sent)
    left = cluster.brokers[1].data_dir / f"{topic}-0"
    wait_until(lambda: not left.exists(), "broker 1 has given the partition up")
    with Confluent().admin(cluster.bootstrap_servers) as admin:
        throttles = admin.topic_config(topic)
    assert {throttles[name] for name in _THROTTLED_REPLICAS} == {""}  # --verify takes them away


def _reassign(cluster: Cluster, tools: JavaTools, *arguments: str | Path) -> str:
    command = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"
    return tools.must(command, "--bootstrap-server", cluster.bootstrap_servers, *arguments)


def _generate(cluster: Cluster, topic: str, tools: JavaTools, folder: Path) -> Path:
    topics, plan = folder / "topics.json", folder / "plan.json"
    topics.write_text(json.dumps({"version": 1, "topics": [{"topic": topic}]}))
    told = _reassign(cluster, tools, "--generate", "--topics-to-move-json-file", topics, "--broker-list", "2,3")
    plan.write_text(told.partition("Proposed partition reassignment configuration")[2].strip())
    return plan


def _is_verified(cluster: Cluster, topic: str, tools: JavaTools, plan: Path) -> bool:
    told = _reassign(cluster, tools, "--reassignment-json-file", plan, "--verify")
    return f"Reassignment of partition {topic}-0 is completed." in told


@pytest.mark.feature("Cluster", "Rack-aware fetching from followers")
def test_a_consumer_reads_from_the_replica_in_its_rack(cluster: Cluster, topic: str) -> None:
    """The statistics of librdkafka say from which broker it fetches a partition, and which one leads it."""
    cluster.create_topic(topic, [1, 2, 3])
    Confluent().produce(cluster.bootstrap_servers, topic, [Record(b"near")] * 10)
    places: list[tuple[int, int]] = []
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": cluster.bootstrap_servers,
            "group.id": "unused",
            "enable.auto.commit": False,
            "client.rack": "rack-3",
            "statistics.interval.ms": 100,
            "stats_cb": lambda statistics: places.extend(_places(statistics, topic)),
            "logger": LOG,
        }
    )
    try:
        consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
        assert [_next_value(consumer) for _ in range(10)] == [b"near"] * 10
        wait_until(lambda: consumer.poll(0.1) or (1, 3) in places, "it fetches from broker 3, and broker 1 leads")
        Confluent().produce(cluster.bootstrap_servers, topic, [Record(b"later")])
        assert _next_value(consumer) == b"later"
        assert places[-1] == (1, 3)
    finally:
        consumer.close()


def _places(statistics: str, topic: str) -> list[tuple[int, int]]:
    partitions = json.loads(statistics)["topics"].get(topic, {"partitions": {}})["partitions"]
    return [(each["leader"], each["broker"]) for number, each in partitions.items() if number == "0"]


def _next_value(consumer: Any) -> Any:
    message = wait_until(lambda: consumer.poll(0.1), "a record comes", _WAIT_SECONDS)
    assert message.error() is None
    return message.value()


@pytest.mark.feature("Cluster", "min.insync.replicas")
def test_a_record_is_refused_when_too_few_replicas_are_in_sync(cluster: Cluster, topic: str) -> None:
    cluster.create_topic(topic, [1, 2, 3], configs={"min.insync.replicas": "3"})
    Confluent().produce(cluster.bootstrap_servers, topic, [Record(b"three")])
    cluster.brokers[3].kill()
    cluster.wait_for_isr(topic, [1, 2])
    assert _produce_once(cluster, topic, b"two", acks="all") == "NOT_ENOUGH_REPLICAS"
    assert _produce_once(cluster, topic, b"leader only", acks="1") is None
    cluster.restart(3)
    cluster.wait_for_isr(topic, _ALL)
    assert _produce_once(cluster, topic, b"three again", acks="all") is None
    stored = values(Confluent().read(cluster.bootstrap_servers, topic))
    assert stored == [b"three", b"leader only", b"three again"]


def _produce_once(cluster: Cluster, topic: str, value: bytes, *, acks: str) -> str | None:
    """Produce without retries, and return the name of the error."""
    config = {"bootstrap.servers": cluster.bootstrap_servers, "acks": acks, "retries": 0, "logger": LOG}
    producer = confluent_kafka.Producer(config)
    errors: list[str | None] = []
    producer.produce(
        topic, value, partition=0, on_delivery=lambda error, _: errors.append(error.name() if error else None)
    )
    producer.flush(_WAIT_SECONDS)
    (error,) = errors
    return error


@pytest.mark.feature("Cluster", "Replication quotas")
def test_a_throttled_follower_catches_up_only_when_the_quota_allows(cluster: Cluster, topic: str) -> None:
    """A follower fetches 1 MB at most at once; after the first one it is far above a quota of a byte a second."""
    slow, free = f"{topic}-slow", f"{topic}-free"
    for name in (slow, free):
        cluster.create_topic(name, [1, 2, 3])
    _throttle(cluster, slow, "1", "*")
    assert cluster.brokers[3].stop()
    for name in (slow, free):
        Confluent().produce(cluster.bootstrap_servers, name, [Record(bytes(500_000))] * 20)
    cluster.restart(3)
    cluster.wait_for_isr(free, _ALL)
    behind = cluster.partition(slow)
    assert behind
    assert behind.isr == (1, 2)
    _throttle(cluster, slow, None, None)
    cluster.wait_for_isr(slow, _ALL)


def _throttle(cluster: Cluster, topic: str, rate: str | None, replicas: str | None) -> None:
    """Set or delete the throttle of a topic's replication, on both its sides."""
    for broker in _ALL:
        cluster.set_configs("broker", str(broker), dict.fromkeys(_THROTTLED_RATES, rate))
    cluster.set_configs("topic", topic, dict.fromkeys(_THROTTLED_REPLICAS, replicas))
