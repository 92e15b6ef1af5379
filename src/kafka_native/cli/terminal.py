"""Draws what the library reports on stderr: live on a terminal, as plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING, Any

from kafka_native.cli.progress import Plan, RunningStep, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, RenderableType

    from kafka_native.reporting import PlannedStep, Reporter

__all__ = ["LiveReporter", "PlainReporter", "terminal_reporter"]

_SIGN_OF_LIFE_SECONDS = 10.0
_REFRESHES_PER_SECOND = 8


def terminal_reporter() -> Reporter:
    """Return the reporter that suits stderr."""
    return LiveReporter() if sys.stderr.isatty() else PlainReporter()


class PlainReporter:
    """Writes a line when a step begins and ends, and a sign of life in between.

    Args:
        sign_of_life_seconds: How often a long step says how far it is.
    """

    def __init__(self, sign_of_life_seconds: float = _SIGN_OF_LIFE_SECONDS) -> None:
        self._sign_of_life_seconds = sign_of_life_seconds
        self._plan = Plan()

    def plan(self, steps: Sequence[PlannedStep]) -> None:
        """See `Reporter.plan`."""
        self._plan.announce(steps)
        if steps:
            expected = sum(step.expected_seconds for step in steps)
            self.info(f"{len(steps)} steps ahead, about {duration(expected)}")

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[RunningStep]:
        """See `Reporter.step`."""
        step = self._plan.begin(title)
        self.info(f"{step.label} ...")
        over = threading.Event()
        threading.Thread(target=self._show_life, args=(step, over), daemon=True).start()
        try:
            yield step
        except BaseException:
            self.info(f"{step.label}: failed after {duration(step.elapsed_seconds)}")
            raise
        else:
            self.info(f"{step.label}: done in {duration(step.elapsed_seconds)}")
        finally:
            over.set()

    def _show_life(self, step: RunningStep, over: threading.Event) -> None:
        while not over.wait(self._sign_of_life_seconds):
            left = self._plan.left(step)
            self.info(f"{step.label}: {step.state()}{f' ({left})' if left else ''}")

    def info(self, message: str) -> None:
        """See `Reporter.info`."""
        sys.stderr.write(message + "\n")
        sys.stderr.flush()

    def warn(self, message: str) -> None:
        """See `Reporter.warn`."""
        self.info(f"warning: {message}")


class LiveReporter:
    """Keeps one line a running step up to date, and leaves a line for each that is over.

    Args:
        console: Where to draw; stderr when None.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._given_console = console
        self._plan = Plan()
        self._running: list[RunningStep] = []
        self._live: Any = None

    @property
    def _console(self) -> Console:
        # Made late: rich takes longer to load than many commands take to run.
        if self._given_console is None:
            from rich.console import Console  # noqa: PLC0415

            self._given_console = Console(stderr=True, highlight=False)
        return self._given_console

    def plan(self, steps: Sequence[PlannedStep]) -> None:
        """See `Reporter.plan`."""
        self._plan.announce(steps)
        if steps:
            expected = sum(step.expected_seconds for step in steps)
            self.info(f"{len(steps)} steps ahead, about {duration(expected)}")

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[RunningStep]:
        """See `Reporter.step`."""
        step = self._plan.begin(title)
        self._running.append(step)
        try:
            with self._drawn():
                yield step
        except BaseException:
            self._leave_line("[red]✗[/]", step)
            raise
        else:
            self._leave_line("[green]✓[/]", step)
        finally:
            self._running.remove(step)

    @contextlib.contextmanager
    def _drawn(self) -> Iterator[None]:
        """Draw while the outermost step runs."""
        if self._live is not None:
            yield
            return
        from rich.live import Live  # noqa: PLC0415 - as above

        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=_REFRESHES_PER_SECOND,
            transient=True,
        )
        try:
            with self._live:
                yield
        finally:
            self._live = None

    def _render(self) -> RenderableType:
        from rich.text import Text  # noqa: PLC0415 - as above

        lines = [f"… {step.label}  {step.state()}" for step in self._running]
        left = self._plan.left(self._running[0]) if self._running else ""
        return Text("\n".join([*lines, *([f"  {left}"] if left else [])]), no_wrap=True, overflow="ellipsis")

    def _leave_line(self, mark: str, step: RunningStep) -> None:
        from rich.markup import escape  # noqa: PLC0415 - as above

        self._console.print(f"{mark} {escape(step.label)}  [dim]{duration(step.elapsed_seconds)}[/]")

    def info(self, message: str) -> None:
        """See `Reporter.info`."""
        self._console.print(message, markup=False)

    def warn(self, message: str) -> None:
        """See `Reporter.warn`."""
        self._console.print(f"warning: {message}", markup=False, style="yellow")
