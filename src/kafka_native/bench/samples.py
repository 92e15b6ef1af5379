"""What each scenario measures, one frozen value a measurement. No computing."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["SAMPLE_TYPES", "Sample", "StartSample"]


@dataclass(frozen=True)
class StartSample:
    """One start, from an empty folder. Times are seconds since the first process was spawned.

    Args:
        engine: Its name.
        round: From 1; in each round every engine starts once.
        failure: Why it did not get to the end; then the times are None.
        connected: The listener accepted a connection.
        answered: ApiVersions was answered.
        leader_known: The topic was created, and had a leader.
        acknowledged: A record was acknowledged by all replicas.
        stages: The time line, by stage; see `timeline`.
    """

    engine: str
    round: int
    failure: str | None = None
    connected: float | None = None
    answered: float | None = None
    leader_known: float | None = None
    acknowledged: float | None = None
    stages: dict[str, float] = field(default_factory=dict)


Sample = StartSample

SAMPLE_TYPES: dict[str, type[Sample]] = {"start": StartSample}
"""By the name of the scenario."""
