"""Runs the system tests on a tracing executable and writes what it recorded for a Kafka version.

The executable itself is built by the caller (docs/adr/0002-tracing-executable.md). Each broker that the tests start
records into a folder of its own, named after the run; the broker room adds the option for that when it sees
`NATIVE_KAFKA_TRACE_DIR`.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native._system.commands import run
from kafka_native._system.files import staging_folder
from kafka_native.errors import PrerequisiteError, ReachabilityMetadataError
from kafka_native.reachability import (
    FILE_NAME,
    Fact,
    ReachabilityMetadata,
    label,
    load_reachability_metadata,
    merge,
    version_dir,
    write_version,
)
from kafka_native.settings import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kafka_native._system.commands import CommandResult
    from kafka_native.settings import Settings

__all__ = ["TITLE", "TraceReport", "check_tests", "trace"]

TITLE = "Tracing reachability metadata"
"""The title of the step."""

_TAIL_LINES = 40


@dataclass(frozen=True)
class TraceReport:
    """What a trace has brought.

    Args:
        kafka_version: For instance "4.3.1".
        folder: Where it was written.
        entries: The number of types, resources and so on in all.
        entries_by_run: The number of them that each run saw.
        silent_runs: Runs that left nothing, because their broker was killed.
        added: What the file says now and did not say before, as "reflection java.util.Map#get(java.lang.Object)".
        removed: What it said before and no run has seen now.
    """

    kafka_version: str
    folder: Path
    entries: int
    entries_by_run: Mapping[str, int]
    silent_runs: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return dataclasses.asdict(self) | {"folder": str(self.folder)}


def trace(kafka_version: str, settings: Settings, *, executable: Path, tests: Path) -> TraceReport:
    """Run the tests that are marked `trace` or `feature`, merge what their brokers recorded, and write it.

    Args:
        kafka_version: The version that the executable was built from.
        settings: Where the cache is; traces are staged there.
        executable: A tracing executable of that version.
        tests: The folder of the tests, such as `tests/integration`.

    Raises:
        ReachabilityMetadataError: When a test fails, or no broker recorded anything.
    """
    with staging_folder(settings.cache_dir / "traces", kafka_version) as staging:
        _run_tests(tests, executable, staging)
        traces = _collect(staging)
        silent = tuple(sorted(each.name for each in staging.iterdir() if not (each / FILE_NAME).is_file()))
    folder = version_dir(kafka_version)
    before, merged = _committed(folder), merge(traces)
    write_version(folder, merged)
    return TraceReport(
        kafka_version=kafka_version,
        folder=folder,
        entries=len(merged.metadata.entries),
        entries_by_run={name: len(each.entries) for name, each in sorted(traces.items())},
        silent_runs=silent,
        added=_labels(merged.metadata.facts - before),
        removed=_labels(before - merged.metadata.facts),
    )


def check_tests(tests: Path) -> None:
    """See that the tests can be run at all.

    Raises:
        PrerequisiteError: When they, or pytest, are not there.
    """
    if not tests.is_dir() or importlib.util.find_spec("pytest") is None:
        raise PrerequisiteError(
            "tracing runs the client tests, which need a clone of the repository and the packages for development",
            hint="in a clone, run ./run-tests unit once, then ./kafka-native metadata trace",
        )


def _run_tests(tests: Path, executable: Path, staging: Path) -> None:
    places = {f"{PREFIX}EXECUTABLE": str(executable), f"{PREFIX}TRACE_DIR": str(staging)}
    argv: list[str | Path] = [sys.executable, "-m", "pytest", tests, "-m", "trace or feature", "-p", "no:cacheprovider"]
    with reporting.current().step(TITLE) as step:
        result = run(argv, environment={**os.environ, **places}, on_line=step.update)
        if result.returncode != 0:
            raise _failed(result, tests)


def _failed(result: CommandResult, tests: Path) -> ReachabilityMetadataError:
    return ReachabilityMetadataError(
        f"tracing reachability metadata: the tests in {tests} failed on the tracing executable "
        f"(pytest ended with {result.returncode})",
        hint="a tracing executable must pass them all, otherwise what it recorded is not complete; see the output",
        details=result.tail(_TAIL_LINES),
    )


def _collect(staging: Path) -> dict[str, ReachabilityMetadata]:
    """Return what was recorded, by run; the starts of one node (NAME.1, NAME.2, ...) are one run."""
    starts: dict[str, dict[str, ReachabilityMetadata]] = {}
    for path in sorted(staging.glob(f"*/{FILE_NAME}")):
        starts.setdefault(path.parent.name.rpartition(".")[0], {})[path.parent.name] = load_reachability_metadata(path)
    traces = {run: merge(records).metadata for run, records in starts.items()}
    if not traces:
        runs = ", ".join(sorted(path.name for path in staging.iterdir())) or "none"
        raise ReachabilityMetadataError(
            f"tracing reachability metadata: the tests passed, but no broker recorded anything (runs: {runs})",
            hint="build the executable with -H:+MetadataTracingSupport, and let the tests stop their brokers cleanly",
        )
    return traces


def _committed(folder: Path) -> frozenset[Fact]:
    path = folder / FILE_NAME
    return load_reachability_metadata(path).facts if path.is_file() else frozenset()


def _labels(facts: Iterable[Fact]) -> tuple[str, ...]:
    return tuple(sorted(f"{fact.entry.section} {label(fact)}" for fact in facts))
