"""What the tests of the log share: records in segment files, the names of those files, and checkpoints."""

from __future__ import annotations

import struct
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ..adapters import Confluent, Record
from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ..adapters import FullAdmin

__all__ = [
    "ROLL_MS",
    "Round",
    "StoredRecord",
    "alter_topic",
    "base_offsets",
    "checkpoint",
    "create_topic",
    "full_admin",
    "now_ms",
    "produce_segments",
    "segments",
    "stored_records",
]

_HEADER_BYTES = 61  # of a record batch
_ATTRIBUTES_AT = 21
_CODEC = 0b111
_COUNT_AT = _HEADER_BYTES - 4
_LENGTH_ENDS_AT = 12
_NUMBERS_OF_A_CHECKPOINT = 2  # its first lines: the version, and how many entries follow
ROLL_MS = 1000
"""`segment.ms` of topics that `produce_segments` is for."""

Round: TypeAlias = "Sequence[tuple[bytes | None, bytes | None]]"
"""Keys and values that are produced together."""


@dataclass(frozen=True)
class StoredRecord:
    """A record as it lies in a segment file.

    Args:
        offset: Its offset.
        key: Its key.
        value: Its value; None is a tombstone.
    """

    offset: int
    key: bytes | None
    value: bytes | None


def now_ms() -> int:
    """Return the time as record timestamps have it."""
    return time.time_ns() // 1_000_000


@contextmanager
def full_admin(servers: str) -> Iterator[FullAdmin]:
    """Return an admin client that can do everything."""
    with Confluent().admin(servers) as admin:
        yield admin


def create_topic(servers: str, topic: str, configs: Mapping[str, str] | None = None, *, partitions: int = 1) -> None:
    """Create a topic."""
    with full_admin(servers) as admin:
        admin.create_topic(topic, partitions, configs)


def alter_topic(servers: str, topic: str, changes: Mapping[str, str | None]) -> None:
    """Change configs of a topic; None gives the default back."""
    with full_admin(servers) as admin:
        admin.alter_topic_config(topic, changes)


def segments(data_dir: Path, topic: str, partition: int = 0) -> list[Path]:
    """Return the segment files of a partition, in their order; deleted ones have another suffix at once."""
    return sorted((data_dir / f"{topic}-{partition}").glob("*.log"))


def base_offsets(data_dir: Path, topic: str, partition: int = 0) -> list[int]:
    """Return the offsets with which the segments of a partition begin."""
    return [int(path.stem) for path in segments(data_dir, topic, partition)]


def produce_segments(servers: str, topic: str, rounds: Sequence[Round], *, first_ms: int) -> None:
    """Produce keys and values, each round into a segment of its own.

    The broker rolls by the timestamps of records (`LogSegment.timeWaitedForRoll`), so nothing has to wait: each round
    is later than `segment.ms` after the one before.

    Args:
        servers: The broker.
        topic: A topic with `segment.ms` of `ROLL_MS` and no jitter.
        rounds: Keys and values.
        first_ms: The timestamp of the first round.
    """
    for number, pairs in enumerate(rounds):
        at = first_ms + number * 2 * ROLL_MS
        Confluent().produce(servers, topic, [Record(value, key, timestamp_ms=at) for key, value in pairs])


def stored_records(data_dir: Path, topic: str, partition: int = 0) -> list[StoredRecord]:
    """Return all records in the segment files of a partition, which must be uncompressed; see `record_batches`."""
    folder = data_dir / f"{topic}-{partition}"
    read = wait_until(lambda: _read_at_rest(folder), f"the cleaner does not work in {folder}")
    assert read
    return read[0]


def _read_at_rest(folder: Path) -> tuple[list[StoredRecord]] | None:
    # While the cleaner puts a segment in the place of others, records are in two files, or in none.
    before = _names(folder)
    if any(name.endswith((".cleaned", ".swap")) for name in before):
        return None
    try:
        read = [record for name in before for record in _records((folder / name).read_bytes())]
    except FileNotFoundError:
        return None
    return (read,) if _names(folder) == before else None


def _names(folder: Path) -> list[str]:
    return sorted(path.name for pattern in ("*.log", "*.cleaned", "*.swap") for path in folder.glob(pattern))


def _records(data: bytes) -> Iterator[StoredRecord]:
    at = 0
    while at + _HEADER_BYTES <= len(data):
        base_offset, length = struct.unpack_from(">qi", data, at)
        (attributes,) = struct.unpack_from(">h", data, at + _ATTRIBUTES_AT)
        assert attributes & _CODEC == 0, f"the batch at byte {at} is compressed"
        (count,) = struct.unpack_from(">i", data, at + _COUNT_AT)
        reader = _Reader(data, at + _HEADER_BYTES)
        for _ in range(count):
            yield reader.record(base_offset)
        at += _LENGTH_ENDS_AT + length


class _Reader:
    """Reads the fields of records (https://kafka.apache.org/documentation/#record)."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def record(self, base_offset: int) -> StoredRecord:
        length = self._varint()
        end = self._at + length
        self._at += 1  # attributes, of which there are none
        self._varint()  # the timestamp, as a difference
        offset = base_offset + self._varint()
        stored = StoredRecord(offset, self._bytes(), self._bytes())
        self._at = end
        return stored

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # the top bit says that more follows
                return (value >> 1) ^ -(value & 1)

    def _bytes(self) -> bytes | None:
        length = self._varint()
        if length < 0:
            return None
        self._at += length
        return self._data[self._at - length : self._at]


def checkpoint(path: Path) -> list[list[str]]:
    """Return the entries of a checkpoint file, each as its words."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [line.split() for line in lines[_NUMBERS_OF_A_CHECKPOINT:]]
