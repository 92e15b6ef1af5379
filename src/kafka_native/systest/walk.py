"""The feature walk: every row on every engine and Kafka version, one column after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native.systest.collecting import check_tests, collect_tests, select_tests
from kafka_native.systest.results import WalkReport
from kafka_native.systest.running import ColumnRun
from kafka_native.systest.targets import resolve_targets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kafka_native.settings import Settings
    from kafka_native.systest.records import CollectedTest
    from kafka_native.systest.results import Column, Target
    from kafka_native.systest.spec import Selection, WalkSpec

__all__ = ["collect_selected", "walk"]


def walk(spec: WalkSpec, settings: Settings, *, on_change: Callable[[WalkReport], None] | None = None) -> WalkReport:
    """Run the feature walk.

    Args:
        spec: What to walk through, and on what.
        settings: Where things of this project live.
        on_change: Is told what is known so far whenever a row has come to an end, and for the last time before an
            interrupt goes on to the caller; so nothing is lost.

    Raises:
        PrerequisiteError: When the tests or pytest are not there, or the machine lacks something.
        SettingsError: When there is no such row, version or executable.
        SystemTestError: When the tests cannot be loaded. (A row that fails is no error here.)
    """
    tests = collect_selected(spec.tests, spec.selection, "systest walk")
    columns: dict[Target, Column] = {}

    def take(column: Column) -> None:
        columns[column.target] = column
        if on_change:
            on_change(WalkReport(tuple(columns.values())))

    for resolved in resolve_targets(spec, settings):
        ColumnRun(spec, tests, resolved, settings, take).run()
    return WalkReport(tuple(columns.values()))


def collect_selected(tests: Path, selection: Selection, what: str) -> tuple[CollectedTest, ...]:
    """Return the tests of the rows that are asked for, having seen that they can be run.

    Args:
        tests: The folder of the tests.
        selection: The rows.
        what: The command that asks.

    Raises:
        PrerequisiteError, SettingsError, SystemTestError: As `walk`.
    """
    check_tests(tests, what)
    return select_tests(collect_tests(tests), selection)
