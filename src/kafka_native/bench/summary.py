"""Sums samples up: what the tables and the page show. No rendering."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kafka_native.bench.samples import StartSample
from kafka_native.bench.statistics import Summary, quantile, ratios, summarize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafka_native.bench.records import Recording

__all__ = ["StartSummary", "summarize_start"]


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


def summarize_start(recording: Recording) -> tuple[StartSummary, ...]:
    """Return a summary for each engine, in the order of the recording."""
    samples = [each for each in recording.samples if isinstance(each, StartSample)]
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


def _by_round(samples: Sequence[StartSample], engine: str) -> dict[int, float]:
    mine = [each for each in samples if each.engine == engine]
    return {each.round: each.acknowledged for each in mine if each.acknowledged is not None}
