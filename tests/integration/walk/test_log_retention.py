"""What leaves the log, and that its files really go: retention, deletion of records, deletion of topics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record, values
from ..waiting import wait_until
from .log_files import ROLL_MS, alter_topic, base_offsets, create_topic, full_admin, now_ms, produce_segments

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_HOUR_MS = 3_600_000
_SEGMENTED = {"segment.ms": str(ROLL_MS), "file.delete.delay.ms": "0"}
PROPERTIES = {
    "log.retention.check.interval.ms": "50",
    "log.initial.task.delay.ms": "50",
    "log.segment.delete.delay.ms": "0",
    "log.retention.hours": "-1",
}


def _produce_five_segments(servers: str, topic: str, *, first_ms: int) -> None:
    produce_segments(servers, topic, [[(None, b"%d" % number * 1000)] for number in range(5)], first_ms=first_ms)


def _files(data_dir: Path, topic: str) -> set[str]:
    """Return the names of a partition's files that belong to segments, also of those that are being deleted."""
    return {path.name for path in (data_dir / f"{topic}-0").iterdir() if path.name[0].isdecimal()}


@pytest.mark.feature("Log", "Retention by time")
def test_segments_that_are_too_old_are_deleted_with_their_files(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, _SEGMENTED)
    _produce_five_segments(servers, topic, first_ms=now_ms() - _HOUR_MS)
    Confluent().produce(servers, topic, [Record(b"young")])
    assert base_offsets(node.data_dir, topic) == [0, 1, 2, 3, 4, 5]
    alter_topic(servers, topic, {"retention.ms": str(_HOUR_MS // 2)})
    wait_until(
        lambda: {name.partition(".")[0] for name in _files(node.data_dir, topic)} == {f"{5:020}"},
        "only the files of the last segment are there",
    )
    assert values(Confluent().read(servers, topic)) == [b"young"]
    with full_admin(servers) as admin:
        assert admin.earliest_and_latest(topic, 0) == (5, 6)


@pytest.mark.feature("Log", "Retention by time")
def test_the_brokers_own_retention_applies_when_a_topic_has_none(node: Node, servers: str, topic: str) -> None:
    """The active segment is rolled, and goes as well once everything in it is too old."""
    create_topic(servers, topic, _SEGMENTED | {"retention.ms": "1000"})
    _produce_five_segments(servers, topic, first_ms=now_ms() - _HOUR_MS)
    wait_until(lambda: base_offsets(node.data_dir, topic) == [5], "everything is deleted")
    alter_topic(servers, topic, {"retention.ms": None})
    produce_segments(servers, topic, [[(None, b"old")], [(None, b"stays")]], first_ms=now_ms() - 24 * _HOUR_MS)
    assert values(Confluent().read(servers, topic)) == [b"old", b"stays"]


@pytest.mark.feature("Log", "Retention by size")
def test_the_oldest_segments_are_deleted_when_a_partition_is_too_large(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, _SEGMENTED)
    _produce_five_segments(servers, topic, first_ms=now_ms() - _HOUR_MS)
    alter_topic(servers, topic, {"retention.bytes": "2500"})
    wait_until(lambda: base_offsets(node.data_dir, topic) == [2, 3, 4], "two segments and a part fit")
    wait_until(lambda: not any(".deleted" in name for name in _files(node.data_dir, topic)), "files are gone")
    assert values(Confluent().read(servers, topic)) == [b"%d" % number * 1000 for number in (2, 3, 4)]


@pytest.mark.feature("Log", "Deletion of records")
def test_records_are_deleted_by_a_client(node: Node, servers: str, topic: str) -> None:
    """Segments that lie wholly before the new start go at once; in the one around it, the offset alone tells."""
    create_topic(servers, topic, _SEGMENTED)
    produce_segments(servers, topic, [[(None, b"x")] * 10 for _ in range(3)], first_ms=now_ms() - _HOUR_MS)
    with full_admin(servers) as admin:
        admin.delete_records(topic, 0, 15)
        assert admin.earliest_and_latest(topic, 0) == (15, 30)
    wait_until(lambda: base_offsets(node.data_dir, topic) == [10, 20], "the first segment is deleted")
    assert [each.offset for each in Confluent().read(servers, topic)] == list(range(15, 30))


@pytest.mark.feature("Log", "Deletion of records")
def test_records_are_deleted_by_kafkas_tool_and_stay_deleted(
    node: Node, servers: str, topic: str, tools: JavaTools
) -> None:
    create_topic(servers, topic, partitions=2)
    Confluent().produce(servers, topic, [Record(b"x", partition=number % 2) for number in range(20)])
    offsets = [{"topic": topic, "partition": 0, "offset": 4}, {"topic": topic, "partition": 1, "offset": -1}]
    plan = tools.folder / "delete-records.json"
    plan.write_text(json.dumps({"version": 1, "partitions": offsets}), encoding="utf-8")
    output = tools.must(
        "org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server", servers, "--offset-json-file", plan
    )
    assert f"partition: {topic}-0\tlow_watermark: 4" in output
    assert f"partition: {topic}-1\tlow_watermark: 10" in output
    node.restart()
    assert [(each.partition, each.offset) for each in Confluent().read(servers, topic)] == [
        (0, number) for number in range(4, 10)
    ]


@pytest.mark.feature("Log", "Deletion of records")
def test_records_that_are_not_there_cannot_be_deleted(servers: str, topic: str) -> None:
    create_topic(servers, topic)
    Confluent().produce(servers, topic, [Record(b"x")])
    with full_admin(servers) as admin, pytest.raises(Exception, match="OFFSET_OUT_OF_RANGE"):
        admin.delete_records(topic, 0, 2)


@pytest.mark.feature("Log", "Deletion of topics removes their files")
def test_the_folders_of_a_deleted_topic_go_away(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, partitions=3)
    Confluent().produce(servers, topic, [Record(b"x", partition=each) for each in range(3)])
    assert len(list(node.data_dir.glob(f"{topic}-*"))) == 3
    with full_admin(servers) as admin:
        admin.delete_topics(topic)
        wait_until(lambda: topic not in admin.topics(), "the topic is gone")
    wait_until(lambda: not list(node.data_dir.glob(f"{topic}*")), "the folders are gone")


@pytest.mark.feature("Log", "Deletion of topics removes their files")
def test_until_the_delay_is_over_files_of_a_deleted_topic_stay_aside(start: StartNode) -> None:
    """The delay is the broker's: that of the topic is about its segments."""
    node = start(ephemeral=True, properties={"log.segment.delete.delay.ms": str(_HOUR_MS)})
    create_topic(node.bootstrap_servers, "aside", {"file.delete.delay.ms": "0"})
    Confluent().produce(node.bootstrap_servers, "aside", [Record(b"x")])
    with full_admin(node.bootstrap_servers) as admin:
        admin.delete_topics("aside")
    wait_until(lambda: list(node.data_dir.glob("aside-0.*-delete")), "the folder is renamed")
    assert not (node.data_dir / "aside-0").exists()
    (aside,) = node.data_dir.glob("aside-0.*-delete")
    assert (aside / f"{0:020}.log").stat().st_size > 0
