"""`bench start`: see `kafka_native.bench`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from kafka_native.cli.output import JsonFlag, print_json, print_line, table
from kafka_native.errors import BenchError
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from kafka_native.bench import BenchSpec, Recording, StartSummary

__all__ = ["BenchOptions", "start_command"]


@Parameter(name="*")
@dataclass(frozen=True)
class BenchOptions:
    """What every command of the bench takes.

    Args:
        engine: What to measure (native, jvm, jvm-aot, jvm-scripts, native-two-launches); may be given several times.
        records: Folder for the records (bench/records in a clone, else ./kafka-native-bench, when left out).
        executable: Native executable to measure.
        kafka_version: Version of Kafka.
        kafka_dir: Unpacked Kafka release to take the jars from.
        max_heap: Largest Java heap of every engine (512m when left out).
        work_dir: Folder for the nodes' data (the one for temporary files when left out).
        allow_busy: Measure although others work on this machine; the records tell.
    """

    engine: tuple[str, ...] = ()
    records: Path | None = None
    executable: Path | None = None
    kafka_version: str | None = None
    kafka_dir: Path | None = None
    max_heap: str | None = None
    work_dir: Path | None = None
    allow_busy: bool = False

    def spec(self) -> BenchSpec:
        """Return them as the library takes them."""
        from kafka_native import bench  # noqa: PLC0415 - other commands need none of it
        from kafka_native.broker import NodeSpec  # noqa: PLC0415

        node = NodeSpec(
            executable=self.executable,
            kafka_version=self.kafka_version,
            kafka_dir=self.kafka_dir,
            max_heap=self.max_heap,
        )
        records = self.records or bench.default_records()
        return bench.BenchSpec(records, bench.engine_names(self.engine), node, self.allow_busy, self.work_dir)


_NO_OPTIONS = BenchOptions()
_MS = 1000


def start_command(
    *,
    options: BenchOptions = _NO_OPTIONS,
    runs: Annotated[int | None, Parameter(name=("--runs", "-n"))] = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure starts: from an empty folder to the first acknowledged produce, interleaved.

    The exit code is 10 when a start failed.

    Args:
        options: See above.
        runs: How often each engine starts (30 when left out).
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above

    recording = bench.bench_start(options.spec(), load_settings(), runs=runs or bench.DEFAULT_RUNS)
    summaries = bench.summarize_start(recording)
    if as_json:
        print_json(_described(recording) | {"engines": [each.to_json() for each in summaries]})
    else:
        _show_starts(summaries)
        print_line(f"records  {recording.path}")
    if failed := sum(each.failures for each in summaries):
        raise BenchError(f"{failed} starts failed", hint=f"the reasons are in {recording.path}")


def _described(recording: Recording) -> dict[str, object]:
    header = recording.header
    return {
        "records": str(recording.path),
        "scenario": header.scenario,
        "machine": asdict(header.machine),
        "options": header.options,
    }


def _show_starts(summaries: tuple[StartSummary, ...]) -> None:
    table(
        ("ENGINE", "MEDIAN", "P99", "IQR", "MIN", "MAX", "FAILED", "RATIO"),
        (
            (each.engine, *_times(each), each.failures, f"{each.times_of_first:.1f}" if each.times_of_first else None)
            for each in summaries
        ),
    )


def _times(summary: StartSummary) -> tuple[str | None, ...]:
    if summary.seconds is None:
        return (None,) * 5
    found = summary.seconds
    values = (found.median, found.p99, found.interquartile_range, found.minimum, found.maximum)
    return tuple(f"{each * _MS:.0f} ms" for each in values)
