"""How the log is cut into segments, and which files belong to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record, values
from ..waiting import wait_until
from .log_files import ROLL_MS, base_offsets, create_topic, now_ms, produce_segments, segments

if TYPE_CHECKING:
    from kafka_native.broker import Node

_MIB = 1024 * 1024
_RECORD_BYTES = 100_000
_INDEX_ENTRY_BYTES = 8


@pytest.mark.feature("Log", "Segments roll by size")
def test_a_segment_that_is_full_is_followed_by_the_next(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, {"segment.bytes": str(_MIB)})
    sent = [Record(b"%d" % (number % 10) * _RECORD_BYTES) for number in range(35)]
    Confluent().produce(servers, topic, sent)
    sizes = [path.stat().st_size for path in segments(node.data_dir, topic)]
    assert len(sizes) >= 4
    assert max(sizes) <= _MIB
    assert values(Confluent().read(servers, topic)) == values(sent)


@pytest.mark.feature("Log", "Segments roll by time")
def test_a_segment_ends_when_a_record_is_too_late_for_it(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, {"segment.ms": str(ROLL_MS)})
    produce_segments(servers, topic, [[(None, b"x")] * 3] * 4, first_ms=now_ms() - 1_000_000)
    assert base_offsets(node.data_dir, topic) == [0, 3, 6, 9]


@pytest.mark.feature("Log", "Segments roll by time")
def test_jitter_lets_segments_end_earlier(node: Node, servers: str, topic: str) -> None:
    """Twelve records, each two of `ROLL_MS` after the one before: three fit in a segment, with jitter one or two."""
    configs = {"segment.ms": str(4 * ROLL_MS), "segment.jitter.ms": str(4 * ROLL_MS)}
    create_topic(servers, topic, configs)
    create_topic(servers, f"{topic}-control", configs | {"segment.jitter.ms": "0"})
    for each in (topic, f"{topic}-control"):
        produce_segments(servers, each, [[(None, b"x")]] * 12, first_ms=now_ms() - 1_000_000)
    assert base_offsets(node.data_dir, f"{topic}-control") == [0, 3, 6, 9]
    assert len(base_offsets(node.data_dir, topic)) > 4


@pytest.mark.feature("Log", "Index files: interval, size and preallocation")
def test_a_full_index_ends_the_segment(node: Node, servers: str, topic: str) -> None:
    create_topic(servers, topic, {"segment.index.bytes": str(_INDEX_ENTRY_BYTES * 4), "index.interval.bytes": "0"})
    for number in range(20):
        Confluent().produce(servers, topic, [Record(b"%d" % number)])
    assert len(base_offsets(node.data_dir, topic)) > 3
    assert len(Confluent().read(servers, topic)) == 20


@pytest.mark.feature("Log", "Index files: interval, size and preallocation")
def test_an_index_has_an_entry_every_so_many_bytes(node: Node, servers: str, topic: str) -> None:
    """An index has its whole size while its segment is written, and is cut when the segment ends."""
    create_topic(servers, topic, {"segment.ms": str(ROLL_MS), "index.interval.bytes": "10000"})
    first_ms = now_ms() - 1_000_000
    for number in range(30):
        produce_segments(servers, topic, [[(None, b"x" * 5000)]], first_ms=first_ms + number)
    index = segments(node.data_dir, topic)[0].with_suffix(".index")
    assert index.stat().st_size == 10 * _MIB
    produce_segments(servers, topic, [[(None, b"x")]], first_ms=first_ms + 2 * ROLL_MS)
    wait_until(lambda: 5 <= index.stat().st_size // _INDEX_ENTRY_BYTES <= 15, "one entry for two or three records")


@pytest.mark.feature("Log", "Index files: interval, size and preallocation")
def test_a_preallocated_segment_has_its_size_from_the_start(node: Node, servers: str, topic: str) -> None:
    """It is cut to what is in it when it ends, and at shutdown; the next one begins at its whole size."""
    create_topic(servers, topic, {"preallocate": "true", "segment.bytes": str(_MIB), "segment.ms": str(ROLL_MS)})
    first_ms = now_ms() - 1_000_000
    produce_segments(servers, topic, [[(None, b"one")], [(None, b"two")]], first_ms=first_ms)
    first, second = segments(node.data_dir, topic)
    assert second.stat().st_size == _MIB
    wait_until(lambda: first.stat().st_size < 1000, "the first is cut")
    node.restart()
    assert second.stat().st_size < 1000
    produce_segments(servers, topic, [[(None, b"three")]], first_ms=first_ms + 4 * ROLL_MS)
    assert values(Confluent().read(servers, topic)) == [b"one", b"two", b"three"]
