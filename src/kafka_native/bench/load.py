"""A client that costs as little as a client can, so that on two cores the broker is what is measured.

It sends the same prepared request again and again, five at a time in flight as Kafka's own producer does, and reads
record batches without looking into them. What it costs nevertheless is measured and told.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kafka_native.bench import wire
from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka_native.bench.wire import Codec, Connection

__all__ = ["Flow", "LoadSpec", "consume_for", "prepare_batch", "produce_bytes", "produce_for", "wait_for_leaders"]

_BATCH_BYTES: Final = 64 * 1024
_FETCH_BYTES: Final = 1024 * 1024  # `max.partition.fetch.bytes` of Kafka's own consumer
_IN_FLIGHT: Final = 5  # `max.in.flight.requests.per.connection` of Kafka's own producer
_OFFSET_OUT_OF_RANGE = 1
_LEADERS_SECONDS, _LEADERS_PAUSE_SECONDS = 60, 0.01
_SEED = 974
_WORDS = 2000
_POOL_BYTES = 1 << 20


@dataclass(frozen=True)
class LoadSpec:
    """What is produced and consumed.

    Args:
        topic: Where to; it must be there.
        partitions: How many it has.
        record_bytes: Size of each record.
        codec: Compression of the batches.
    """

    topic: str
    partitions: int
    record_bytes: int
    codec: Codec = "none"

    @property
    def records_per_batch(self) -> int:
        """As many as fill 64 KiB, before compression."""
        return max(1, _BATCH_BYTES // self.record_bytes)

    @property
    def bytes_per_batch(self) -> int:
        """The bytes of the records of a batch, before compression."""
        return self.records_per_batch * self.record_bytes


@dataclass(frozen=True)
class Flow:
    """What was moved.

    Args:
        seconds: How long it took.
        record_bytes: The bytes of the records, before compression.
        by_second: The same, for each whole second of it.
    """

    seconds: float
    record_bytes: int
    by_second: tuple[int, ...]


def prepare_batch(load: LoadSpec) -> bytes:
    """Return a batch of records, of text that compresses about as JSON events do."""
    source = random.Random(_SEED)  # noqa: S311 - the same load each time, no secret
    words = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randint(3, 10))) for _ in range(_WORDS)]
    pool = " ".join(f'"{source.choice(words)}": {source.randrange(10**6)},' for _ in range(_POOL_BYTES // 16)).encode()
    size = load.record_bytes
    starts = (source.randrange(len(pool) - size) for _ in range(load.records_per_batch))
    return wire.record_batch([pool[start : start + size] for start in starts], load.codec, int(time.time() * 1000))


class _Meter:
    """Counts bytes by the second in which they came."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._by_second: list[int] = []

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._began

    @property
    def total(self) -> int:
        return sum(self._by_second)

    def count(self, moved: int) -> None:
        second = int(self.seconds)
        self._by_second.extend([0] * (second + 1 - len(self._by_second)))
        self._by_second[second] += moved

    def flow(self) -> Flow:
        seconds = self.seconds
        return Flow(seconds, self.total, tuple(self._by_second[: int(seconds)]))


def produce_for(
    connection: Connection, load: LoadSpec, batch: bytes, seconds: float, *, bytes_per_second: float | None = None
) -> Flow:
    """Produce with acks=all for a while; each request has a batch for every partition.

    Args:
        connection: To the broker.
        load: What it is.
        batch: From `prepare_batch`.
        seconds: How long.
        bytes_per_second: How much at most; as fast as it goes when None.

    Raises:
        BenchError: When the broker refuses a batch.
        OSError: When it hangs up.
    """
    meter = _Meter()
    return _produce(connection, load, batch, meter, lambda sent: _may_go_on(meter, sent, seconds, bytes_per_second))


def _may_go_on(meter: _Meter, moved_bytes: int, seconds: float, bytes_per_second: float | None) -> bool:
    """Wait until the next request is due, and tell whether there is still time for it."""
    if bytes_per_second:
        time.sleep(max(0.0, min(moved_bytes / bytes_per_second, seconds) - meter.seconds))
    return meter.seconds < seconds


