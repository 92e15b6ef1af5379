"""What is told of many measurements, on values whose answers are known."""

from __future__ import annotations

import statistics

import pytest

from kafka_native.bench.statistics import quantile, ratios, summarize
from kafka_native.errors import BenchError


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([1.0], 0.99, 1.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([1.0, 2.0, 3.0, 4.0], 0.5, 2.5),
        ([10.0, 20.0, 30.0, 40.0, 50.0], 0.25, 20.0),
        ([0.0, 100.0], 0.99, 99.0),
        ([1.0, 2.0], 0.0, 1.0),
        ([1.0, 2.0], 1.0, 2.0),
    ],
)
def test_quantiles(values: list[float], share: float, expected: float) -> None:
    assert quantile(values, share) == pytest.approx(expected)


def test_quantiles_are_those_of_the_standard_library() -> None:
    values = [float(each * each % 37) for each in range(30)]
    theirs = statistics.quantiles(values, n=100, method="inclusive")
    assert [quantile(values, share / 100) for share in range(1, 100)] == pytest.approx(theirs)


def test_a_summary() -> None:
    found = summarize([0.4, 0.1, 0.2, 0.3, 0.5])
    assert (found.count, found.minimum, found.median, found.maximum) == (5, 0.1, 0.3, 0.5)
    assert found.interquartile_range == pytest.approx(0.2)
    assert found.p99 == pytest.approx(0.496)


def test_nothing_cannot_be_summarized() -> None:
    with pytest.raises(BenchError, match="no measurement"):
        summarize([])


def test_ratios_are_taken_within_a_round() -> None:
    assert ratios({1: 0.1, 2: 0.2, 3: 0.1}, {1: 4.0, 2: 4.0, 4: 9.0}) == pytest.approx([40.0, 20.0])
