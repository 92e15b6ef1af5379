"""A pytest plugin that writes one JSON line an event, at once, so that a killed run leaves what it had.

Loaded with `-p kafka_native.systest.recorder`; `records.py` reads what it writes. It imports the standard library and
pytest only, and knows nothing of brokers. Not for runs with workers (`-n`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Recorder", "pytest_addoption", "pytest_configure"]

_MARK = "feature"
_LONGEST_TEXT = 20_000
"""Characters kept of a traceback or a section: the end, where the cause is."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare where to write, and which tests to run."""
    group = parser.getgroup("kafka-native-walk", "feature walk")
    group.addoption("--walk-records", type=Path, help="run only tests with a feature mark, and write what they do here")
    group.addoption("--walk-tests", type=Path, help="a JSON list of the node ids to run (default: all)")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to record, if a file is named."""
    if config.option.walk_records:
        chosen: Path | None = config.option.walk_tests
        tests = json.loads(chosen.read_text(encoding="utf-8")) if chosen else None
        config.pluginmanager.register(Recorder(config, config.option.walk_records, tests), "kafka-native-recorder")


class Recorder:
    """Writes down which tests there are, when each begins, how each phase of it ends, and when it is over.

    Args:
        config: Of the run.
        path: The file; lines are appended.
        tests: The node ids of the tests to run; all that have a feature mark when None.
    """

    def __init__(self, config: pytest.Config, path: Path, tests: list[str] | None = None) -> None:
        self._config = config
        self._path = path
        self._tests = None if tests is None else frozenset(tests)

    def _write(self, event: str, test: str, **facts: object) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, "test": test} | facts) + "\n")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Record a module that is left out as a whole, or cannot be loaded: nobody knows what rows are in it."""
        if report.skipped:
            self._write("left out", report.nodeid, message=_reason(report))
        elif report.failed:
            self._write("broken", report.nodeid, text=_end(report.longreprtext))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that have a feature mark and are asked for."""
        dropped = [item for item in items if not self._is_wanted(item)]
        items[:] = [item for item in items if self._is_wanted(item)]
        self._config.hook.pytest_deselected(items=dropped)

    def _is_wanted(self, item: pytest.Item) -> bool:
        return item.get_closest_marker(_MARK) is not None and (self._tests is None or item.nodeid in self._tests)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Record the rows that the tests belong to."""
        for item in session.items:
            area, feature = _row(item)
            self._write("collected", item.nodeid, area=area, feature=feature)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Record that a test begins."""
        self._write("started", nodeid)
        # pytest has written the name of the test, but ends the line after it; whoever reads lines shall know it now.
        self._config.get_terminal_writer().write("\n", flush=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Record how setup, the test itself or teardown ended."""
        self._write("phase", report.nodeid, phase=report.when, seconds=round(report.duration, 3), **_outcome(report))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Record that a test is over, teardown included."""
        self._write("finished", nodeid)


def _row(item: pytest.Item) -> tuple[str, str]:
    mark = item.get_closest_marker(_MARK)
    match mark.args if mark and not mark.kwargs else ():
        case (str() as area, str() as feature) if area.strip() and feature.strip():
            return area, feature
    raise pytest.UsageError(f'{item.nodeid}: its mark is not of the form @pytest.mark.feature("AREA", "FEATURE")')


def _outcome(report: pytest.TestReport) -> dict[str, Any]:
    if report.skipped:
        expected = getattr(report, "wasxfail", None)
        return {"outcome": "skipped", "message": _reason(report) if expected is None else f"known to fail: {expected}"}
    if report.failed:
        # TestReport.sections has what was captured, and what conftest files attach, such as the end of a log.
        sections = [[title, _end(text)] for title, text in report.sections]
        text = _end(report.longreprtext)
        return {"outcome": "failed", "message": _message(report), "text": text, "sections": sections}
    return {"outcome": "passed"}


def _reason(report: pytest.CollectReport | pytest.TestReport) -> str:
    """Return the reason of a skip; pytest keeps it as (path, line, "Skipped: REASON")."""
    longrepr = report.longrepr
    text = longrepr[2] if isinstance(longrepr, tuple) else report.longreprtext
    return text.removeprefix("Skipped: ").strip() or "no reason was given"


def _message(report: pytest.TestReport) -> str:
    """Return what the exception says, in one line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return next(_lines(crash.message if crash else ""), None) or next(_lines(report.longreprtext), "no message")


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _end(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else "[...]\n" + text[-_LONGEST_TEXT:].partition("\n")[2]
