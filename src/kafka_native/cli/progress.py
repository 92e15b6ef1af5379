"""What is known of the steps under way, and how it is told in words; nothing here draws."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kafka_native.reporting import PlannedStep

__all__ = ["Plan", "RunningStep", "duration"]

_MINUTE = 60
_ENOUGH_SECONDS = 5
"""Before a step has run that long, its own progress says too little about what is left."""


def duration(seconds: float) -> str:
    """Return a time span as a person would write it."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@dataclass
class RunningStep:
    """A step under way; it is the `reporting.Step` that the library writes to.

    Args:
        title: What it does.
        label: The title with its number among the planned steps, if it has one.
        expected_seconds: How long it usually takes, when it was planned.
        clock: Tells the time in seconds.
    """

    title: str
    label: str
    expected_seconds: float | None = None
    clock: Callable[[], float] = time.monotonic
    detail: str = ""
    done: float = 0
    total: float = 0
    unit: str = ""
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    def update(self, detail: str) -> None:
        """See `reporting.Step.update`."""
        self.detail = detail

    def advance(self, done: float, total: float, unit: str) -> None:
        """See `reporting.Step.advance`."""
        self.done, self.total, self.unit = done, total, unit

    @property
    def elapsed_seconds(self) -> float:
        """How long it has been running."""
        return self.clock() - self.started

    @property
    def remaining_seconds(self) -> float | None:
        """How long it will probably go on: from its own progress, else from what it usually takes."""
        elapsed = self.elapsed_seconds
        if 0 < self.done < self.total and elapsed > _ENOUGH_SECONDS and self.unit != "phases":
            return elapsed * (self.total - self.done) / self.done
        return None if self.expected_seconds is None else max(0.0, self.expected_seconds - elapsed)

    def state(self) -> str:
        """Return how far it is, in words: time, progress, and what it is doing."""
        amount = f"{self.done:.0f} of {self.total:.0f} {self.unit}" if self.total else ""
        return ", ".join(part for part in (duration(self.elapsed_seconds), amount, self.detail) if part)


class Plan:
    """The steps that were announced. They come in their order; those that turn out not to be needed are left out."""

    def __init__(self) -> None:
        self._steps: list[PlannedStep] = []

    def announce(self, steps: Sequence[PlannedStep]) -> None:
        """Take a new plan."""
        self._steps = list(steps)

    def begin(self, title: str) -> RunningStep:
        """Return a new running step."""
        for number, step in enumerate(self._steps, 1):
            if step.title == title:
                return RunningStep(title, f"[{number}/{len(self._steps)}] {title}", step.expected_seconds)
        return RunningStep(title, title)

    def left(self, running: RunningStep) -> str:
        """Return how long everything will probably go on, in words, or nothing when that is not known."""
        of_this = running.remaining_seconds
        titles = [step.title for step in self._steps]
        if of_this is None or running.title not in titles:
            return ""
        ahead = self._steps[titles.index(running.title) + 1 :]
        seconds = of_this + sum(step.expected_seconds for step in ahead)
        return f"about {duration(seconds)} left" if seconds >= 1 else "almost done"
