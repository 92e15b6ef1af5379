"""What is shown of steps: on a terminal, and elsewhere."""

from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from kafka_native.cli.progress import Plan, RunningStep, duration
from kafka_native.cli.terminal import LiveReporter, PlainReporter
from kafka_native.reporting import PlannedStep

_STEPS = [PlannedStep("fetch", 20), PlannedStep("build", 300)]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.25, "0.25 s"), (1.4, "1 s"), (59, "59 s"), (59.6, "1 min 0 s"), (200.4, "3 min 20 s")]
)
def test_durations(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def test_what_is_left_of_a_step() -> None:
    clock = Clock()
    step = RunningStep("fetch", "fetch", 20, clock)
    clock.now = 4
    step.advance(25, 100, "MB")
    assert step.remaining_seconds == 16
    clock.now = 8
    assert step.remaining_seconds == 24
    clock.now = 60
    step.advance(100, 100, "MB")
    assert step.remaining_seconds == 0
    assert RunningStep("x", "x").remaining_seconds is None


def test_the_state_of_a_step_in_words() -> None:
    clock = Clock()
    step = RunningStep("fetch", "fetch", 20, clock)
    clock.now = 8
    assert step.state() == "8 s"
    step.advance(25.2, 100, "MB")
    step.update("kafka.jar")
    assert step.state() == "8 s, 25 of 100 MB, kafka.jar"


def test_a_plan_counts_steps_and_what_is_left() -> None:
    plan = Plan()
    plan.announce(_STEPS)
    fetch = plan.begin("fetch")
    assert fetch.label == "[1/2] fetch"
    assert plan.left(fetch) == "about 5 min 20 s left"
    build = plan.begin("build")
    assert build.label == "[2/2] build"
    assert plan.left(build) == "about 5 min 0 s left"
    unplanned = plan.begin("something else")
    assert (unplanned.label, plan.left(unplanned)) == ("something else", "")


def test_plain_lines_with_a_sign_of_life(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = PlainReporter(sign_of_life_seconds=0.01)
    reporter.plan(_STEPS)
    with reporter.step("build") as step:
        step.advance(1, 8, "phases")
        step.update("analysis")
        deadline = time.monotonic() + 10
        while "[2/2] build: 0.0" not in (told := capsys.readouterr().err) and time.monotonic() < deadline:
            time.sleep(0.005)
    assert "1 of 8 phases, analysis (about 5 min 0 s left)" in told
    reporter.warn("look")
    told = capsys.readouterr().err
    assert "[2/2] build: done in 0." in told
    assert told.endswith("warning: look\n")


def test_plain_lines_of_a_step_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), PlainReporter().step("build"):
        raise KeyboardInterrupt
    assert "build: failed after 0.0" in capsys.readouterr().err


def test_live_drawing() -> None:
    out = io.StringIO()
    reporter = LiveReporter(Console(file=out, force_terminal=True, width=100, highlight=False, no_color=True))
    reporter.plan(_STEPS)
    with reporter.step("fetch") as fetch:
        fetch.advance(3, 57, "MB")
        with reporter.step("[odd] one inside"):
            reporter.info("a [fact]")
        drawn = reporter._render()
    with pytest.raises(ZeroDivisionError), reporter.step("build"):
        raise ZeroDivisionError
    reporter.warn("look")
    assert "… [1/2] fetch  0.0" in str(drawn)
    assert "3 of 57 MB" in str(drawn)
    assert "about 5 min" in str(drawn)
    told = out.getvalue()
    for expected in (
        "2 steps ahead",
        "✓ [1/2] fetch",
        "✓ [odd] one inside",
        "a [fact]",
        "✗ [2/2] build",
        "warning: look",
    ):
        assert expected in told.replace("\x1b[2m", "").replace("\x1b[0m", "")
