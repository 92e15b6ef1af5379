"""Runs the feature walk on brokers that record what they reach, and writes that for a Kafka version.

There are two recorders: a tracing executable, which is built by the caller (docs/adr/0002-tracing-executable.md), and
an agent on the JVM engine (docs/adr/0008-recorder-on-the-jvm.md). Each broker that the tests start records into a
folder of its own; the broker room sees to that when `NATIVE_KAFKA_TRACE_DIR` is set.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native._system.commands import run
from kafka_native._system.files import read_json, staging_folder, write_json
from kafka_native.distribution import ensure_distribution
from kafka_native.errors import ReachabilityMetadataError
from kafka_native.metadata import jars
from kafka_native.metadata.check import labels
from kafka_native.native import BuildSpec, ensure_executable
from kafka_native.reachability import (
    FILE_NAME,
    Fact,
    ReachabilityMetadata,
    configs_for,
    load_reachability_metadata,
    load_runs,
    merge,
    version_dir,
    write_version,
)
from kafka_native.settings import PREFIX
from kafka_native.toolchain import ensure_toolchain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kafka_native._system.commands import CommandResult
    from kafka_native.broker import Engine
    from kafka_native.settings import Settings

__all__ = [
    "TITLE",
    "Recordings",
    "TraceReport",
    "load_recordings",
    "merge_recordings",
    "record",
    "trace",
    "write_merged",
]

TITLE = "Tracing reachability metadata"
"""The title of the step."""

_TAIL_LINES = 40
_TRACE_DIR = f"{PREFIX}TRACE_DIR"
_ABOUT = "recording.json"


@dataclass(frozen=True)
class TraceReport:
    """What a trace has brought.

    Args:
        kafka_version: For instance "4.3.1".
        folder: Where it was written.
        entries: The number of types, resources and so on in all.
        entries_by_run: The number of them that each run saw.
        silent_starts: See `Recordings.silent_starts`.
        added: What the file says now and did not say before, as "reflection java.util.Map#get(java.lang.Object)".
        removed: What it said before and no run has seen now.
    """

    kafka_version: str
    folder: Path
    entries: int
    entries_by_run: Mapping[str, int]
    silent_starts: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return dataclasses.asdict(self) | {"folder": str(self.folder)}


@dataclass(frozen=True)
class Recordings:
    """What brokers reached while tests ran.

    Args:
        kafka_version: Of all of them.
        traces: "ENGINE:MODULE" to what the brokers of that test module reached.
        silent_starts: Starts that left nothing, as "MODULE/INSTANCE.NUMBER": their broker was killed.
    """

    kafka_version: str
    traces: Mapping[str, ReachabilityMetadata]
    silent_starts: tuple[str, ...]


def record(
    engine: Engine,
    kafka_version: str,
    folder: Path,
    *,
    tests: Path,
    executable: Path | None = None,
    select: str | None = None,
) -> None:
    """Run the tests that are marked `trace` or `feature`, and keep what their brokers record.

    Args:
        engine: `native` records in a tracing executable, `jvm` with the recorder on a JDK.
        kafka_version: The version that the tests run on.
        folder: Where to; an empty one, or one that is not there.
        tests: The folder of the tests, such as `tests/integration`.
        executable: The tracing executable of that version, for the engine `native`.
        select: An expression for pytest's `-k`; all tests when it is left out.

    Raises:
        ReachabilityMetadataError: When a test fails, or the folder is not empty.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise ReachabilityMetadataError(f"the folder {folder} is not empty", hint="record into another one")
    folder.mkdir(parents=True, exist_ok=True)
    on: list[str | Path] = ["--executable", executable] if executable else ["--kafka-version", kafka_version]
    _run_tests(engine, tests, [*on, *(["-k", select] if select else [])], folder)
    write_json(folder / _ABOUT, {"engine": engine, "kafka_version": kafka_version})


def trace(
    kafka_version: str,
    settings: Settings,
    *,
    engines: Sequence[Engine],
    tests: Path,
    keep: Path | None = None,
    select: str | None = None,
) -> TraceReport:
    """Make the reachability metadata of a Kafka version.

    The JVM comes first: what it shows is built into the tracing executable, which finds nothing that is not in it.

    Args:
        kafka_version: A pinned version.
        settings: Where the cache is.
        engines: Which recorders to use.
        tests: The folder of the tests, such as `tests/integration`.
        keep: A folder for the recordings. Those that are there already are used.
        select: Run only the tests that this expression selects (pytest's `-k`), and add what they reach to what the
            metadata says already.

    Raises:
        ReachabilityMetadataError: When a test fails, or no broker recorded anything.
        NativeBuildError: When the tracing executable does not build.
    """
    with staging_folder(settings.cache_dir / "traces", kafka_version) as staging:
        folders: list[Path] = []
        for engine in sorted(engines):  # jvm, native
            folder = (keep or staging) / engine
            if (folder / _ABOUT).is_file():
                reporting.current().info(f"using the recording in {folder}")
            elif engine == "native":
                executable = _tracing_executable(kafka_version, folders, staging / "known", settings)
                record(engine, kafka_version, folder, tests=tests, executable=executable, select=select)
            else:
                record(engine, kafka_version, folder, tests=tests, select=select)
            folders.append(folder)
        return merge_recordings(folders, settings, add_to=kafka_version if select else None)


