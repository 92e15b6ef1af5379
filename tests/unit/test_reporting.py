"""The reporter of a context."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kafka_native import reporting

if TYPE_CHECKING:
    import pytest


def test_without_a_choice_everything_goes_to_logging(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kafka_native")
    reporter = reporting.current()
    reporter.plan([reporting.PlannedStep("first", 1)])
    with reporter.step("first") as step:
        step.update("doing")
        step.advance(1, 2, "files")
    reporter.info("known")
    reporter.warn("look")
    assert [record.getMessage() for record in caplog.records] == [
        "steps ahead: first",
        "first",
        "doing",
        "1 of 2 files",
        "known",
        "look",
    ]


def test_a_reporter_is_in_use_inside_its_block_only() -> None:
    default, ours = reporting.current(), reporting.LoggingReporter()
    with reporting.use(ours):
        assert reporting.current() is ours
    assert reporting.current() is default
