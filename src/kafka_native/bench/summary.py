"""Sums samples up: what the tables and the page show. No rendering."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from kafka_native.bench.samples import (
    DockerSample,
    GrowthSample,
    MemorySample,
    StartSample,
    ThroughputSample,
    ToolSample,
)
from kafka_native.bench.statistics import Summary, quantile, ratios, summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from kafka_native.bench.records import Recording

__all__ = [
    "DockerSummary",
    "GrowthSummary",
    "MemorySummary",
    "StartSummary",
    "ThroughputSummary",
    "ToolSummary",
    "samples_of",
    "summarize_docker",
    "summarize_growth",
    "summarize_memory",
    "summarize_start",
    "summarize_throughput",
    "summarize_tool",
    "typical_start",
]

T = TypeVar("T")
K = TypeVar("K", bound="Hashable")


@dataclass(frozen=True)
class StartSummary:
    """The starts of one engine.

    Args:
        engine: Its name.
        failures: How many did not get to the end.
        seconds: To the first acknowledged produce; None when all failed.
        times_of_first: How many times longer it took than the first engine of the recording, as the median over the
            rounds; None when there is no round that both have.
    """

    engine: str
    failures: int
    seconds: Summary | None
    times_of_first: float | None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class MemorySummary:
    """The memory of one engine in bytes, each as the median over the rounds.

    Args:
        engine: Its name.
        idle_rss: Resident at the end of the idle time.
        idle_anonymous: The anonymous part of it.
        idle_file: The file-backed part of it.
        idle_pss: The proportional set size at that time.
        after_rss: Resident at the end, some seconds after the load.
        peak_rss: The most that was ever resident.
    """

    engine: str
    idle_rss: float
    idle_anonymous: float
    idle_file: float
    idle_pss: float
    after_rss: float
    peak_rss: float

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class ThroughputSummary:
    """One engine in one combination, in one phase and direction, as the median over the rounds.

    Args:
        engine: Its name.
        cell: The combination, in words.
        phase: How long the broker had run before.
        direction: What was done.
        bytes_per_second: The throughput.
        broker_cpu_seconds_per_gb: What a gigabyte costs the broker.
        client_cpu_share: What the client took, as a share of one processor.
        of_yardstick: The throughput as a multiple of the JVM's; None when that was not measured.
    """

    engine: str
    cell: str
    phase: str
    direction: str
    bytes_per_second: float
    broker_cpu_seconds_per_gb: float
    client_cpu_share: float
    of_yardstick: float | None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class GrowthSummary:
    """Starts of one engine on data that was there, as medians over the rounds.

    Args:
        engine: Its name.
        kind: What there was much of.
        amount: How many.
        seconds: To the first acknowledged produce.
        rss: Resident memory after it, in bytes.
    """

    engine: str
    kind: str
    amount: int
    seconds: float
    rss: float

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class ToolSummary:
    """The runs of a tool with one engine.

    Args:
        engine: Its name.
        seconds: From spawning it to its end.
        times_of_first: How many times longer it took than with the first engine of the recording, as the median over
            the rounds.
    """

    engine: str
    seconds: Summary
    times_of_first: float

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class DockerSummary:
    """The containers of one image.

    Args:
        engine: Its name.
        failures: How many did not get to the end.
        seconds: From `docker run` to the first acknowledged produce; None when all failed.
        exit_seconds: `docker run` of a program in the same image that only exits; None when all failed.
        above_exit_seconds: By how much the former is longer, as the median over the rounds; None when all failed.
        since_started_seconds: From the start of the broker's process, by the engine's clock, to the first acknowledged
            produce, as the median over the rounds; None when all failed.
        times_of_first: How many times longer it took than the first engine of the recording, as the median over the
            rounds; None when there is no round that both have.
    """

    engine: str
    failures: int
    seconds: Summary | None
    exit_seconds: Summary | None
    above_exit_seconds: float | None
    since_started_seconds: float | None
    times_of_first: float | None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def samples_of(recording: Recording, kind: type[T]) -> list[T]:
    """Return the samples of a recording that are of a type."""
    return [each for each in recording.samples if isinstance(each, kind)]


def summarize_start(recording: Recording) -> tuple[StartSummary, ...]:
    """Return a summary for each engine, in the order of the recording."""
    samples = samples_of(recording, StartSample)
    names = [each.name for each in recording.header.engines]
    first = _by_round(samples, names[0])
    return tuple(_start_summary(samples, name, first) for name in names)


def _start_summary(samples: Sequence[StartSample], engine: str, first: dict[int, float]) -> StartSummary:
    by_round = _by_round(samples, engine)
    failures = sum(each.engine == engine and each.failure is not None for each in samples)
    times = ratios(first, by_round)
    return StartSummary(
        engine,
        failures,
        summarize(list(by_round.values())) if by_round else None,
        quantile(times, 0.5) if times else None,
    )


def _by_round(samples: Sequence[StartSample | DockerSample], engine: str) -> dict[int, float]:
    mine = [each for each in samples if each.engine == engine]
    return {each.round: each.acknowledged for each in mine if each.acknowledged is not None}


def typical_start(recording: Recording, engine: str) -> StartSample | None:
    """Return the start of an engine whose duration is the median (the upper one of two), or None when all failed."""
    mine = [each for each in samples_of(recording, StartSample) if each.engine == engine and not each.failure]
    ordered = sorted(mine, key=lambda each: each.acknowledged or 0)
    return ordered[len(ordered) // 2] if ordered else None


def summarize_memory(recording: Recording) -> tuple[MemorySummary, ...]:
    """Return a summary for each engine that was measured to its end, in the order of the recording."""
    groups = _grouped(samples_of(recording, MemorySample), lambda each: each.engine)
    return tuple(found for engine, samples in groups.items() if (found := _memory_summary(engine, samples)))


def _memory_summary(engine: str, samples: Sequence[MemorySample]) -> MemorySummary | None:
    rounds = _grouped(samples, lambda each: each.round).values()
    idle = [last for each in rounds if (last := _last(each, "idle"))]
    after = [last for each in rounds if (last := _last(each, "after"))]
    if not idle or not after:
        return None
    return MemorySummary(
        engine,
        idle_rss=_median(each.rss for each in idle),
        idle_anonymous=_median(each.rss_anonymous for each in idle),
        idle_file=_median(each.rss_file for each in idle),
        idle_pss=_median(each.pss for each in idle),
        after_rss=_median(each.rss for each in after),
        peak_rss=_median(each.peak_rss for each in after),
    )


def _last(samples: Sequence[MemorySample], phase: str) -> MemorySample | None:
    return next((each for each in reversed(samples) if each.phase == phase), None)


def summarize_throughput(recording: Recording, *, yardstick: str = "jvm") -> tuple[ThroughputSummary, ...]:
    """Return a summary for each engine, combination, phase and direction; the warm-up is left out.

    Args:
        recording: Of throughput.
        yardstick: The engine that the others are compared with.
    """
    samples = [each for each in samples_of(recording, ThroughputSample) if each.phase != "warm-up"]
    groups = _grouped(samples, _throughput_key)
    speeds = {key: _median(each.bytes_per_second for each in group) for key, group in groups.items()}
    return tuple(
        ThroughputSummary(
            *key,
            bytes_per_second=speeds[key],
            broker_cpu_seconds_per_gb=_median(each.broker_cpu_seconds_per_gb for each in group),
            client_cpu_share=_median(each.client_cpu_seconds / each.seconds for each in group),
            of_yardstick=speeds[key] / speeds[yardstick, *key[1:]] if (yardstick, *key[1:]) in speeds else None,
        )
        for key, group in groups.items()
    )


def _throughput_key(sample: ThroughputSample) -> tuple[str, str, str, str]:
    return sample.engine, sample.cell, sample.phase, sample.direction


def summarize_growth(recording: Recording) -> tuple[GrowthSummary, ...]:
    """Return a summary for each engine and amount."""
    groups = _grouped(samples_of(recording, GrowthSample), lambda each: (each.engine, each.kind, each.amount))
    return tuple(
        GrowthSummary(*key, _median(each.acknowledged for each in group), _median(each.rss for each in group))
        for key, group in groups.items()
    )


def summarize_tool(recording: Recording) -> tuple[ToolSummary, ...]:
    """Return a summary for each engine, in the order of the recording; of an interrupted run, as far as it got."""
    by_engine: dict[str, dict[int, float]] = {each.name: {} for each in recording.header.engines}
    for sample in samples_of(recording, ToolSample):
        by_engine[sample.engine][sample.round] = sample.seconds
    first = by_engine[recording.header.engines[0].name]
    return tuple(
        ToolSummary(engine, summarize(list(by_round.values())), quantile(ratios(first, by_round), 0.5))
        for engine, by_round in by_engine.items()
        if first.keys() & by_round.keys()
    )


def summarize_docker(recording: Recording) -> tuple[DockerSummary, ...]:
    """Return a summary for each image, in the order of the recording."""
    samples = samples_of(recording, DockerSample)
    names = [each.name for each in recording.header.engines]
    first = _by_round(samples, names[0])
    return tuple(_docker_summary(name, [each for each in samples if each.engine == name], first) for name in names)


def _docker_summary(engine: str, samples: Sequence[DockerSample], first: dict[int, float]) -> DockerSummary:
    done = [each for each in samples if each.failure is None]
    by_round = _by_round(samples, engine)
    exits = {each.round: each.exited for each in done if each.exited is not None}
    above = [by_round[each] - exits[each] for each in by_round.keys() & exits.keys()]
    started = {each.round: each.container_started for each in done if each.container_started is not None}
    since = [by_round[each] - started[each] for each in by_round.keys() & started.keys()]
    times = ratios(first, by_round)
    return DockerSummary(
        engine,
        failures=len(samples) - len(done),
        seconds=summarize(list(by_round.values())) if by_round else None,
        exit_seconds=summarize(list(exits.values())) if exits else None,
        above_exit_seconds=quantile(above, 0.5) if above else None,
        since_started_seconds=quantile(since, 0.5) if since else None,
        times_of_first=quantile(times, 0.5) if times else None,
    )


def _grouped(samples: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for each in samples:
        groups.setdefault(key(each), []).append(each)
    return groups


def _median(values: Iterable[float]) -> float:
    return quantile(list(values), 0.5)
