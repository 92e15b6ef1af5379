"""Reads the builder's output as it comes and tells which phase it is in.

The builder prints `[2/8] Performing analysis...` when it begins a phase, and the phase's seconds and memory at the
line's end (class com.oracle.svm.hosted.ProgressReporter). A pipe delivers whole lines, so a line means that its phase
is over and the next one runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafka_native.reporting import Step

__all__ = ["BuilderProgress"]

_PHASE = re.compile(r"^\[(?P<number>\d)/(?P<count>\d)\] (?P<name>[A-Za-z ]+?)\.\.\.")
_TIME = re.compile(r"\((?P<seconds>[\d.]+)s @ (?P<memory>[\d.]+[KMG]i?B)\)")
_NAMES = (
    "initializing",
    "performing analysis",
    "building universe",
    "parsing methods",
    "inlining methods",
    "compiling methods",
    "laying out methods",
    "creating image",
)


class BuilderProgress:
    """Turns lines of the builder into progress of a step.

    Args:
        step: The step that is told; its phases and seconds stay in `phases`.
    """

    def __init__(self, step: Step) -> None:
        self._step = step
        self.phases: dict[str, float] = {}
        step.update(f"1/{len(_NAMES)} {_NAMES[0]}")

    def line(self, text: str) -> None:
        """Take one line of the builder's output."""
        phase = _PHASE.match(text)
        if not phase:
            return
        time = _TIME.search(text)
        if time:
            self.phases[phase["name"].lower()] = float(time["seconds"])
        done, count = int(phase["number"]), int(phase["count"])
        self._step.advance(done, count, "phases")
        if done < len(_NAMES):
            took = f"{phase['name'].lower()} took {time['seconds']} s with {time['memory']}; " if time else ""
            self._step.update(f"{took}{done + 1}/{count} {_NAMES[done]}")
