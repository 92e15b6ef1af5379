"""What a test of an image found, as frozen values that are written as JSON. No running, no rendering."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["NotRunError", "Outcome", "SanityReport", "ScenarioResult"]

SCHEMA = 1
"""Changes when an older reader would misunderstand the JSON."""

Outcome = Literal["passed", "failed", "not run"]


class NotRunError(Exception):
    """A scenario cannot be run here, or is not about this image; the message says why."""


@dataclass(frozen=True)
class ScenarioResult:
    """How a scenario ended.

    Args:
        area: What of an image it is about.
        name: What must hold.
        outcome: passed, failed, or not run.
        seconds: Wall time, with starting and removing its containers.
        message: Why it failed or was not run, in one line.
        details: Evidence: a traceback, the last lines of containers.
        timings: What was measured on the way, in seconds, by name.
    """

    area: str
    name: str
    outcome: Outcome
    seconds: float
    message: str = ""
    details: str = field(default="", repr=False)
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SanityReport:
    """What a test of an image found.

    Args:
        image: The name that was given.
        image_id: The digest of what was tested.
        repo_digests: The digests under which registries have it, as far as the engine knows.
        size_bytes: What the engine says that it holds.
        engine: The engine and its version.
        started_at: ISO 8601, UTC.
        seconds: Wall time.
        made_by: Version of this project.
        complete: Whether all scenarios were run, not only chosen ones.
        results: One a scenario.
    """

    image: str
    image_id: str
    repo_digests: tuple[str, ...]
    size_bytes: int
    engine: str
    started_at: str
    seconds: float
    made_by: str
    complete: bool
    results: tuple[ScenarioResult, ...]

    def with_outcome(self, outcome: Outcome) -> tuple[ScenarioResult, ...]:
        """Return the results with this outcome."""
        return tuple(each for each in self.results if each.outcome == outcome)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"schema": SCHEMA, **asdict(self)}
