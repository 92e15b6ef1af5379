"""What is told of many measurements of the same thing: no mean, since a start that waited would hide in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Summary", "quantile", "ratios", "summarize"]


@dataclass(frozen=True)
class Summary:
    """Order statistics; all but `count` have the unit of the values.

    Args:
        count: How many values there were.
        minimum: The smallest.
        lower_quartile: A quarter is below it.
        median: Half is below it.
        upper_quartile: Three quarters are below it.
        p99: 99 of 100 are below it; with fewer than 100 values, close to the largest.
        maximum: The largest.
    """

    count: int
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    p99: float
    maximum: float

    @property
    def interquartile_range(self) -> float:
        """How wide the middle half is spread."""
        return self.upper_quartile - self.lower_quartile


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies, interpolated between two neighbours.

    It is the definition 7 of Hyndman and Fan, which NumPy and R use.

    Args:
        values: In any order; at least one.
        share: From 0 to 1.

    Raises:
        BenchError: When there is no value.
    """
    if not values:
        raise BenchError("there is no measurement to summarize", hint="look at the failures in the records")
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)


def summarize(values: Sequence[float]) -> Summary:
    """Return the order statistics of values.

    Raises:
        BenchError: When there is no value.
    """
    shares = (0, 0.25, 0.5, 0.75, 0.99, 1)
    return Summary(len(values), *(quantile(values, share) for share in shares))


def ratios(ours: dict[int, float], theirs: dict[int, float]) -> list[float]:
    """Return, round by round, how many times larger theirs is; rounds that only one of them has are left out."""
    return [theirs[each] / ours[each] for each in sorted(ours.keys() & theirs.keys())]
