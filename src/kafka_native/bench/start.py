"""How long a start takes: from an empty folder to the first acknowledged produce, many times, interleaved."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from kafka_native import reporting
from kafka_native.bench.measuring import measuring
from kafka_native.bench.node import first_produce_of, launched, prepare
from kafka_native.bench.probe import prepared_batch
from kafka_native.bench.samples import StartSample
from kafka_native.bench.timeline import read_stages
from kafka_native.errors import KafkaNativeError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.bench.records import Recording
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.settings import Settings

__all__ = ["DEFAULT_RUNS", "bench_start", "rotated"]

DEFAULT_RUNS: Final = 30
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
    if runs < 1:
        raise SettingsError(f"{runs} runs measure nothing", hint="give --runs 1 or more")
    with measuring("start", spec, settings, usual=_USUAL, options={"runs": runs}) as session:
        batch = prepared_batch()
        with reporting.current().step(f"{runs} starts of {', '.join(each.name for each in session.engines)}") as step:
            for number in range(runs + 1):
                for engine in rotated(session.engines, number):
                    sample = _start(engine, session.folder / engine.name, number, batch)
                    if number:
                        session.recorder.add(sample)
                step.advance(number, runs, "rounds")
    return session.recorder.recording


def rotated(engines: tuple[BenchEngine, ...], by: int) -> tuple[BenchEngine, ...]:
    """Return them so that in each round another one is first."""
    at = by % len(engines)
    return engines[at:] + engines[:at]


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
