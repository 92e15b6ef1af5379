"""`metadata trace`: see `kafka_native.metadata`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native.cli.output import JsonFlag, facts, print_json
from kafka_native.settings import bundled, load_settings

if TYPE_CHECKING:
    from kafka_native.metadata.trace import TraceReport

__all__ = ["trace_command"]


def trace_command(*, kafka_version: str | None = None, as_json: JsonFlag = False) -> None:
    """Trace the reachability metadata of a Kafka version, by running the client tests on a tracing executable.

    Args:
        kafka_version: Version of Kafka.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import native, pins  # noqa: PLC0415 - other commands need none of it
    from kafka_native.metadata.trace import check_tests, trace  # noqa: PLC0415

    settings, tests = load_settings(), bundled("tests/integration")
    check_tests(tests)  # before the long build
    version = kafka_version or pins.DEFAULT_KAFKA_VERSION
    spec = native.BuildSpec(kafka_version=version, optimize="quick", tracing=True)
    executable = native.ensure_executable(spec, settings).path
    report = trace(version, settings, executable=executable, tests=tests)
    if as_json:
        print_json(report.to_json())
    else:
        _show(report)


def _show(report: TraceReport) -> None:
    facts(
        {
            "Kafka version": report.kafka_version,
            "folder": report.folder,
            "entries": report.entries,
            "runs": len(report.entries_by_run),
            "runs that left nothing": report.silent_runs,
            "added": report.added,
            "removed": report.removed,
        }
    )
