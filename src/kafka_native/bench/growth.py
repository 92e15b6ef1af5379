"""How start and memory grow: with the partitions that are there, and with a log that a killed broker left."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Final, Literal

from kafka_native import reporting
from kafka_native.bench import wire
from kafka_native.bench.load import LoadSpec, prepare_batch, produce_bytes, wait_for_leaders
from kafka_native.bench.measuring import measuring
from kafka_native.bench.node import FIRST_TOPIC, first_produce_of, launched, prepare
from kafka_native.bench.process_use import memory_use
from kafka_native.bench.samples import GrowthSample
from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.bench.measuring import Session
    from kafka_native.bench.node import NodeFolder, RunningNode
    from kafka_native.bench.records import Recording
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.settings import Settings

__all__ = ["LOG_GIGABYTES", "PARTITIONS", "bench_growth"]

PARTITIONS: Final = (10, 100, 1000)
LOG_GIGABYTES: Final = (1, 5)

_USUAL: tuple[EngineName, ...] = ("native", "jvm")
_GB = 10**9
_SETTLE_SECONDS = 5
_START_SECONDS = 600
_REPLY_SECONDS = 60


def bench_growth(
    spec: BenchSpec,
    settings: Settings,
    *,
    partitions: tuple[int, ...] = PARTITIONS,
    log_gigabytes: tuple[int, ...] = LOG_GIGABYTES,
    rounds: int = 1,
) -> Recording:
    """Measure starts on data that is there, and the memory 5 s after them.

    Args:
        spec: What to measure.
        settings: Where the cache is.
        partitions: How many partitions the broker has before a clean shutdown.
        log_gigabytes: How much is in the log of one partition before SIGKILL, in 10^9 bytes.
        rounds: How often all of it is done.

    Raises:
        BenchError: When the machine is busy, or the disk has no room for the log.
    """
    options = {"partitions": list(partitions), "log_gigabytes": list(log_gigabytes), "rounds": rounds}
    with measuring("growth", spec, settings, usual=_USUAL, options=options) as session:
        _check_room(session, max(log_gigabytes, default=0) * _GB)
        for number in range(1, rounds + 1):
            for count in partitions:
                _measure_all(session, "partitions", count, number)
            for gigabytes in log_gigabytes:
                _measure_all(session, "log", gigabytes * _GB, number)
    return session.recorder.recording


def _check_room(session: Session[BenchEngine], needed_bytes: int) -> None:
    free = shutil.disk_usage(session.folder).free
    if free < needed_bytes * 1.2:
        raise BenchError(
            f"a log of {needed_bytes / _GB:.0f} GB is to be recovered, and {free / _GB:.1f} GB are free in "
            f"{session.folder.parent}",
            hint="choose another --work-dir, or less with --log-gigabytes",
        )


def _measure_all(session: Session[BenchEngine], kind: Literal["partitions", "log"], amount: int, number: int) -> None:
    words = f"{amount} partitions" if kind == "partitions" else f"a log of {amount / _GB:.0f} GB"
    for engine in session.engines:
        with reporting.current().step(f"start of {engine.name} on {words}"):
            _measure(session, engine, kind, amount, number)


def _measure(
    session: Session[BenchEngine], engine: BenchEngine, kind: Literal["partitions", "log"], amount: int, number: int
) -> None:
    count = amount if kind == "partitions" else 1
    where = prepare(
        session.folder / engine.name,
        kafka_defaults=engine.kafka_defaults,
        properties={"num.partitions": str(count), "log.retention.ms": "-1"},
    )
    try:
        with launched(engine.start, where, format_=engine.format) as node:
            first_produce_of(node)
            _fill(node, count, amount if kind == "log" else 0)
            if kind == "partitions":
                node.stop()
        session.recorder.add(_restart(engine, where, kind, amount, number))
    finally:
        shutil.rmtree(where.folder)


def _fill(node: RunningNode, partitions: int, log_bytes: int) -> None:
    load = LoadSpec(FIRST_TOPIC, partitions, 1000)
    with wire.connect("127.0.0.1", node.where.port, _REPLY_SECONDS) as connection:
        wait_for_leaders(connection, FIRST_TOPIC, partitions)
        produce_bytes(connection, load, prepare_batch(load), log_bytes)


def _restart(
    engine: BenchEngine, where: NodeFolder, kind: Literal["partitions", "log"], amount: int, number: int
) -> GrowthSample:
    with launched(engine.start, where) as node:
        produced = first_produce_of(node, timeout_seconds=_START_SECONDS)
        time.sleep(_SETTLE_SECONDS)
        use = memory_use(node.pid)
    return GrowthSample(engine.name, number, kind, amount, produced.acknowledged, use.rss, use.rss_anonymous)
