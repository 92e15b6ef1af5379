"""A pytest plugin that writes down each test module of which all tests have passed, at once, so that nothing is lost.

Loaded with `-p kafka_native.metadata.passed_modules`; `recording.py` reads what it writes, and leaves those modules out
when it goes on after a failure. With workers (`-n`), each module must stay on one of them (`--dist loadfile`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["PassedModules", "pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare where to write."""
    group = parser.getgroup("kafka-native-trace", "tracing of reachability metadata")
    group.addoption("--passed-modules", type=Path, help="append a line for each module of which all tests have passed")


def pytest_configure(config: pytest.Config) -> None:
    """Begin, if a file is named."""
    if config.option.passed_modules:
        config.pluginmanager.register(PassedModules(config.option.passed_modules), "kafka-native-passed-modules")


class PassedModules:
    """Writes down a module when its last test is over, teardown included, and none of its tests has failed.

    Args:
        path: The file; a line is the module's part of node ids, such as `tests/integration/walk/test_quotas.py`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the modules in which something failed."""
        if report.failed:
            self._failed.add(_module(report.nodeid))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Run a test, and see whether it was the last one of its module."""
        result = yield
        module = _module(item.nodeid)
        is_last = nextitem is None or _module(nextitem.nodeid) != module
        if is_last and module not in self._failed:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{module}\n")
        return result


def _module(node_id: str) -> str:
    return node_id.partition("::")[0]
