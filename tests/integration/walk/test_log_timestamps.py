"""Timestamps of records: who sets them, which are refused, and offsets that are found by them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record
from ..log_segments import record_batches
from .log_files import alter_topic, create_topic, full_admin, now_ms

if TYPE_CHECKING:
    from kafka_native.broker import Node

    from ..java_tools import JavaTools

_HOUR_MS = 3_600_000
_GET_OFFSETS = "org.apache.kafka.tools.GetOffsetShell"


@pytest.mark.feature("Log", "Timestamps: create time and log append time")
@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_the_brokers_time_replaces_that_of_the_client(codec: str, node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, {"message.timestamp.type": "LogAppendTime"})
    before = now_ms()
    sent = [Record(b"x" * 100, timestamp_ms=before - _HOUR_MS) for _ in range(3)]
    Confluent().produce(servers, topic, sent, codec=codec)
    assert all(each.log_append_time for each in record_batches(node.data_dir, topic))
    stamps = [each.timestamp_ms for each in Confluent().read(servers, topic)]
    assert all(each is not None and before <= each <= now_ms() for each in stamps)


@pytest.mark.feature("Log", "Timestamps: create time and log append time")
def test_the_kind_of_timestamps_changes_for_what_follows(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic)
    sent = Record(b"x", timestamp_ms=now_ms() - _HOUR_MS)
    Confluent().produce(servers, topic, [sent])
    alter_topic(servers, topic, {"message.timestamp.type": "LogAppendTime"})
    Confluent().produce(servers, topic, [sent])
    assert [each.log_append_time for each in record_batches(node.data_dir, topic)] == [False, True]
    first, second = Confluent().read(servers, topic)
    assert first.timestamp_ms == sent.timestamp_ms
    assert second.timestamp_ms != sent.timestamp_ms


@pytest.mark.feature("Log", "Timestamps that are too early or too late are refused")
@pytest.mark.parametrize(
    ("config", "away_ms"),
    [("message.timestamp.before.max.ms", -_HOUR_MS), ("message.timestamp.after.max.ms", _HOUR_MS)],
)
def test_a_timestamp_that_is_too_far_away_is_refused(config: str, away_ms: int, servers: str, topic: str) -> None:
    create_topic(servers, topic, {config: str(_HOUR_MS // 2)})
    Confluent().produce(servers, topic, [Record(b"near", timestamp_ms=now_ms() + away_ms // 4)])
    far = Record(b"far", timestamp_ms=now_ms() + away_ms)
    with pytest.raises(Exception, match="INVALID_TIMESTAMP"):
        Confluent().produce(servers, topic, [far])
    alter_topic(servers, topic, {config: str(2 * _HOUR_MS)})
    Confluent().produce(servers, topic, [far])
    assert [each.value for each in Confluent().read(servers, topic)] == [b"near", b"far"]


@pytest.mark.feature("Log", "Offsets by timestamp and of the log's ends")
def test_kafkas_tool_finds_offsets(servers: str, topic: str, tools: JavaTools) -> None:
    """The latest timestamp is not that of the last record; without tiered storage all of the log is local."""
    create_topic(servers, topic)
    first_ms = now_ms() - _HOUR_MS
    for number in (0, 10, 40, 30, 20):
        Confluent().produce(servers, topic, [Record(b"x", timestamp_ms=first_ms + number)])
    with full_admin(servers) as admin:
        admin.delete_records(topic, 0, 1)
    for spec, offset in (("max-timestamp", 2), ("earliest-local", 1), (str(first_ms + 11), 2)):
        assert _offsets(tools, servers, topic, spec) == f"{topic}:0:{offset}", spec
    assert _offsets(tools, servers, topic, str(first_ms + 41)) == ""


@pytest.mark.feature("Log", "Offsets by timestamp and of the log's ends")
def test_without_tiered_storage_nothing_is_tiered(servers: str, topic: str, tools: JavaTools) -> None:
    create_topic(servers, topic)
    Confluent().produce(servers, topic, [Record(b"x")])
    for spec in ("latest-tiered", "earliest-pending-upload"):
        assert _offsets(tools, servers, topic, spec) == "", spec


def _offsets(tools: JavaTools, servers: str, topic: str, spec: str) -> str:
    return tools.must(_GET_OFFSETS, "--bootstrap-server", servers, "--topic", topic, "--time", spec).rstrip("\n")


@pytest.mark.feature("Log", "Offsets by timestamp and of the log's ends")
def test_clients_find_offsets_by_timestamp_over_segments(servers: str, topic: str) -> None:
    create_topic(servers, topic, {"segment.ms": "1000"})
    first_ms = now_ms() - _HOUR_MS
    for number in range(6):
        Confluent().produce(servers, topic, [Record(b"x", timestamp_ms=first_ms + number * 2000)])
    with full_admin(servers) as admin:
        found = [admin.offset_at(topic, 0, first_ms + number * 2000 - 1) for number in range(6)]
        assert found == list(range(6))
        assert admin.offset_at(topic, 0, time.time_ns() // 1_000_000) == -1
