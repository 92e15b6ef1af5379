"""What a broker holds of the memory: idle after its start, and under a load that is the same for every engine."""

from __future__ import annotations

import shutil
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from kafka_native import reporting
from kafka_native.bench import wire
from kafka_native.bench.load import LoadSpec, consume_for, prepare_batch, produce_for, wait_for_leaders
from kafka_native.bench.measuring import measuring
from kafka_native.bench.node import FIRST_TOPIC, first_produce_of, launched, prepare
from kafka_native.bench.process_use import memory_use
from kafka_native.bench.samples import MemorySample

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.bench.measuring import Session
    from kafka_native.bench.node import RunningNode
    from kafka_native.bench.records import Recording
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.settings import Settings

__all__ = ["IDLE_SECONDS", "LONG_IDLE_SECONDS", "bench_memory"]

IDLE_SECONDS: Final = 60.0
LONG_IDLE_SECONDS: Final = 600.0

_USUAL: tuple[EngineName, ...] = ("native", "jvm")
_PARTITIONS = 12
_LOAD = LoadSpec(FIRST_TOPIC, _PARTITIONS, 1000)
_LOAD_BYTES_PER_SECOND = 20e6
_LOAD_SECONDS = 30.0
_AFTER_SECONDS = 10.0
_REPLY_SECONDS = 60.0


def bench_memory(
    spec: BenchSpec,
    settings: Settings,
    *,
    idle_seconds: float = IDLE_SECONDS,
    load_seconds: float = _LOAD_SECONDS,
    rounds: int = 1,
) -> Recording:
    """Measure memory every second: idle, under the standard load, and for 10 s after it.

    The standard load is 20 MB/s of 1 KB records, produced with acks=all to 12 partitions and read at the same rate at
    the same time. It is slow enough for every engine, so that all of them do the same work.

    Args:
        spec: What to measure.
        settings: Where the cache is.
        idle_seconds: How long it idles after the first acknowledged produce.
        load_seconds: How long the load lasts.
        rounds: How often all of it is done.

    Raises:
        BenchError: When the machine is busy.
    """
    options = {
        "idle_seconds": idle_seconds,
        "load_seconds": load_seconds,
        "load_bytes_per_second": _LOAD_BYTES_PER_SECOND,
        "load_partitions": _PARTITIONS,
        "rounds": rounds,
    }
    with measuring("memory", spec, settings, usual=_USUAL, options=options) as session:
        for number in range(1, rounds + 1):
            for engine in session.engines:
                with reporting.current().step(f"memory of {engine.name}"):
                    _measure(session, engine, number, idle_seconds, load_seconds)
    return session.recorder.recording


def _measure(
    session: Session[BenchEngine], engine: BenchEngine, number: int, idle_seconds: float, load_seconds: float
) -> None:
    where = prepare(
        session.folder / engine.name,
        kafka_defaults=engine.kafka_defaults,
        properties={"num.partitions": str(_PARTITIONS)},
    )
    try:
        with launched(engine.start, where, format_=engine.format) as node:
            first_produce_of(node)
            watch = _Watch(session, engine, node, number)
            watch.during("idle", lambda: _wait(node, idle_seconds))
            watch.during("load", lambda: _load(node, load_seconds))
            watch.during("after", lambda: _wait(node, _AFTER_SECONDS))
    finally:
        shutil.rmtree(where.folder)


class _Watch:
    """Takes a sample every second while something goes on, and one at its end."""

    def __init__(self, session: Session[BenchEngine], engine: BenchEngine, node: RunningNode, number: int) -> None:
        self._session, self._engine, self._node, self._number = session, engine, node, number
        self._began = time.monotonic()

    def during(self, phase: Literal["idle", "load", "after"], go_on: Callable[[], None]) -> None:
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(phase, done))
        watcher.start()
        try:
            go_on()
        finally:
            done.set()
            watcher.join()

    def _watch(self, phase: Literal["idle", "load", "after"], done: threading.Event) -> None:
        ended = False
        while not ended:
            ended = done.wait(1)
            try:
                use = memory_use(self._node.pid)
            except OSError:
                return  # it is gone, which the main thread finds out
            at = round(time.monotonic() - self._began, 2)
            self._session.recorder.add(MemorySample(self._engine.name, self._number, at, phase, **asdict(use)))


def _wait(node: RunningNode, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        node.check()
        time.sleep(min(1, left))


def _load(node: RunningNode, seconds: float) -> None:
    batch = prepare_batch(_LOAD)
    port = node.where.port
    with (
        wire.connect("127.0.0.1", port, _REPLY_SECONDS) as producing,
        wire.connect("127.0.0.1", port, _REPLY_SECONDS) as consuming,
    ):
        wait_for_leaders(producing, _LOAD.topic, _PARTITIONS)
        failures: list[Exception] = []
        reader = threading.Thread(target=_consume, args=(consuming, batch, seconds, failures))
        reader.start()
        produce_for(producing, _LOAD, batch, seconds, bytes_per_second=_LOAD_BYTES_PER_SECOND)
        reader.join()
    if failures:
        raise failures[0]


def _consume(connection: wire.Connection, batch: bytes, seconds: float, failures: list[Exception]) -> None:
    try:
        consume_for(connection, _LOAD, batch, seconds, bytes_per_second=_LOAD_BYTES_PER_SECOND)
    except Exception as error:  # noqa: BLE001 - it is raised again by the thread that waits
        failures.append(error)
