"""Coordinators in a cluster: their state is replicated, and another broker takes over when theirs dies."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import confluent_kafka
import pytest
from kafka import TopicPartition

from ..adapters import Record, values
from ..adapters.confluent import LOG, Confluent
from ..clusters import COMBINED, running_cluster
from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from ..adapters.confluent import ConfluentMember
    from ..clusters import Cluster

pytestmark = pytest.mark.timeout(900)

_ALL = (1, 2, 3)
_WAIT_SECONDS = 120


@pytest.fixture(scope="module")
def shared_cluster(node_spec: NodeSpec, settings: Settings) -> Iterator[Cluster]:
    with running_cluster(node_spec, settings, "coordinators", COMBINED) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """Return the cluster of this module; whatever a test did to its nodes is made good afterwards."""
    yield shared_cluster
    shared_cluster.heal()


def kill_coordinator(cluster: Cluster, internal_topic: str) -> None:
    """Kill the broker that leads the only partition of a coordinator's topic, once all of it is replicated."""
    coordinator = cluster.wait_for_isr(internal_topic, _ALL)
    assert set(coordinator.replicas) == set(_ALL)
    cluster.brokers[coordinator.leader].kill()
    survivors = [each for each in _ALL if each != coordinator.leader]
    assert cluster.wait_for_isr(internal_topic, survivors).leader != coordinator.leader


@pytest.mark.feature("Cluster", "Group coordinator failover")
def test_a_group_goes_on_with_another_coordinator(cluster: Cluster, topic: str) -> None:
    cluster.create_topic(topic, [1, 2, 3])
    first, later = _numbered(0, 20), _numbered(20, 50)
    Confluent().produce(cluster.bootstrap_servers, topic, [Record(value) for value in first])
    with contextlib.closing(Confluent().join(cluster.bootstrap_servers, "survivors", topic)) as member:
        assert _poll(member, len(first)) == first
        member.commit()
        kill_coordinator(cluster, "__consumer_offsets")
        # Coordinators answer with what is below the high watermark, which a new leader learns from its followers.
        wait_until(lambda: _committed(cluster, topic) == len(first), "the new coordinator knows what was committed")
        Confluent().produce(cluster.bootstrap_servers, topic, [Record(value) for value in later])
        assert _poll(member, len(later)) == later
        wait_until(lambda: _commits(member), "the new coordinator takes the commit", _WAIT_SECONDS)
    assert _committed(cluster, topic) == len(first) + len(later)


def _numbered(start: int, end: int) -> list[bytes]:
    return [b"%d" % number for number in range(start, end)]


def _poll(member: ConfluentMember, count: int) -> list[bytes]:
    came: list[Record] = []

    def all_came() -> bool:
        came.extend(member.poll())
        return len(came) >= count

    wait_until(all_came, f"{count} records come", _WAIT_SECONDS)
    return values(came)


def _commits(member: ConfluentMember) -> bool:
    try:
        member.commit()
    except confluent_kafka.KafkaException:
        return False
    return True


def _committed(cluster: Cluster, topic: str) -> int | None:
    """Ask with kafka-python: with confluent-kafka's admin client the interpreter crashed once, cause unknown."""
    found = cluster.ask(lambda admin: admin.list_group_offsets("survivors"))["survivors"]
    where = TopicPartition(topic, 0)
    return found[where].offset if where in found else None


@pytest.mark.feature("Cluster", "Transaction coordinator failover")
def test_a_transaction_survives_its_coordinator(cluster: Cluster, topic: str) -> None:
    cluster.create_topic(topic, [1, 2, 3])
    with contextlib.closing(Confluent().transactional(cluster.bootstrap_servers, topic)) as producer:
        producer.begin()
        producer.send(topic, b"before")
        kill_coordinator(cluster, "__transaction_state")
        producer.send(topic, b"after")
        producer.commit()
        producer.begin()
        producer.send(topic, b"given up")
        cluster.heal()
        kill_coordinator(cluster, "__transaction_state")
        producer.abort()
        producer.begin()
        producer.send(topic, b"last")
        producer.commit()
    servers = cluster.bootstrap_servers
    assert values(Confluent().read(servers, topic, committed_only=True)) == [b"before", b"after", b"last"]
    assert values(Confluent().read(servers, topic)) == [b"before", b"after", b"given up", b"last"]


@pytest.mark.feature("Cluster", "Share group coordinator failover")
def test_a_share_group_remembers_what_was_accepted(cluster: Cluster, topic: str) -> None:
    """Each broker leads one partition, so that one of them moves together with the share coordinator."""
    cluster.create_topic(topic, [1, 2, 3], [2, 3, 1], [3, 1, 2])
    cluster.set_configs("group", "sharers", {"share.auto.offset.reset": "earliest"})
    first, later = _numbered(0, 30), _numbered(30, 60)
    _produce_to_all(cluster, topic, first)
    with _sharing(cluster, topic) as consumer:
        assert _accept(consumer, len(first)) == set(first)
    kill_coordinator(cluster, "__share_group_state")
    _produce_to_all(cluster, topic, later)
    with _sharing(cluster, topic) as consumer:
        assert _accept(consumer, len(later)) == set(later)


def _produce_to_all(cluster: Cluster, topic: str, sent: list[bytes]) -> None:
    records = [Record(value, partition=number % 3) for number, value in enumerate(sent)]
    Confluent().produce(cluster.bootstrap_servers, topic, records, idempotent=True)


@contextlib.contextmanager
def _sharing(cluster: Cluster, topic: str) -> Iterator[confluent_kafka.ShareConsumer]:
    consumer = confluent_kafka.ShareConsumer(
        {
            "bootstrap.servers": cluster.bootstrap_servers,
            "group.id": "sharers",
            "share.acknowledgement.mode": "explicit",
            "logger": LOG,
        }
    )
    with contextlib.closing(consumer):
        consumer.subscribe([topic])
        yield consumer


def _accept(consumer: confluent_kafka.ShareConsumer, count: int) -> set[bytes]:
    """Accept records until so many came, and see that none came twice."""
    came: list[bytes] = []

    def all_came() -> bool:
        for message in consumer.poll(0.5):
            assert message.error() is None
            came.append(message.value())
            consumer.acknowledge(message, confluent_kafka.AcknowledgeType.ACCEPT)
        consumer.commit_sync(_WAIT_SECONDS)
        return len(came) >= count

    wait_until(all_came, f"{count} records come", _WAIT_SECONDS)
    assert len(came) == len(set(came))
    return set(came)
