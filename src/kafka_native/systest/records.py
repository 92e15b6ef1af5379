"""Reads the lines of the recorder as they come, and tallies them into rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kafka_native.errors import SystemTestError
from kafka_native.systest.results import Failure, Row, RowResult, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from kafka_native.systest.results import Outcome

__all__ = ["NOT_COLLECTED", "CollectedTest", "RecordFile", "Tally"]

NOT_COLLECTED = "Not collected"
"""The area of a module that was left out as a whole, so that nobody knows its rows."""


@dataclass(frozen=True)
class CollectedTest:
    """A test that belongs to a row.

    Args:
        test: Its node id; of a module that was left out, the module's.
        row: The row.
    """

    test: str
    row: Row

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> CollectedTest:
        """Return the test that a record `collected` or `left out` is about."""
        if record["event"] == "collected":
            return cls(record["test"], Row(record["area"], record["feature"]))
        return cls(record["test"], Row(NOT_COLLECTED, record["test"]))


class RecordFile:
    """The file that a recorder writes to, read on from where it was left.

    Args:
        path: The file; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._line = 0

    def new(self) -> Iterator[dict[str, Any]]:
        """Yield the records since the last call; a line that has no end yet is left for the next.

        Raises:
            SystemTestError: When a line is no record.
        """
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            complete = file.read().rpartition(b"\n")[0]
        self._offset += len(complete) + bool(complete)
        for line in complete.splitlines():
            self._line += 1
            yield self._parse(line)

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            record: dict[str, Any] = json.loads(line)
            record["event"], record["test"]
        except (ValueError, KeyError, TypeError) as error:
            raise SystemTestError(
                f"reading what the tests recorded: {self._path}, line {self._line}, is no record",
                hint="is the disk full?",
                details=line.decode(errors="replace")[:200],
            ) from error
        return record


@dataclass
class _TestState:
    row: Row
    started: bool = False
    finished: bool = False
    seconds: float = 0
    failures: list[Failure] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


class Tally:
    """Follows a run.

    Args:
        tests: The tests that are to be run.
    """

    def __init__(self, tests: Iterable[CollectedTest]) -> None:
        self._tests = {each.test: _TestState(each.row) for each in tests}

    def take(self, record: dict[str, Any]) -> None:
        """Take a record in; tests that were not to be run are ignored."""
        state = self._tests.get(record["test"])
        if state is None:
            return
        match record["event"]:
            case "started":
                state.started = True
            case "phase":
                state.seconds += record["seconds"]
                self._take_outcome(state, record)
            case "left out":
                state.finished = True
                state.reasons.append(record["message"])
            case "finished":
                state.finished = True

    def _take_outcome(self, state: _TestState, record: dict[str, Any]) -> None:
        if record["outcome"] == "skipped":
            state.reasons.append(record["message"])
        elif record["outcome"] == "failed":
            sections = tuple(Section(title, text) for title, text in record["sections"])
            failure = Failure(record["test"], record["phase"], record["message"], record["text"], sections)
            state.failures.append(failure)

    def crash(self, message: str, output: str) -> bool:
        """Take in that pytest is gone: what it was in the middle of has failed.

        Returns:
            Whether there was such a test.
        """
        crashed = [(test, state) for test, state in self._tests.items() if state.started and not state.finished]
        for test, state in crashed:
            state.failures.append(Failure(test, "run", message, output, ()))
            state.finished = True
        return bool(crashed)

    @property
    def unreached(self) -> tuple[str, ...]:
        """The tests that have not come to an end."""
        return tuple(test for test, state in self._tests.items() if not state.finished)

    @property
    def rows_done(self) -> int:
        """How many rows have come to an end."""
        return len(self.all_rows) - len({state.row for state in self._tests.values() if not state.finished})

    @property
    def all_rows(self) -> tuple[Row, ...]:
        """The rows, sorted."""
        return tuple(sorted({state.row for state in self._tests.values()}))

    def row_of(self, test: str) -> Row | None:
        """Return the row of a test."""
        state = self._tests.get(test)
        return state.row if state else None

    def results(self, run: str, why_unreached: str) -> tuple[RowResult, ...]:
        """Return the rows as they are now.

        Args:
            run: Goes into `RowResult.run`.
            why_unreached: Why the others were not run.
        """
        by_row: dict[Row, list[_TestState]] = {row: [] for row in self.all_rows}
        for state in self._tests.values():
            by_row[state.row].append(state)
        return tuple(_result(row, states, run, why_unreached) for row, states in by_row.items())


def _result(row: Row, states: Sequence[_TestState], run: str, why_unreached: str) -> RowResult:
    failures = tuple(failure for state in states for failure in state.failures)
    reasons = [reason for state in states for reason in state.reasons]
    if unreached := sum(not state.finished for state in states):
        which = "" if unreached == len(states) else f"{unreached} of {len(states)} tests "
        reasons.append(f"{which}not reached: {why_unreached}")
    outcome: Outcome = "failed" if failures else "not run" if reasons else "passed"
    seconds = round(sum(state.seconds for state in states), 3)
    return RowResult(row, outcome, not unreached, len(states), seconds, failures, tuple(dict.fromkeys(reasons)), run)