def _tracing_executable(kafka_version: str, recordings: Sequence[Path], known: Path, settings: Settings) -> Path:
    traces = load_recordings(recordings).traces if recordings else {}
    derived, embedded = _from_jars(kafka_version, settings)
    write_version(known, merge(dict(traces) | derived, without=embedded.facts))
    spec = BuildSpec(kafka_version=kafka_version, optimize="quick", tracing=True, metadata_dir=known)
    return ensure_executable(spec, settings).path


def _from_jars(kafka_version: str, settings: Settings) -> tuple[dict[str, ReachabilityMetadata], ReachabilityMetadata]:
    distribution, jdk = ensure_distribution(kafka_version, settings), ensure_toolchain(settings).jdk
    return jars.derive(distribution, jdk), jars.embedded(distribution.class_path)


def merge_recordings(
    folders: Sequence[Path], settings: Settings, *, add_to: str | None = None, carry_from: str | None = None
) -> TraceReport:
    """Write the reachability metadata of a Kafka version: what was recorded, and what the rules derive.

    Args:
        folders: What `record` has filled; all of one Kafka version.
        settings: Where the cache is.
        add_to: A Kafka version whose metadata keeps what earlier recordings have brought; without it, they are
            forgotten. No folder is needed then: the rules alone are evaluated anew. It may be a version that has no
            metadata yet when something is carried over.
        carry_from: Another Kafka version: what its recordings brought is taken over, as far as this one has it. So a
            version on which less was recorded has what was seen on its neighbour.

    Raises:
        ReachabilityMetadataError: When a folder is no recording, the versions differ, or no broker recorded anything.
    """
    recorded = load_recordings(folders) if folders or not add_to else Recordings(add_to, {}, ())
    if add_to and not (carry_from and _is_new(add_to)):
        recorded = _with_earlier(recorded, add_to)
    if carry_from:
        recorded = _with_carried(recorded, carry_from, settings)
    return write_merged(recorded, *_from_jars(recorded.kafka_version, settings))


def _is_new(kafka_version: str) -> bool:
    return not (version_dir(kafka_version) / FILE_NAME).is_file()


def _with_earlier(recorded: Recordings, kafka_version: str) -> Recordings:
    """Return recordings together with those of which the committed metadata was made."""
    if recorded.kafka_version != kafka_version:
        raise ReachabilityMetadataError(
            f"recordings of Kafka {recorded.kafka_version} cannot be added to the metadata of {kafka_version}",
            hint=f"add them to that version: --add-to {recorded.kafka_version}",
        )
    earlier = load_runs(configs_for(kafka_version))
    traces = {name: seen for name, seen in earlier.items() if not name.startswith(jars.RULE_PREFIX)}
    for name, seen in recorded.traces.items():
        traces[name] = ReachabilityMetadata(seen.facts | traces.get(name, seen).facts)
    return Recordings(kafka_version, traces, recorded.silent_starts)


def _with_carried(recorded: Recordings, carry_from: str, settings: Settings) -> Recordings:
    """Return recordings together with those of another version, without what only that version has."""
    if carry_from == recorded.kafka_version:
        raise ReachabilityMetadataError(
            f"the metadata of Kafka {carry_from} cannot be carried over to itself", hint="name another version"
        )
    runs = load_runs(configs_for(carry_from))
    seen = merge({name: each for name, each in runs.items() if not name.startswith(jars.RULE_PREFIX)}).metadata
    jdk = ensure_toolchain(settings).jdk
    absent_there, absent_here = (
        jars.missing(seen, ensure_distribution(version, settings), jdk)
        for version in (carry_from, recorded.kafka_version)
    )
    carried = {f"{jars.CARRIED_PREFIX}{carry_from}": _without(seen, absent_here - absent_there)}
    return dataclasses.replace(recorded, traces=dict(recorded.traces) | carried)


def _without(metadata: ReachabilityMetadata, gone: frozenset[Fact]) -> ReachabilityMetadata:
    """Return metadata without some facts; where a type is gone, nothing is said of it."""
    types = {fact.entry for fact in gone if not fact.attribute}
    return ReachabilityMetadata(frozenset(each for each in metadata.facts - gone if each.entry not in types))


