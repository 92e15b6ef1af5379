"""The table of the README: the first engine against the JVM, in a few rows of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native.bench.records import was_busy
from kafka_native.bench.samples import SizeSample
from kafka_native.bench.summary import (
    samples_of,
    summarize_docker,
    summarize_memory,
    summarize_start,
    summarize_throughput,
    summarize_tool,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kafka_native.bench.records import Recording
    from kafka_native.bench.summary import ThroughputSummary

__all__ = ["render_markdown"]

_MIB = 1024 * 1024
_BUSY = " **Others used the machine at the time: do not trust these figures.**"


def render_markdown(recordings: Mapping[str, Recording]) -> str:
    """Return the table, and a line that tells where the figures come from.

    Args:
        recordings: By scenario; what is missing has no rows.
    """
    makers: Mapping[str, Callable[[Recording], Iterator[tuple[str, ...]]]] = {
        "start": _starts,
        "memory": _memories,
        "throughput": _throughputs,
        "tool": _tools,
        "docker": _containers,
        "size": _sizes,
    }
    rows = [row for name, make in makers.items() if name in recordings for row in make(recordings[name])]
    lines = [("", "native", "JVM", "ratio"), ("---", "---:", "---:", "---:"), *rows]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{table}\n{_origin(recordings)}\n"


def _starts(recording: Recording) -> Iterator[tuple[str, ...]]:
    found = {each.engine: each.seconds for each in summarize_start(recording)}
    native, jvm = found.get("native"), found.get("jvm")
    names = {"jvm-aot": "JVM with an AOT cache", "jvm-scripts": "JVM with Kafka's scripts"}
    if native and jvm:
        what = "empty folder to first acknowledged produce"
        yield f"{what}, median", _ms(native.median), _ms(jvm.median), f"{jvm.median / native.median:.1f}"
        yield f"{what}, p99", _ms(native.p99), _ms(jvm.p99), f"{jvm.p99 / native.p99:.1f}"
    for engine, words in names.items():
        if native and (other := found.get(engine)):
            ratio = f"{other.median / native.median:.1f}"
            yield f"the same, {words}, median", _ms(native.median), _ms(other.median), ratio


def _memories(recording: Recording) -> Iterator[tuple[str, ...]]:
    found = {each.engine: each for each in summarize_memory(recording)}
    native, jvm = found.get("native"), found.get("jvm")
    if not native or not jvm:
        return
    idle = f"{recording.header.options['idle_seconds']:.0f} s"
    pairs = {
        f"resident memory after {idle} idle": (native.idle_rss, jvm.idle_rss),
        "of it anonymous": (native.idle_anonymous, jvm.idle_anonymous),
        "peak under the standard load": (native.peak_rss, jvm.peak_rss),
    }
    for what, (ours, theirs) in pairs.items():
        yield what, _mib(ours), _mib(theirs), f"{theirs / ours:.1f}"


def _throughputs(recording: Recording) -> Iterator[tuple[str, ...]]:
    rows = {(each.engine, each.cell, each.phase, each.direction): each for each in summarize_throughput(recording)}
    for (engine, *key), ours in rows.items():
        theirs = rows.get(("jvm", *key))  # type: ignore[arg-type]
        if engine == "native" and theirs:
            yield _throughput(ours, theirs)


def _throughput(ours: ThroughputSummary, theirs: ThroughputSummary) -> tuple[str, ...]:
    ratio = ours.bytes_per_second / theirs.bytes_per_second
    speeds = (f"{each.bytes_per_second / 1e6:.0f} MB/s" for each in (ours, theirs))
    return (f"{ours.direction}, {ours.cell}, {ours.phase}", *speeds, f"{ratio:.2f}")


def _tools(recording: Recording) -> Iterator[tuple[str, ...]]:
    found = {each.engine: each for each in summarize_tool(recording)}
    native, scripts = found.get("native"), found.get("jvm-scripts")
    if native and scripts:
        ours, theirs = native.seconds.median, scripts.seconds.median
        what = f"`kafka {recording.header.options['tool']}` beside Kafka's script, median"
        yield what, _ms(ours), _ms(theirs), f"{theirs / ours:.1f}"


def _containers(recording: Recording) -> Iterator[tuple[str, ...]]:
    found = {each.engine: each for each in summarize_docker(recording)}
    native, jvm = found.get("native"), found.get("jvm-aot")
    if not (native and jvm and native.seconds and jvm.seconds):
        return
    ours, theirs = native.seconds.median, jvm.seconds.median
    what = "`docker run` to first acknowledged produce, JVM with an AOT cache, median"
    yield what, _ms(ours), _ms(theirs), f"{theirs / ours:.1f}"
    pairs = {
        "the same, above `docker run` of a program that only exits": (
            native.above_exit_seconds,
            jvm.above_exit_seconds,
        ),
        "the same, since the broker's process started": (native.since_started_seconds, jvm.since_started_seconds),
    }
    for what, (ours_only, theirs_only) in pairs.items():
        if ours_only is not None and theirs_only is not None:
            ratio = f"{theirs_only / ours_only:.1f}" if ours_only > 0 else ""
            yield f"{what}, median", _ms(ours_only), _ms(theirs_only), ratio


def _sizes(recording: Recording) -> Iterator[tuple[str, ...]]:
    found = {(each.engine, each.kind): each.size_bytes for each in samples_of(recording, SizeSample)}
    jars = found.get(("jvm", "jars"))
    beside = f"{jars / _MIB:.0f} MiB of jars, and a JDK" if jars else "-"
    if size := found.get(("native", "file")):
        yield "on disk", _mib(size), beside, ""
    if size := found.get(("native", "compressed")):
        yield "compressed", _mib(size), "", ""


def _origin(recordings: Mapping[str, Recording]) -> str:
    newest = max((each.header for each in recordings.values()), key=lambda header: header.started_at)
    machine = newest.machine
    busy = _BUSY if was_busy(recordings.values()) else ""
    return (
        f"Measured with `kafka-native bench` on {newest.started_at[:10]}: {machine.cpu_model}, "
        f"{machine.cpu_count} CPUs, {machine.memory_bytes / _MIB / 1024:.0f} GiB, {machine.kernel}; "
        f"heap {newest.options['max_heap']} for every engine.{_runs(recordings)}{busy}"
    )


def _runs(recordings: Mapping[str, Recording]) -> str:
    start = recordings.get("start")
    return f" {start.header.options['runs']} starts each, interleaved." if start else ""


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _mib(size: float) -> str:
    return f"{size / _MIB:.0f} MiB"
