"""The log cleaner: what compaction leaves in the segment files, when it may begin, and when it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record
from ..waiting import wait_until
from .log_files import (
    ROLL_MS,
    Round,
    alter_topic,
    base_offsets,
    checkpoint,
    create_topic,
    now_ms,
    produce_segments,
    stored_records,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode

_HOUR_MS = 3_600_000
_EAGER = {
    "log.cleaner.backoff.ms": "50",
    "log.retention.check.interval.ms": "50",
    "log.initial.task.delay.ms": "50",
    "log.segment.delete.delay.ms": "0",
}
PROPERTIES = _EAGER
_COMPACTED = {
    "cleanup.policy": "compact",
    "segment.ms": str(ROLL_MS),
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "0",
}


def _values(data_dir: Path, topic: str) -> dict[bytes | None, list[bytes | None]]:
    """Return all values of each key that are in the segment files."""
    found: dict[bytes | None, list[bytes | None]] = {}
    for record in stored_records(data_dir, topic):
        found.setdefault(record.key, []).append(record.value)
    return found


def _has(data_dir: Path, topic: str, expected: Mapping[bytes, list[bytes]]) -> bool:
    found = _values(data_dir, topic)
    return {key: found.get(key) for key in expected} == expected


@pytest.mark.feature("Log", "Compaction keeps the last value of each key")
def test_compaction_leaves_one_record_a_key_and_keeps_its_offset(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, _COMPACTED)
    rounds = [[(key, b"%s %d" % (key, number)) for key in (b"a", b"b", b"c")] for number in range(4)]
    produce_segments(servers, topic, [*rounds, [(b"last", b"x")]], first_ms=now_ms() - _HOUR_MS)
    wait_until(
        lambda: _has(node.data_dir, topic, {b"a": [b"a 3"], b"b": [b"b 3"], b"c": [b"c 3"]}), "only the last are stored"
    )
    read = Confluent().read(servers, topic)
    assert [(each.offset, each.key) for each in read] == [(9, b"a"), (10, b"b"), (11, b"c"), (12, b"last")]
    cleaned = node.data_dir / "cleaner-offset-checkpoint"
    wait_until(lambda: [topic, "0", "12"] in checkpoint(cleaned), "the cleaner notes how far it came")


@pytest.mark.feature("Log", "Compaction removes tombstones and what they delete")
def test_tombstones_are_gone_from_the_files_in_the_end(node: Node, servers: str, topic: str) -> None:
    """The first pass sets the delete horizon, a later one removes the tombstone (KIP-534); each needs something new."""
    create_topic(servers, topic, _COMPACTED)
    first_ms = now_ms() - _HOUR_MS
    rounds: list[Round] = [[(b"gone", b"1"), (b"stays", b"1")], [(b"gone", None)], [(b"other", b"1")]]
    produce_segments(servers, topic, rounds, first_ms=first_ms)
    numbers = iter(range(3, 1000))

    def tombstone_is_gone() -> bool:
        produce_segments(servers, topic, [[(b"other", b"2")]], first_ms=first_ms + next(numbers) * 2 * ROLL_MS)
        return b"gone" not in _values(node.data_dir, topic)

    wait_until(tombstone_is_gone, "key, value and tombstone are gone")
    assert _values(node.data_dir, topic)[b"stays"] == [b"1"]
    assert b"gone" not in {each.key for each in Confluent().read(servers, topic)}


@pytest.mark.feature("Log", "Compaction removes tombstones and what they delete")
def test_a_tombstone_stays_for_its_retention(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, _COMPACTED | {"delete.retention.ms": "86400000"})
    rounds: list[Round] = [[(b"gone", b"1")], [(b"gone", None)], [(b"other", b"1")], [(b"other", b"2")]]
    produce_segments(servers, topic, rounds, first_ms=now_ms() - _HOUR_MS)
    wait_until(lambda: _values(node.data_dir, topic).get(b"gone") == [None], "the value is gone, the tombstone is not")
    assert [each.value for each in Confluent().read(servers, topic) if each.key == b"gone"] == [None]


@pytest.mark.feature("Log", "Compaction together with retention")
def test_compacted_and_deleted(node: Node, servers: str, topic: str) -> None:
    """Within the retention keys are compacted; segments that are older go away with keys that nothing replaced."""
    create_topic(servers, topic, _COMPACTED | {"cleanup.policy": "compact,delete", "retention.ms": str(_HOUR_MS)})
    produce_segments(servers, topic, [[(b"old", b"1")]], first_ms=now_ms() - 2 * _HOUR_MS)
    first_ms = now_ms() - _HOUR_MS // 2
    produce_segments(servers, topic, [[(b"new", b"1")]], first_ms=first_ms)
    # Before the cleaner joins the old segment to others: it has the latest timestamp of all then.
    wait_until(lambda: b"old" not in _values(node.data_dir, topic), "the older key's segment is deleted")
    rounds = [[(b"new", b"2")], [(b"last", b"1")]]
    produce_segments(servers, topic, rounds, first_ms=first_ms + 2 * ROLL_MS)
    wait_until(lambda: _has(node.data_dir, topic, {b"new": [b"2"]}), "the newer key is compacted")
    assert {each.key: each.value for each in Confluent().read(servers, topic)} == {b"new": b"2", b"last": b"1"}


@pytest.mark.feature("Log", "Compaction lag, minimal and maximal")
def test_what_is_younger_than_the_minimal_lag_is_not_compacted(node: Node, servers: str, topic: str) -> None:
    """Another topic, of which all is old enough, tells that the cleaner has been there; then the lag is lowered."""
    create_topic(servers, topic, _COMPACTED | {"min.compaction.lag.ms": str(24 * _HOUR_MS)})
    create_topic(servers, f"{topic}-control", _COMPACTED | {"min.compaction.lag.ms": "1"})
    rounds = [[(b"a", b"1")], [(b"a", b"2")], [(b"b", b"1")]]
    for each in (topic, f"{topic}-control"):
        produce_segments(servers, each, rounds, first_ms=now_ms() - _HOUR_MS)
    wait_until(lambda: _has(node.data_dir, f"{topic}-control", {b"a": [b"2"]}), "the other one is compacted")
    assert _values(node.data_dir, topic)[b"a"] == [b"1", b"2"]
    alter_topic(servers, topic, {"min.compaction.lag.ms": "0"})
    wait_until(lambda: _has(node.data_dir, topic, {b"a": [b"2"]}), "now it is compacted as well")


@pytest.mark.feature("Log", "Compaction lag, minimal and maximal")
def test_what_is_older_than_the_maximal_lag_is_compacted_however_little_is_dirty(
    node: Node, servers: str, topic: str
) -> None:
    create_topic(servers, topic, _COMPACTED | {"min.cleanable.dirty.ratio": "1", "max.compaction.lag.ms": "1000"})
    rounds = [[(b"a", b"1")], [(b"a", b"2")], [(b"b", b"1")]]
    produce_segments(servers, topic, rounds, first_ms=now_ms() - _HOUR_MS)
    wait_until(lambda: _has(node.data_dir, topic, {b"a": [b"2"]}), "it is compacted")
    assert base_offsets(node.data_dir, topic)[-1] == 2


@pytest.mark.feature("Log", "Compaction can be switched off")
def test_without_the_cleaner_nothing_is_compacted(start: StartNode) -> None:
    """`log.cleaner.enable` is deprecated (KIP-1148), and works; deletion of old segments goes on."""
    node = start(ephemeral=True, properties=_EAGER | {"log.cleaner.enable": "false"})
    servers = node.bootstrap_servers
    create_topic(servers, "compacted", _COMPACTED)
    produce_segments(
        servers, "compacted", [[(b"a", b"1")], [(b"a", b"2")], [(b"b", b"")]], first_ms=now_ms() - _HOUR_MS
    )
    create_topic(servers, "deleted", {"segment.ms": str(ROLL_MS), "retention.ms": str(_HOUR_MS)})
    produce_segments(servers, "deleted", [[(None, b"1")], [(None, b"2")]], first_ms=now_ms() - 2 * _HOUR_MS)
    Confluent().produce(servers, "deleted", [Record(b"young")])
    wait_until(lambda: base_offsets(node.data_dir, "deleted") == [2], "old segments are deleted")
    assert _values(node.data_dir, "compacted")[b"a"] == [b"1", b"2"]
    assert "Starting the log cleaner" not in node.log_file.read_text(encoding="utf-8")
