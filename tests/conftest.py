"""Options and marks of all tests. The options choose what the integration tests run on."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_MARKS = {
    "feature(area, name)": "a row of the feature walk: what of Kafka the test is about; recorded from as `trace` is",
    "trace": "exercises the broker so that reachability metadata can be recorded from it",
    "native": "is about the native executable, and skipped on another engine",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what integration tests run on: one engine and one Kafka version a run."""
    group = parser.getgroup("kafka-native", "what the integration tests run on")
    group.addoption("--engine", choices=("native", "jvm"), default="native", help="what runs the broker")
    group.addoption("--kafka-version", help="the version of Kafka (default: the one that is built by default)")
    group.addoption("--executable", type=Path, help="a native executable to test, instead of building one")
    group.addoption("--cycles", type=int, help="cycles of up, produce, consume, down (default: native 50, jvm 5)")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks."""
    for name, meaning in _MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    _hear_signals()


def _hear_signals() -> None:
    """Undo what `nohup` and a script's `&` do: children would inherit that they ignore Ctrl-C and a hangup."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