def produce_bytes(connection: Connection, load: LoadSpec, batch: bytes, record_bytes: int) -> Flow:
    """Produce with acks=all until so many bytes of records are written; see `produce_for`."""
    return _produce(connection, load, batch, _Meter(), lambda sent_bytes: sent_bytes < record_bytes)


def _produce(
    connection: Connection, load: LoadSpec, batch: bytes, meter: _Meter, may_go_on: Callable[[int], bool]
) -> Flow:
    request = wire.produce(load.topic, dict.fromkeys(range(load.partitions), batch))
    request_bytes = load.bytes_per_batch * load.partitions
    sent = acknowledged = 0
    while may_go_on(sent * request_bytes):
        if sent - acknowledged == _IN_FLIGHT:
            _acknowledge(connection, meter, request_bytes)
            acknowledged += 1
        connection.send(request)
        sent += 1
    for _ in range(sent - acknowledged):
        _acknowledge(connection, meter, request_bytes)
    return meter.flow()


def _acknowledge(connection: Connection, meter: _Meter, request_bytes: int) -> None:
    errors = {error for error in wire.parse_produced(connection.receive()).values() if error}
    if errors:
        raise BenchError(
            f"the broker refused a batch with error {', '.join(map(str, sorted(errors)))}",
            hint="https://kafka.apache.org/protocol tells the error codes",
        )
    meter.count(request_bytes)


def consume_for(
    connection: Connection, load: LoadSpec, batch: bytes, seconds: float, *, bytes_per_second: float | None = None
) -> Flow:
    """Read all partitions from their beginnings for a while; a partition that is read to its end begins again.

    Args:
        connection: To the broker.
        load: What it is.
        batch: What all batches of the topic are like; from it the size before compression is known.
        seconds: How long.
        bytes_per_second: How much at most; as fast as it goes when None.

    Raises:
        BenchError: When the broker refuses a read.
        OSError: When it hangs up.
    """
    meter = _Meter()
    growth = load.bytes_per_batch / len(batch)
    offsets = _earliest(connection, load)
    while _may_go_on(meter, meter.total, seconds, bytes_per_second):
        fetched = wire.parse_fetched(connection.call(wire.fetch(load.topic, offsets, _FETCH_BYTES)))
        meter.count(int(sum(each.bytes_read for each in fetched.values()) * growth))
        _advance(offsets, fetched)
        if _at_an_end(offsets, fetched):
            offsets |= {
                partition: first
                for partition, first in _earliest(connection, load).items()
                if _is_done(offsets[partition], fetched[partition])
            }
    return meter.flow()


def _earliest(connection: Connection, load: LoadSpec) -> dict[int, int]:
    return wire.parse_offsets(connection.call(wire.earliest_offsets(load.topic, range(load.partitions))))


def _advance(offsets: dict[int, int], fetched: dict[int, wire.Fetched]) -> None:
    if not fetched:
        raise BenchError("the broker refused to read at all", hint="look at the end of its log")
    for partition, each in fetched.items():
        if each.error not in (0, _OFFSET_OUT_OF_RANGE):
            raise BenchError(
                f"the broker refused to read partition {partition} with error {each.error}",
                hint="https://kafka.apache.org/protocol tells the error codes",
            )
        if each.next_offset is not None:
            offsets[partition] = each.next_offset


def _at_an_end(offsets: dict[int, int], fetched: dict[int, wire.Fetched]) -> bool:
    return any(_is_done(offsets[partition], each) for partition, each in fetched.items())


def _is_done(offset: int, fetched: wire.Fetched) -> bool:
    return fetched.error == _OFFSET_OUT_OF_RANGE or offset >= fetched.high_watermark


def wait_for_leaders(connection: Connection, topic: str, partitions: int) -> None:
    """Wait until each partition of a topic has a leader; it is created when it is missing.

    Raises:
        BenchError: When that takes longer than a minute.
    """
    deadline = time.monotonic() + _LEADERS_SECONDS
    while sum(each >= 0 for each in wire.parse_leaders(connection.call(wire.metadata(topic))).values()) < partitions:
        if time.monotonic() > deadline:
            raise BenchError(f"topic {topic} did not get {partitions} leaders within {_LEADERS_SECONDS} s")
        time.sleep(_LEADERS_PAUSE_SECONDS)
