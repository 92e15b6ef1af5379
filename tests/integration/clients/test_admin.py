"""Administrative calls, and that what they change is what clients then see."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import confluent_kafka.admin as confluent_admin
import pytest

from kafka_native.broker import TopicSpec

from ..adapters import CLIENTS, Confluent, KafkaPython, Record, values
from ..waiting import wait_until
from .members import poll_until

if TYPE_CHECKING:
    from kafka_native.broker import Node

    from ..adapters import Admin, Client, FullAdmin
    from ..conftest import StartNode

pytestmark = pytest.mark.trace

_TOPICS = 200
_TIMEOUT_SECONDS = 30

with_offsets = pytest.mark.parametrize(
    "client", [Confluent(), KafkaPython()], ids=["confluent-kafka", "kafka-python"], scope="function"
)
"""aiokafka cannot list offsets."""


def test_topics_are_created_and_deleted(client: Client, admin: Admin, servers: str, node: Node, topic: str) -> None:
    admin.create_topic(topic, 3)
    assert admin.topics()[topic] == 3
    client.produce(servers, topic, [Record(b"x", partition=2)])
    folders = {f"{topic}-{each}" for each in range(3)}
    wait_until(lambda: {each.name for each in node.data_dir.glob(f"{topic}-?")} == folders, "each has its folder")
    admin.delete_topics(topic)
    wait_until(lambda: topic not in admin.topics(), "the topic is gone")
    admin.create_topic(topic)  # a new one of the same name is empty
    assert client.read(servers, topic) == []


def test_a_topic_that_exists_is_not_created_again(admin: Admin, topic: str) -> None:
    admin.create_topic(topic)
    with pytest.raises(Exception, match=r"(?i)TOPIC_ALREADY_EXISTS|TopicAlreadyExists"):
        admin.create_topic(topic)


@pytest.mark.feature("Configuration", "Topic configs")
def test_a_topic_with_a_config_that_kafka_does_not_know_is_refused(admin: Admin, topic: str) -> None:
    with pytest.raises(Exception, match=r"(?i)INVALID_CONFIG|InvalidConfiguration|Unknown topic config"):
        admin.create_topic(topic, configs={"retention.millis": "1"})
    assert topic not in admin.topics()


def test_partitions_are_added(client: Client, admin: Admin, servers: str, topic: str) -> None:
    admin.create_topic(topic, 2)
    client.produce(servers, topic, [Record(b"before")])
    admin.add_partitions(topic, 5)
    wait_until(lambda: admin.topics()[topic] == 5, "the partitions are there")
    client.produce(servers, topic, [Record(b"after", partition=4)])
    assert values(client.read(servers, topic)) == [b"before", b"after"]


def test_partitions_are_never_taken_away(admin: Admin, topic: str) -> None:
    admin.create_topic(topic, 3)
    with pytest.raises(Exception, match=r"(?i)INVALID_PARTITIONS|InvalidPartitions"):
        admin.add_partitions(topic, 2)
    assert admin.topics()[topic] == 3


@pytest.mark.feature("Configuration", "Topic configs")
def test_configs_of_a_topic_are_described_and_changed(admin: Admin, topic: str) -> None:
    admin.create_topic(topic, configs={"retention.ms": "1000000"})
    before = admin.topic_config(topic)
    assert (before["retention.ms"], before["cleanup.policy"]) == ("1000000", "delete")
    admin.alter_topic_config(topic, {"retention.ms": "2000000", "cleanup.policy": "compact,delete"})
    changed = {"retention.ms": "2000000", "cleanup.policy": "compact,delete"}
    wait_until(lambda: admin.topic_config(topic) == before | changed, "the two configs changed, and no other")


@pytest.mark.feature("Configuration", "Topic configs")
@with_offsets
def test_an_incremental_change_leaves_other_configs_alone(admin: FullAdmin, topic: str) -> None:
    """KIP-339; aiokafka has the older call only."""
    admin.create_topic(topic, configs={"retention.ms": "1000000", "segment.bytes": "2000000"})
    default = admin.topic_config(topic)["max.message.bytes"]
    admin.alter_topic_config(topic, {"max.message.bytes": "12345"})
    admin.alter_topic_config(topic, {"retention.ms": None})
    wait_until(lambda: admin.topic_config(topic)["retention.ms"] == "604800000", "the default is back")
    found = admin.topic_config(topic)
    assert (found["segment.bytes"], found["max.message.bytes"]) == ("2000000", "12345")
    admin.alter_topic_config(topic, {"max.message.bytes": None})
    wait_until(lambda: admin.topic_config(topic)["max.message.bytes"] == default, "the other default is back")


@pytest.mark.feature("Configuration", "Topic configs")
def test_an_invalid_config_is_refused_with_its_reason(admin: Admin, topic: str) -> None:
    admin.create_topic(topic)
    with pytest.raises(Exception, match=r"(?i)INVALID_CONFIG|InvalidConfig"):
        admin.alter_topic_config(topic, {"retention.ms": "soon"})
    assert admin.topic_config(topic)["retention.ms"] == "604800000"


@pytest.mark.feature("Configuration", "Dynamic broker configs: per broker and for all brokers")
def test_configs_of_the_broker_are_changed_while_it_runs(servers: str) -> None:
    """A dynamic config (KIP-226) that the broker acts on: without it the topic is created when it is written to."""
    with Confluent().admin(servers) as admin:
        broker = (confluent_admin.ConfigResource.Type.BROKER, "1")
        entry = confluent_admin.ConfigEntry(
            "message.max.bytes", "54321", incremental_operation=confluent_admin.AlterConfigOpType.SET
        )
        resource = confluent_admin.ConfigResource(*broker, incremental_configs=[entry])
        admin.client.incremental_alter_configs([resource])[resource].result(_TIMEOUT_SECONDS)

        def value() -> str:
            asked = confluent_admin.ConfigResource(*broker)
            found = admin.client.describe_configs([asked])[asked].result(_TIMEOUT_SECONDS)
            return str(found["message.max.bytes"].value)

        wait_until(lambda: value() == "54321", "the broker has the new value")
        admin.create_topic("after-the-change")
        assert admin.topic_config("after-the-change")["max.message.bytes"] == "54321"
        entry = confluent_admin.ConfigEntry(
            "message.max.bytes", None, incremental_operation=confluent_admin.AlterConfigOpType.DELETE
        )
        resource = confluent_admin.ConfigResource(*broker, incremental_configs=[entry])
        admin.client.incremental_alter_configs([resource])[resource].result(_TIMEOUT_SECONDS)
        wait_until(lambda: value() == "1048588", "the broker has its default back")


def test_records_before_an_offset_are_deleted(client: Client, admin: Admin, servers: str, topic: str) -> None:
    client.produce(servers, topic, [Record(f"{number}".encode()) for number in range(10)])
    admin.delete_records(topic, 0, 7)
    assert [each.offset for each in client.read(servers, topic)] == [7, 8, 9]
    with Confluent().admin(servers) as other:
        assert other.earliest_and_latest(topic, 0) == (7, 10)


@with_offsets
def test_offsets_are_listed(client: Client, admin: FullAdmin, servers: str, topic: str) -> None:
    admin.create_topic(topic, 2)
    assert admin.earliest_and_latest(topic, 1) == (0, 0)
    sent = [Record(b"x", timestamp_ms=1_700_000_000_000 + 1000 * number, partition=1) for number in range(10)]
    client.produce(servers, topic, sent)
    assert admin.earliest_and_latest(topic, 0) == (0, 0)
    assert admin.earliest_and_latest(topic, 1) == (0, 10)
    assert admin.offset_at(topic, 1, 1_700_000_000_000) == 0
    assert admin.offset_at(topic, 1, 1_700_000_003_001) == 4
    assert admin.offset_at(topic, 1, 1_700_000_010_000) == -1


@pytest.mark.feature("Groups", "Offsets changed by clients")
@with_offsets
def test_offsets_of_a_group_that_never_had_members_are_set(
    client: Client, admin: FullAdmin, servers: str, topic: str
) -> None:
    client.produce(servers, topic, [Record(f"{number}".encode()) for number in range(10)])
    admin.alter_group_offsets(topic, {(topic, 0): 8})
    assert admin.group_offsets(topic) == {(topic, 0): 8}
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        assert values(poll_until([member], 2)) == [b"8", b"9"]


def test_the_cluster_is_described_as_it_is(admin: Admin, node: Node, servers: str) -> None:
    cluster = admin.cluster()
    assert cluster.cluster_id == node.report.cluster_id
    assert cluster.brokers == {1: servers}
    assert cluster.controller == 1


def test_the_metadata_quorum_and_features_are_described(servers: str) -> None:
    with KafkaPython().admin(servers) as admin:
        (topic,) = admin.client.describe_metadata_quorum()["topics"]
        (partition,) = topic["partitions"]
        assert partition["leader_id"] == 1
        assert [each["replica_id"] for each in partition["current_voters"]] == [1]
        features = admin.client.describe_features()
        assert "metadata.version" in str(features)


def test_the_log_dirs_are_described(client: Client, node: Node, servers: str, topic: str) -> None:
    client.produce(servers, topic, [Record(bytes(1000))])
    with KafkaPython().admin(servers) as admin:
        (found,) = admin.client.describe_log_dirs()
    (log_dir,) = found["log_dirs"]
    assert log_dir["log_dir"] == str(node.data_dir)
    sizes = {each["name"]: each["partitions"][0]["partition_size"] for each in log_dir["topics"]}
    assert sizes[topic] == (node.data_dir / f"{topic}-0" / f"{0:020}.log").stat().st_size > 1000


def test_200_topics_that_the_node_was_asked_for_are_there_after_a_restart_as_well(start: StartNode) -> None:
    names = {f"topic-{number}": 1 for number in range(_TOPICS)}
    node = start(topics=tuple(TopicSpec(name) for name in names))
    sent = {name: f"record of {name}".encode() for name in list(names)[::40]}
    for name, value in sent.items():
        Confluent().produce(node.bootstrap_servers, name, [Record(value)])
    for restart in (False, True):
        if restart:
            node.restart()
        for client in CLIENTS:
            with client.admin(node.bootstrap_servers) as admin:
                assert admin.topics() == names
    read = {name: values(Confluent().read(node.bootstrap_servers, name)) for name in sent}
    assert read == {name: [value] for name, value in sent.items()}
