"""Runs the tests of one column with pytest, again after a crash, and never leaves a broker behind."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import __version__, broker, reporting
from kafka_native._system.commands import run
from kafka_native.systest.collecting import PYTEST
from kafka_native.systest.records import RecordFile, Tally
from kafka_native.systest.results import Column, Run
from kafka_native.systest.variables import pytest_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kafka_native._system.commands import CommandResult
    from kafka_native.settings import Settings
    from kafka_native.systest.records import CollectedTest
    from kafka_native.systest.results import Ending
    from kafka_native.systest.spec import WalkSpec
    from kafka_native.systest.targets import ResolvedTarget

__all__ = ["ColumnRun", "end_brokers"]

_GRACE_SECONDS = 120
"""How long the tests may take to shut their brokers down after Ctrl-C."""

_TAIL_LINES = 60


@dataclass(frozen=True)
class _WorkFolder:
    """What a run needs on disk; it stays when something failed."""

    path: Path

    @property
    def records(self) -> Path:
        return self.path / "records.jsonl"

    @property
    def chosen_tests(self) -> Path:
        return self.path / "tests.json"

    def of_tests(self, number: int) -> Path:
        """The folder of the tests' own files; pytest empties it first, so that each time needs another."""
        return self.path / f"tests-{number}"

    def log(self, number: int) -> Path:
        return self.path / f"pytest-{number}.log"


class ColumnRun:
    """The run of one column.

    Args:
        spec: What was asked for.
        tests: The tests to run.
        resolved: What to run them on.
        settings: Where things of this project live.
        on_change: Is told the column whenever a row has come to an end, and at the end.
    """

    def __init__(
        self,
        spec: WalkSpec,
        tests: Sequence[CollectedTest],
        resolved: ResolvedTarget,
        settings: Settings,
        on_change: Callable[[Column], None],
    ) -> None:
        self._spec, self._resolved, self._settings, self._on_change = spec, resolved, settings, on_change
        self._tally = Tally(tests)
        self._started = time.monotonic()
        self._work = _WorkFolder(Path(tempfile.mkdtemp(prefix="kafka-native-walk-")))
        self._records = RecordFile(self._work.records)
        self._run = Run(
            started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            seconds=0,
            ending="under way",
            detail="",
            executable=resolved.executable,
            made_by=f"kafka-native {__version__}",
            work_dir=str(self._work.path),
        )

    def run(self) -> None:
        """Run the tests to their end; what comes of it goes to `on_change`, also when this is interrupted."""
        with reporting.current().step(f"feature walk on {self._resolved.target}") as step:
            try:
                result = self._run_until_none_is_left(step)
            except BaseException:
                self._end("interrupted", "the walk was interrupted")
                raise
            if self._tally.unreached:
                self._end("crashed", f"pytest {_how(result)}\n{result.tail(_TAIL_LINES)}")
            else:
                self._end("complete", "")

    def _run_until_none_is_left(self, step: reporting.Step) -> CommandResult:
        """Run pytest; when it crashes in a test, go on behind that test."""
        number = 1
        while True:
            result = self._run_pytest(number, step)
            message = f"pytest {_how(result)} while this test ran"
            if not self._tally.crash(message, result.tail(_TAIL_LINES)) or not self._tally.unreached:
                return result
            reporting.current().warn(f"{message}; going on with the next one")
            number += 1

    def _run_pytest(self, number: int, step: reporting.Step) -> CommandResult:
        folder = self._work.of_tests(number)
        self._work.chosen_tests.write_text(json.dumps(self._tally.unreached), encoding="utf-8")
        try:
            return run(
                self._argv(folder),
                environment=pytest_variables(gate=self._resolved.target.gate),
                on_line=lambda _: self._follow(step),
                log=self._work.log(number),
                grace_seconds=_GRACE_SECONDS,
            )
        finally:
            self._follow(step)
            end_brokers(folder, self._settings)

    def _argv(self, folder: Path) -> list[str | Path]:
        options = {
            "tmp_path_retention_policy": "failed",
            "faulthandler_timeout": self._spec.test_timeout_seconds,
            "faulthandler_exit_on_timeout": "true",
        }
        return [
            *PYTEST,
            self._spec.tests,
            "-v",  # a line a test, so that progress is seen
            *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
            f"--basetemp={folder}",
            f"--walk-records={self._work.records}",
            f"--walk-tests={self._work.chosen_tests}",
            *self._resolved.options(),
        ]

    def _follow(self, step: reporting.Step) -> None:
        done = self._tally.rows_done
        for record in self._records.new():
            self._tally.take(record)
            row = self._tally.row_of(record["test"])
            if record["event"] == "started" and row:
                step.update(f"{row.area}: {row.feature}")
        step.advance(self._tally.rows_done, len(self._tally.all_rows), "rows")
        if self._tally.rows_done != done:
            self._on_change(self.column())

    def column(self) -> Column:
        """Return the column as it is now."""
        why = self._run.detail.partition("\n")[0] or "the walk is under way"
        rows = self._tally.results(self._run.started_at, why)
        run_so_far = replace(self._run, seconds=round(time.monotonic() - self._started, 1))
        return Column(self._resolved.target, (run_so_far,), rows)

    def _end(self, ending: Ending, detail: str) -> None:
        self._run = replace(self._run, ending=ending, detail=detail)
        if ending == "complete" and not self.column().with_outcome("failed"):
            shutil.rmtree(self._work.path, ignore_errors=True)
            self._run = replace(self._run, work_dir=None)
        else:
            reporting.current().info(f"work folder of {self._resolved.target}, which stays: {self._work.path}")
        self._on_change(self.column())


def _how(result: CommandResult) -> str:
    if result.returncode < 0:
        return f"was ended by {signal.Signals(-result.returncode).name}"
    return f"ended with {result.returncode}"


def end_brokers(folder: Path, settings: Settings) -> None:
    """End the brokers that tests of a crashed run have left under a folder."""
    for instances in {path.parents[1] for path in folder.rglob("instances/*/instance.json")}:
        own = replace(settings, data_dir=instances.parent)
        for report in broker.list_instances(own):
            if report.pid:
                reporting.current().warn(f"ending the broker {report.name!r}, which the tests have left running")
                broker.down(report.name, own, timeout_seconds=5)
