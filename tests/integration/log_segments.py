"""Reads the headers of record batches from log segments: what the broker really stored.

The format is https://kafka.apache.org/documentation/#recordbatch (magic 2).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CODECS", "RecordBatch", "record_batches"]

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
"""The compression codecs, by their number in the attributes of a batch."""

_HEADER = struct.Struct(">qiibIhiqqqhii")
_LENGTH_STARTS_AT = 12  # baseOffset and batchLength are not counted in batchLength
_MAGIC = 2


@dataclass(frozen=True)
class RecordBatch:
    """The header of a batch.

    Args:
        base_offset: The offset of its first record.
        codec: How its records are compressed.
        log_append_time: Whether the broker set the timestamps.
        transactional: Whether it is part of a transaction.
        control: Whether it is a marker (commit or abort), not data.
        producer_id: Of an idempotent producer, else -1.
        base_sequence: Sequence number of its first record, else -1.
        count: Number of records.
        size_bytes: The size of the whole batch.
    """

    base_offset: int
    codec: str
    log_append_time: bool
    transactional: bool
    control: bool
    producer_id: int
    base_sequence: int
    count: int
    size_bytes: int


def record_batches(data_dir: Path, topic: str, partition: int = 0) -> list[RecordBatch]:
    """Return the headers of all batches of a partition, in their order."""
    segments = sorted((data_dir / f"{topic}-{partition}").glob("*.log"))
    return [batch for segment in segments for batch in _batches(segment.read_bytes())]


def _batches(data: bytes) -> Iterator[RecordBatch]:
    at = 0
    while at + _HEADER.size <= len(data):
        header = _HEADER.unpack_from(data, at)
        offset, length, _, magic, _, attributes, _, _, _, producer_id, _, base_sequence, count = header
        assert magic == _MAGIC, f"batch of magic {magic} at byte {at}"
        yield RecordBatch(
            base_offset=offset,
            codec=CODECS[attributes & 0b111],
            log_append_time=bool(attributes & 0b1000),
            transactional=bool(attributes & 0b10000),
            control=bool(attributes & 0b100000),
            producer_id=producer_id,
            base_sequence=base_sequence,
            count=count,
            size_bytes=_LENGTH_STARTS_AT + length,
        )
        at += _LENGTH_STARTS_AT + length