def write_merged(
    recorded: Recordings, derived: Mapping[str, ReachabilityMetadata], embedded: ReachabilityMetadata
) -> TraceReport:
    """Write the union of recordings and rules as the reachability metadata of their Kafka version.

    Args:
        recorded: What brokers reached.
        derived: What rules say, by the rule's name.
        embedded: What jars declare themselves, which is left out.
    """
    sources = dict(recorded.traces) | dict(derived)
    merged = merge(sources, without=embedded.facts)
    folder = version_dir(recorded.kafka_version)
    before = _committed(folder)
    write_version(folder, merged)
    return TraceReport(
        kafka_version=recorded.kafka_version,
        folder=folder,
        entries=len(merged.metadata.entries),
        entries_by_run={name: len(each.entries) for name, each in sorted(sources.items())},
        silent_starts=recorded.silent_starts,
        added=labels(merged.metadata.facts - before),
        removed=labels(before - merged.metadata.facts),
    )


def load_recordings(folders: Sequence[Path]) -> Recordings:
    """Read what `record` has left.

    Raises:
        ReachabilityMetadataError: When a folder is no recording, the versions differ, or no broker recorded anything.
    """
    version = _version_of(folders)
    silent = sorted(name for folder in folders for name in _silent_starts(folder))
    return Recordings(version, _collect(folders), tuple(silent))


def _run_tests(engine: Engine, tests: Path, options: list[str | Path], folder: Path) -> None:
    # Each test module has a folder of its own there; see tests/integration/conftest.py.
    environment = {**os.environ, _TRACE_DIR: str(folder)}
    argv: list[str | Path] = [sys.executable, "-m", "pytest", tests, "-m", "trace or feature", "-p", "no:cacheprovider"]
    with reporting.current().step(f"{TITLE} ({engine})") as step:
        result = run([*argv, "--engine", engine, *options], environment=environment, on_line=step.update)
        if result.returncode != 0:
            raise _failed(result, tests)


def _failed(result: CommandResult, tests: Path) -> ReachabilityMetadataError:
    return ReachabilityMetadataError(
        f"tracing reachability metadata: the tests in {tests} failed on a broker that records "
        f"(pytest ended with {result.returncode})",
        hint="it must pass them all, otherwise what it recorded is not complete; see the output",
        details=result.tail(_TAIL_LINES),
    )


def _version_of(folders: Sequence[Path]) -> str:
    abouts = {folder: read_json(folder / _ABOUT) for folder in folders}
    for folder, about in abouts.items():
        if not isinstance(about, dict) or "kafka_version" not in about:
            raise ReachabilityMetadataError(
                f"{folder} holds no recording that ended well",
                hint="make one with: kafka-native metadata trace --keep FOLDER",
            )
    versions = {about["kafka_version"] for about in abouts.values()}
    if len(versions) != 1:
        each = ", ".join(f"{folder} ({about['kafka_version']})" for folder, about in abouts.items())
        raise ReachabilityMetadataError(
            f"recordings of several Kafka versions cannot be merged: {each or 'none was given'}",
            hint="versions differ in what they reach; merge those of one version",
        )
    return str(versions.pop())


def _collect(folders: Sequence[Path]) -> dict[str, ReachabilityMetadata]:
    """Return what was recorded, as "ENGINE:MODULE"; all starts of brokers in a test module are one run."""
    traces: dict[str, ReachabilityMetadata] = {}
    for folder in folders:
        engine = read_json(folder / _ABOUT)["engine"]
        for module in (each for each in sorted(folder.iterdir()) if each.is_dir()):
            records = {str(path): load_reachability_metadata(path) for path in sorted(module.glob(f"*/{FILE_NAME}"))}
            if records:
                traces[f"{engine}:{module.name}"] = merge(records).metadata
        if not any(name.startswith(f"{engine}:") for name in traces):
            raise ReachabilityMetadataError(
                f"the tests passed, but no broker recorded anything in {folder}",
                hint="build the executable with -H:+MetadataTracingSupport, and let the tests stop brokers cleanly",
            )
    return traces


def _silent_starts(folder: Path) -> list[str]:
    """Return the starts that left nothing: their brokers were killed."""
    starts = (path for path in folder.glob("*/*") if path.is_dir())
    return [f"{path.parent.name}/{path.name}" for path in starts if not (path / FILE_NAME).is_file()]


def _committed(folder: Path) -> frozenset[Fact]:
    path = folder / FILE_NAME
    return load_reachability_metadata(path).facts if path.is_file() else frozenset()
