"""How long a start takes: from an empty folder to the first acknowledged produce, many times, interleaved."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native.bench.measuring import DEFAULT_RUNS, check_runs, in_turn, measuring
from kafka_native.bench.node import first_produce_of, launched, prepare
from kafka_native.bench.probe import prepared_batch
from kafka_native.bench.samples import StartSample
from kafka_native.bench.timeline import read_stages
from kafka_native.errors import KafkaNativeError

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.bench.records import Recording
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.settings import Settings

__all__ = ["bench_start"]

_USUAL: tuple[EngineName, ...] = ("native", "jvm", "jvm-aot", "jvm-scripts")


def bench_start(spec: BenchSpec, settings: Settings, *, runs: int = DEFAULT_RUNS) -> Recording:
    """Measure starts; in each round every engine starts once, each time another one first.

    One start of each, which is not recorded, brings the files into the page cache before. A start that fails is
    recorded as such, and the others go on.

    Args:
        spec: What to measure.
        settings: Where the cache is.
        runs: How many rounds.

    Raises:
        SettingsError: When there are no rounds.
        BenchError: When the machine is busy.
    """
    check_runs(runs)
    with measuring("start", spec, settings, usual=_USUAL, options={"runs": runs}) as session:
        batch = prepared_batch()
        in_turn(
            session,
            runs,
            f"{runs} starts of {', '.join(each.name for each in session.engines)}",
            lambda engine, number: _start(engine, session.folder / engine.name, number, batch),
        )
    return session.recorder.recording


def _start(engine: BenchEngine, folder: Path, number: int, batch: bytes) -> StartSample:
    where = prepare(folder, kafka_defaults=engine.kafka_defaults)
    try:
        with launched(engine.start, where, format_=engine.format) as node:
            produced = first_produce_of(node, batch=batch)
        return StartSample(engine.name, number, **asdict(produced), stages=read_stages(node, produced))
    except KafkaNativeError as error:
        reporting.current().warn(f"a start of {engine.name} failed: {error}")
        return StartSample(engine.name, number, failure="\n".join(filter(None, (error.message, error.details))))
    finally:
        shutil.rmtree(folder)
