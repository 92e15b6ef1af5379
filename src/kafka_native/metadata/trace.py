"""Makes the reachability metadata of a Kafka version: records, derives, merges and writes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import staging_folder
from kafka_native.distribution import ensure_distribution
from kafka_native.errors import ReachabilityMetadataError
from kafka_native.metadata import jars
from kafka_native.metadata.check import labels
from kafka_native.metadata.recording import Recordings, RecordSpec, is_complete, load_recordings, record
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
from kafka_native.toolchain import ensure_toolchain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kafka_native.broker import Engine
    from kafka_native.settings import Settings

__all__ = ["TraceReport", "merge_recordings", "trace", "write_merged"]


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


def trace(
    kafka_version: str,
    settings: Settings,
    *,
    engines: Sequence[Engine],
    tests: Path,
    keep: Path | None = None,
    select: str | None = None,
    jobs: int = 1,
) -> TraceReport:
    """Make the reachability metadata of a Kafka version.

    The JVM comes first: what it shows is built into the tracing executable, which finds nothing that is not in it.

    Args:
        kafka_version: A pinned version.
        settings: Where the cache is.
        engines: Which recorders to use.
        tests: The folder of the tests, such as `tests/integration`.
        keep: A folder for the recordings. Modules whose tests have passed there already are not run again.
        select: Run only the tests that this expression selects (pytest's `-k`), and add what they reach to what the
            metadata says already.
        jobs: How many test modules run at the same time.

    Raises:
        ReachabilityMetadataError: When a test fails, or no broker recorded anything.
        NativeBuildError: When the tracing executable does not build.
    """
    with staging_folder(settings.cache_dir / "traces", kafka_version) as staging:
        folders: list[Path] = []
        for engine in sorted(engines):  # jvm, native
            folder = (keep or staging) / engine
            spec = RecordSpec(engine, kafka_version, tests, select=select, jobs=jobs)
            if engine == "native" and not is_complete(folder):
                executable = _tracing_executable(kafka_version, folders, staging / "known", settings)
                spec = dataclasses.replace(spec, executable=executable)
            record(spec, folder, settings)
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


def _committed(folder: Path) -> frozenset[Fact]:
    path = folder / FILE_NAME
    return load_reachability_metadata(path).facts if path.is_file() else frozenset()
