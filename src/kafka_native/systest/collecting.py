"""Finds the rows of the feature walk in the tests, running none of them, and those that the user asks for."""

from __future__ import annotations

import difflib
import importlib.util
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native._system.commands import CommandResult, run
from kafka_native.errors import PrerequisiteError, SettingsError, SystemTestError
from kafka_native.systest.records import CollectedTest, RecordFile
from kafka_native.systest.spec import Selection
from kafka_native.systest.variables import pytest_variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["PYTEST", "check_tests", "collect_tests", "select_tests"]

PYTEST = (sys.executable, "-m", "pytest", "--color=no", "-p", "no:cacheprovider", "-p", "kafka_native.systest.recorder")
"""How every run begins."""

_TAIL_LINES = 40
_NO_TESTS = 5
"""What pytest ends with when it finds none."""


def check_tests(tests: Path, what: str) -> None:
    """See that the tests can be run at all.

    Args:
        tests: The folder of the tests.
        what: The command that runs them, such as "systest walk".

    Raises:
        PrerequisiteError: When they, or pytest, are not there.
    """
    if not tests.is_dir() or importlib.util.find_spec("pytest") is None:
        raise PrerequisiteError(
            f"{what} runs the integration tests, which need a clone of the repository and the packages for development",
            hint=f"in a clone, run ./kafka-native {what}: it installs them",
        )


def collect_tests(tests: Path) -> tuple[CollectedTest, ...]:
    """Return the tests that belong to a row of the feature walk.

    Args:
        tests: Their folder.

    Raises:
        SystemTestError: When a module cannot be loaded, or no test has a feature mark.
    """
    with tempfile.TemporaryDirectory(prefix="kafka-native-walk-") as folder:
        records = Path(folder) / "records.jsonl"
        argv = (*PYTEST, tests, "--collect-only", "-qq", "--walk-records", records)
        with reporting.current().step("looking for the tests of the feature walk") as step:
            result = run(argv, environment=pytest_variables(), on_line=step.update)
        events = list(RecordFile(records).new())
    found = tuple(CollectedTest.of_record(each) for each in events if each["event"] in ("collected", "left out"))
    if result.returncode not in (0, _NO_TESTS) or not found:
        raise _failed(result, events, tests)
    return found


def _failed(result: CommandResult, events: Iterable[dict[str, Any]], tests: Path) -> SystemTestError:
    doing = f"looking for the tests of the feature walk in {tests}"
    if broken := {each["test"]: each["text"] for each in events if each["event"] == "broken"}:
        return SystemTestError(f"{doing}: {', '.join(broken)} cannot be loaded", details="\n\n".join(broken.values()))
    if result.returncode in (0, _NO_TESTS):
        return SystemTestError(f"{doing}: no test is marked with @pytest.mark.feature")
    return SystemTestError(f"{doing}: pytest ended with {result.returncode}", details=result.tail(_TAIL_LINES))


def select_tests(tests: Sequence[CollectedTest], selection: Selection) -> tuple[CollectedTest, ...]:
    """Return the tests of the rows that are asked for.

    Raises:
        SettingsError: When there is no such area or feature.
    """
    areas = sorted({each.row.area for each in tests})
    for area in selection.areas:
        _check_area(area, areas)
    in_areas = [each for each in tests if Selection(selection.areas).has(each.row)]
    for text in selection.features:
        _check_feature(text, sorted({each.row.feature for each in in_areas}))
    return tuple(each for each in in_areas if selection.has(each.row))


def _check_area(area: str, areas: Sequence[str]) -> None:
    if area.casefold() not in map(str.casefold, areas):
        near = _nearest(area, areas)
        raise SettingsError(
            f"the feature walk has no area {area!r}; there are: {', '.join(areas)}",
            hint=f"did you mean {near!r}?" if near else "kafka-native systest list shows all rows",
        )


def _check_feature(text: str, features: Sequence[str]) -> None:
    if not any(text.casefold() in feature.casefold() for feature in features):
        near = _nearest(text, features)
        raise SettingsError(
            f"no feature of the walk has {text!r} in its name",
            hint=f"did you mean {near!r}?" if near else "kafka-native systest list shows all rows",
        )


def _nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name most like a word, or with a word most like it."""
    spelled = {part.casefold(): name for name in names for part in (*name.split(), name)}
    found = difflib.get_close_matches(word.casefold(), spelled, n=1)
    return spelled[found[0]] if found else None
