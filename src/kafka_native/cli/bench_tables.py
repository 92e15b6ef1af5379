"""Shows recordings of the bench, as one JSON document or as a table."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kafka_native import bench
from kafka_native.cli.output import print_json, print_line, table
from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kafka_native.bench import Recording

__all__ = [
    "show_containers",
    "show_growth",
    "show_memory",
    "show_sizes",
    "show_starts",
    "show_throughput",
    "show_tools",
]

_MS = 1000
_MIB = 1024 * 1024
_MB = 1e6


def show_starts(recording: Recording, *, as_json: bool) -> None:
    """Show starts.

    Raises:
        BenchError: After that, when one failed.
    """
    summaries = bench.summarize_start(recording)
    rows = [
        (
            each.engine,
            *_times(each.seconds),
            each.failures,
            f"{each.times_of_first:.1f}" if each.times_of_first else None,
        )
        for each in summaries
    ]
    header = ("ENGINE", "MEDIAN", "P99", "IQR", "MIN", "MAX", "FAILED", "RATIO")
    _show(recording, [each.to_json() for each in summaries], header, rows, as_json=as_json)
    if failed := sum(each.failures for each in summaries):
        raise BenchError(f"{failed} starts failed", hint=f"the reasons are in {recording.path}")


def _times(found: bench.Summary | None) -> tuple[str | None, ...]:
    if found is None:
        return (None,) * 5
    values = (found.median, found.p99, found.interquartile_range, found.minimum, found.maximum)
    return tuple(map(_ms, values))


def _ms(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds * _MS:.0f} ms"


def show_memory(recording: Recording, *, as_json: bool) -> None:
    """Show memory."""
    summaries = bench.summarize_memory(recording)
    rows = [
        (
            each.engine,
            *map(_mib, (each.idle_rss, each.idle_anonymous, each.idle_file, each.idle_pss)),
            *map(_mib, (each.after_rss, each.peak_rss)),
        )
        for each in summaries
    ]
    header = ("ENGINE", "IDLE", "ANONYMOUS", "FILE-BACKED", "PSS", "AFTER LOAD", "PEAK")
    _show(recording, [each.to_json() for each in summaries], header, rows, as_json=as_json)


def show_throughput(recording: Recording, *, as_json: bool) -> None:
    """Show throughput."""
    summaries = bench.summarize_throughput(recording)
    rows = [
        (
            each.cell,
            each.phase,
            each.direction,
            each.engine,
            f"{each.bytes_per_second / _MB:.0f} MB/s",
            f"{each.of_yardstick:.2f}" if each.of_yardstick else None,
            f"{each.broker_cpu_seconds_per_gb:.2f}",
            f"{each.client_cpu_share:.0%}",
        )
        for each in summaries
    ]
    header = ("COMBINATION", "PHASE", "DIRECTION", "ENGINE", "SPEED", "OF JVM", "CPU S/GB", "CLIENT CPU")
    _show(recording, [each.to_json() for each in summaries], header, rows, as_json=as_json)


def show_growth(recording: Recording, *, as_json: bool) -> None:
    """Show growth."""
    summaries = bench.summarize_growth(recording)
    rows = [(each.kind, each.amount, each.engine, f"{each.seconds * _MS:.0f} ms", _mib(each.rss)) for each in summaries]
    header = ("KIND", "AMOUNT", "ENGINE", "FIRST PRODUCE", "RESIDENT")
    _show(recording, [each.to_json() for each in summaries], header, rows, as_json=as_json)


def show_tools(recording: Recording, *, as_json: bool) -> None:
    """Show the runs of a tool."""
    summaries = bench.summarize_tool(recording)
    rows = [(each.engine, *_times(each.seconds), f"{each.times_of_first:.1f}") for each in summaries]
    header = ("ENGINE", "MEDIAN", "P99", "IQR", "MIN", "MAX", "RATIO")
    _show(recording, [each.to_json() for each in summaries], header, rows, as_json=as_json)


def show_containers(recording: Recording, *, as_json: bool) -> None:
    """Show containers.

    Raises:
        BenchError: After that, when one failed.
    """
    summaries = bench.summarize_docker(recording)
    rows = [
        (
            each.engine,
            *_times(each.seconds),
            _ms(each.exit_seconds.median if each.exit_seconds else None),
            _ms(each.above_exit_seconds),
            _ms(each.since_started_seconds),
            each.failures,
            f"{each.times_of_first:.1f}" if each.times_of_first else None,
        )
        for each in summaries
    ]
    header = ("IMAGE", "MEDIAN", "P99", "IQR", "MIN", "MAX", "ONLY EXITS", "ABOVE IT", "SINCE START", "FAILED", "RATIO")
    _show(recording, [each.to_json() for each in summaries], header, rows, as_json=as_json)
    if failed := sum(each.failures for each in summaries):
        raise BenchError(f"{failed} containers failed", hint=f"the reasons are in {recording.path}")


def show_sizes(recording: Recording, *, as_json: bool) -> None:
    """Show sizes."""
    samples = bench.samples_of(recording, bench.SizeSample)
    rows = [(each.engine, each.kind, each.what, f"{each.size_bytes / _MIB:.1f} MiB") for each in samples]
    _show(recording, [asdict(each) for each in samples], ("OF", "KIND", "WHAT", "SIZE"), rows, as_json=as_json)


def _show(
    recording: Recording,
    results: list[dict[str, Any]],
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    as_json: bool,
) -> None:
    about = recording.header
    if as_json:
        conditions = {"machine": asdict(about.machine), "options": about.options}
        print_json({"scenario": about.scenario, "records": str(recording.path), "results": results} | conditions)
        return
    table(header, rows)
    print_line(f"records  {recording.path}")


def _mib(size: float) -> str:
    return f"{size / _MIB:.0f} MiB"
