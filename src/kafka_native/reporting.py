"""How the library tells what it is doing, without printing: a Reporter that the caller may replace.

The library calls `current()`; the command line installs a reporter that draws on the terminal. Nothing here
formats or prints, and nothing depends on a terminal.
"""

from __future__ import annotations

import contextlib
import logging
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

__all__ = ["LoggingReporter", "PlannedStep", "Reporter", "Step", "current", "use"]


@dataclass(frozen=True)
class PlannedStep:
    """A step that lies ahead.

    Args:
        title: What it does, as a user would say it; `Reporter.step` is called with the same title.
        expected_seconds: How long it usually takes on two cores.
    """

    title: str
    expected_seconds: float


class Step(Protocol):
    """A running step."""

    def update(self, detail: str) -> None:
        """Say what the step is doing at the moment."""

    def advance(self, done: float, total: float, unit: str) -> None:
        """Say how far the step is, in `unit` (for instance "MB", "files")."""


class Reporter(Protocol):
    """Receives what the library is doing."""

    def plan(self, steps: Sequence[PlannedStep]) -> None:
        """Announce the steps that lie ahead, so that their number and remaining time can be shown."""

    def step(self, title: str) -> AbstractContextManager[Step]:
        """Begin a step; leaving the context ends it (an exception means that it failed)."""

    def info(self, message: str) -> None:
        """Tell a fact worth a line."""

    def warn(self, message: str) -> None:
        """Tell something that the user should look at, though the work goes on."""


class LoggingReporter:
    """The reporter in use when nobody chose one: everything goes to `logging`."""

    def __init__(self) -> None:
        self._log = logging.getLogger("kafka_native")

    def plan(self, steps: Sequence[PlannedStep]) -> None:
        """See `Reporter.plan`."""
        self._log.info("steps ahead: %s", ", ".join(step.title for step in steps))

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """See `Reporter.step`."""
        self._log.info("%s", title)
        yield self

    def update(self, detail: str) -> None:
        """See `Step.update`."""
        self._log.debug("%s", detail)

    def advance(self, done: float, total: float, unit: str) -> None:
        """See `Step.advance`."""
        self._log.debug("%s of %s %s", done, total, unit)

    def info(self, message: str) -> None:
        """See `Reporter.info`."""
        self._log.info("%s", message)

    def warn(self, message: str) -> None:
        """See `Reporter.warn`."""
        self._log.warning("%s", message)


_reporter: ContextVar[Reporter] = ContextVar("kafka_native_reporter")
_default = LoggingReporter()


def current() -> Reporter:
    """Return the reporter of this context."""
    return _reporter.get(_default)


@contextlib.contextmanager
def use(reporter: Reporter) -> Iterator[None]:
    """Make `reporter` the current one inside a `with` block."""
    token = _reporter.set(reporter)
    try:
        yield
    finally:
        _reporter.reset(token)
