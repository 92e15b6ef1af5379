"""What a feature walk found, as frozen values that are written as JSON and read again. No computing, no rendering."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from kafka_native.broker import Engine  # noqa: TC001 - loading.py reads the annotations

__all__ = [
    "SCHEMA",
    "Column",
    "Ending",
    "Executable",
    "Failure",
    "Outcome",
    "Row",
    "RowResult",
    "Run",
    "Section",
    "Target",
    "WalkReport",
]

SCHEMA = 1
"""Changes when an older reader would misunderstand the JSON."""

Outcome = Literal["passed", "failed", "not run"]

Ending = Literal["under way", "complete", "interrupted", "crashed"]
"""`under way` is what a file says whose writer was killed."""


@dataclass(frozen=True, order=True)
class Row:
    """A row of the table.

    Args:
        area: A part of Kafka, such as "Security".
        feature: What it can do, such as "SSL with PKCS12 key stores".
    """

    area: str
    feature: str


@dataclass(frozen=True, order=True)
class Target:
    """What a column of the table was run on.

    Args:
        engine: What ran the broker.
        kafka_version: Its version of Kafka.
        gate: Whether a missing registration of reachability metadata was fatal.
    """

    engine: Engine
    kafka_version: str
    gate: bool = False

    def __str__(self) -> str:
        """Return it in words, as the head of a column."""
        return f"{self.engine} {self.kafka_version}{' (gate)' if self.gate else ''}"


@dataclass(frozen=True)
class Section:
    """A text that belongs to a failure: what was captured, or the end of a broker's log.

    Args:
        title: What it is.
        text: The text.
    """

    title: str
    text: str


@dataclass(frozen=True)
class Failure:
    """A test that failed.

    Args:
        test: Its node id.
        phase: "setup", "call" or "teardown"; "run" when pytest itself ended in it.
        message: What went wrong, in one line.
        text: The traceback.
        sections: Captured output and logs.
    """

    test: str
    phase: str
    message: str
    text: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class RowResult:
    """How a row ended on one target.

    Args:
        row: The row.
        outcome: passed: all of its tests did. failed: a test, its setup or its teardown did, or pytest ended in it.
            not run: a test was skipped or not reached, and none failed.
        reached: Whether all of its tests came to an end.
        tests: How many tests it has.
        seconds: How long they took, with setup and teardown.
        failures: What failed.
        reasons: Why it was not run.
        run: The run that it is from: `Run.started_at`.
    """

    row: Row
    outcome: Outcome
    reached: bool
    tests: int
    seconds: float
    failures: tuple[Failure, ...]
    reasons: tuple[str, ...]
    run: str


@dataclass(frozen=True)
class Executable:
    """The native executable that was run.

    Args:
        path: Where it was.
        size_bytes: Its size.
        sha256: Its digest.
    """

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Run:
    """One run of the tests on one target.

    Args:
        started_at: ISO 8601, UTC, with milliseconds; tells runs of a target apart.
        seconds: Wall time.
        ending: How it ended.
        detail: What pytest did and said, unless it is complete.
        executable: What was run, when the engine is native.
        made_by: Version of this project.
        work_dir: The folder that stayed since something failed: data of brokers, logs, the output of pytest.
    """

    started_at: str
    seconds: float
    ending: Ending
    detail: str
    executable: Executable | None
    made_by: str
    work_dir: str | None


@dataclass(frozen=True)
class Column:
    """All that is known of one target.

    Args:
        target: What it was run on.
        runs: The runs that its rows are from, the oldest first.
        rows: The rows, sorted.
    """

    target: Target
    runs: tuple[Run, ...]
    rows: tuple[RowResult, ...]

    def with_outcome(self, outcome: Outcome) -> tuple[RowResult, ...]:
        """Return the rows that ended so."""
        return tuple(each for each in self.rows if each.outcome == outcome)

    @property
    def seconds(self) -> float:
        """How long its runs took."""
        return sum(run.seconds for run in self.runs)


@dataclass(frozen=True)
class WalkReport:
    """The whole table.

    Args:
        columns: One a target.
        schema: See `SCHEMA`.
    """

    columns: tuple[Column, ...]
    schema: int = SCHEMA

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows of all columns, sorted."""
        return tuple(sorted({result.row for column in self.columns for result in column.rows}))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)
