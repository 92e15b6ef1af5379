"""How fast a broker takes and gives records: cold, right after its start, and warm."""

from __future__ import annotations

import itertools
import os
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from kafka_native import reporting
from kafka_native.bench import wire
from kafka_native.bench.certificate import tls_properties
from kafka_native.bench.load import LoadSpec, consume_for, prepare_batch, produce_for, wait_for_leaders
from kafka_native.bench.measuring import measuring, rotated
from kafka_native.bench.node import FIRST_TOPIC, first_produce_of, launched, prepare
from kafka_native.bench.process_use import cpu_seconds
from kafka_native.bench.samples import ThroughputSample
from kafka_native.bench.wire import CODECS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.bench.measuring import Session
    from kafka_native.bench.node import RunningNode
    from kafka_native.bench.records import Recording
    from kafka_native.bench.samples import Direction, Phase
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.bench.wire import Codec
    from kafka_native.settings import Settings

__all__ = ["FULL", "QUICK", "Cell", "Durations", "bench_throughput"]

_USUAL: tuple[EngineName, ...] = ("native", "jvm")
_KEPT_BYTES = 512 * 1024 * 1024
_SEGMENT_BYTES = 32 * 1024 * 1024
_REPLY_SECONDS = 60


@dataclass(frozen=True)
class Cell:
    """One combination of the matrix.

    Args:
        record_bytes: Size of each record.
        partitions: Of the topic.
        codec: Compression of the batches.
        tls: Whether the connection is encrypted.
    """

    record_bytes: int
    partitions: int
    codec: Codec = "none"
    tls: bool = False

    def __str__(self) -> str:
        """Return it in words."""
        tls = ", TLS" if self.tls else ""
        return f"{self.record_bytes} B, {self.partitions} partitions, {self.codec}{tls}"


@dataclass(frozen=True)
class Durations:
    """How long each stretch takes, in seconds.

    Args:
        measured: Each stretch that counts.
        warm_up: What lies between the cold and the warm ones; half of it produces, half of it consumes.
    """

    measured: float
    warm_up: float


@dataclass(frozen=True)
class _Run:
    engine: BenchEngine
    cell: Cell
    durations: Durations
    round: int


QUICK: Final = (
    (Cell(1000, 1), Cell(1000, 12), Cell(1000, 12, tls=True)),
    Durations(measured=10, warm_up=10),
)
"""A few minutes."""

FULL: Final = (
    tuple(
        Cell(record_bytes, partitions, codec, tls)
        for record_bytes, partitions, tls in itertools.product((100, 1000, 100_000), (1, 12), (False, True))
        for codec in CODECS
    ),
    Durations(measured=30, warm_up=60),
)
"""The whole matrix: about four hours for two engines."""


def bench_throughput(
    spec: BenchSpec, settings: Settings, *, cells: tuple[Cell, ...], durations: Durations, rounds: int = 1
) -> Recording:
    """Measure throughput; for each cell every engine gets a new broker, each time another engine first.

    A broker that was just started takes records, then gives them (cold); does both (warm-up); and takes and gives them
    again (warm). It keeps the newest 512 MB, so that the disk stays out of it.

    Args:
        spec: What to measure.
        settings: Where the cache is.
        cells: The combinations.
        durations: How long.
        rounds: How often all of it is done.

    Raises:
        BenchError: When the machine is busy, or a broker refuses something.
    """
    options = {"measured_seconds": durations.measured, "warm_up_seconds": durations.warm_up, "rounds": rounds}
    with measuring("throughput", spec, settings, usual=_USUAL, options=options) as session:
        for turn, (number, cell) in enumerate(itertools.product(range(1, rounds + 1), cells)):
            for engine in rotated(session.engines, turn):
                with reporting.current().step(f"throughput of {engine.name}: {cell}"):
                    _measure(session, _Run(engine, cell, durations, number))
    return session.recorder.recording


def _measure(session: Session[BenchEngine], run: _Run) -> None:
    engine, cell = run.engine, run.cell
    where = prepare(
        session.folder / engine.name,
        kafka_defaults=engine.kafka_defaults,
        properties=_properties(cell),
        tls=cell.tls,
    )
    try:
        with launched(engine.start, where, format_=engine.format) as node:
            first_produce_of(node)
            for sample in _stretches(run, node):
                session.recorder.add(sample)
    finally:
        shutil.rmtree(where.folder)


def _properties(cell: Cell) -> dict[str, str]:
    return {
        "num.partitions": str(cell.partitions),
        "log.segment.bytes": str(_SEGMENT_BYTES),
        "log.retention.bytes": str(max(_KEPT_BYTES // cell.partitions, _SEGMENT_BYTES)),
        "log.retention.check.interval.ms": "1000",
        "log.initial.task.delay.ms": "1000",
        "log.segment.delete.delay.ms": "1000",
    } | (tls_properties() if cell.tls else {})


def _stretches(run: _Run, node: RunningNode) -> Iterator[ThroughputSample]:
    load = LoadSpec(FIRST_TOPIC, run.cell.partitions, run.cell.record_bytes, run.cell.codec)
    batch = prepare_batch(load)
    phases: tuple[tuple[Phase, float], ...] = (
        ("cold", run.durations.measured),
        ("warm-up", run.durations.warm_up / 2),
        ("warm", run.durations.measured),
    )
    directions: tuple[Direction, ...] = ("produce", "consume")
    with wire.connect("127.0.0.1", node.where.port, _REPLY_SECONDS, tls=run.cell.tls) as connection:
        wait_for_leaders(connection, FIRST_TOPIC, run.cell.partitions)
        for (phase, seconds), direction in itertools.product(phases, directions):
            move = produce_for if direction == "produce" else consume_for
            before = cpu_seconds(node.pid), cpu_seconds(os.getpid())
            flow = move(connection, load, batch, seconds)
            after = cpu_seconds(node.pid), cpu_seconds(os.getpid())
            yield ThroughputSample(
                engine=run.engine.name,
                round=run.round,
                **asdict(run.cell),
                phase=phase,
                direction=direction,
                seconds=round(flow.seconds, 3),
                record_bytes_moved=flow.record_bytes,
                bytes_by_second=flow.by_second,
                broker_cpu_seconds=round(after[0] - before[0], 2),
                client_cpu_seconds=round(after[1] - before[1], 2),
            )
