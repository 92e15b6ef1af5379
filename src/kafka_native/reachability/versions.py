"""The folder `native-image-configs`: one folder a Kafka version, found exactly and written whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native._system.files import write_text
from kafka_native.errors import ReachabilityMetadataError
from kafka_native.reachability.model import Fact, ReachabilityMetadata, load_reachability_metadata
from kafka_native.reachability.provenance import load_provenance, render_provenance
from kafka_native.reachability.rendering import render
from kafka_native.settings import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.reachability.merging import Merged

__all__ = ["FILE_NAME", "PROVENANCE_FILE_NAME", "configs_for", "load_runs", "version_dir", "write_version"]

FILE_NAME = "reachability-metadata.json"
"""The name under which native-image looks for it (class com.oracle.svm.configure.ConfigurationFile)."""

PROVENANCE_FILE_NAME = "provenance.json"


def version_dir(kafka_version: str) -> Path:
    """Return the folder of a Kafka version, whether it is there or not."""
    return bundled("native-image-configs") / kafka_version


def configs_for(kafka_version: str) -> Path:
    """Return the folder with the reachability metadata of exactly this Kafka version.

    Raises:
        ReachabilityMetadataError: When there is none; that of another version would make a broker that fails late.
    """
    folder = version_dir(kafka_version)
    if not (folder / FILE_NAME).is_file():
        there = sorted(path.parent.name for path in folder.parent.glob(f"*/{FILE_NAME}"))
        raise ReachabilityMetadataError(
            f"there is no reachability metadata for Kafka {kafka_version}, only for: {', '.join(there) or 'none'}",
            hint=f"for a pinned version: kafka-native metadata trace --kafka-version {kafka_version}",
        )
    return folder


def load_runs(folder: Path) -> dict[str, ReachabilityMetadata]:
    """Return what each of the sources has brought of which a version's reachability metadata was made.

    Args:
        folder: Such as `native-image-configs/4.3.1`.

    Raises:
        ReachabilityMetadataError: When a file of it is malformed.
    """
    metadata = load_reachability_metadata(folder / FILE_NAME)
    provenance = load_provenance(folder / PROVENANCE_FILE_NAME)
    facts: dict[str, set[Fact]] = {name: set() for name in provenance.runs}
    for fact in metadata.facts:
        for name in provenance.of(fact):
            facts[name].add(fact)
    return {name: ReachabilityMetadata(frozenset(found)) for name, found in facts.items()}


def write_version(folder: Path, merged: Merged) -> None:
    """Write a version's reachability metadata and its provenance, over what was there.

    Args:
        folder: Such as `native-image-configs/4.3.1`.
        merged: What the runs saw.
    """
    write_text(folder / FILE_NAME, render(merged.metadata))
    write_text(folder / PROVENANCE_FILE_NAME, render_provenance(merged))
