"""Makes the folder that plug-ins add to builds and to the class path of the JVM: a list of them, and metadata."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kafka_native import reporting
from kafka_native._system.files import (
    digest_of_text,
    exclusive,
    read_json,
    replace_folder,
    staging_folder,
    tag_cache,
    write_json,
    write_text,
)
from kafka_native.plugins.classes import find_classes
from kafka_native.plugins.libraries import copy_library_metadata
from kafka_native.reachability import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kafka_native.distribution import Distribution
    from kafka_native.plugins.classes import Findings
    from kafka_native.plugins.model import PlugIns
    from kafka_native.settings import Settings
    from kafka_native.toolchain.jdk import Jdk

__all__ = ["RESOURCE", "PlugInFolder", "ensure_plug_in_folder"]

RESOURCE: Final = "kafkanative/plug-ins.txt"
"""What `kafka --version --verbose` prints; a line a plug-in: type, class, jar, separated by tabs."""


@dataclass(frozen=True)
class PlugInFolder:
    """What plug-ins add.

    Args:
        class_path: A folder with `RESOURCE`, to be on the class path.
        metadata_folders: Folders with a reachability-metadata.json each.
        report: What was found, for the report of a build.
    """

    class_path: Path
    metadata_folders: tuple[Path, ...]
    report: Mapping[str, Any]


def ensure_plug_in_folder(plug_ins: PlugIns, distribution: Distribution, jdk: Jdk, settings: Settings) -> PlugInFolder:
    """Look through the jars, unless that was done before.

    Args:
        plug_ins: The jars.
        distribution: Kafka's jars.
        jdk: Looks through them; version 25 or newer.
        settings: Where the cache is.

    Raises:
        SettingsError: When a class in a jar that the user named cannot be linked.
        FetchError: When the metadata of well-known libraries cannot be had.
    """
    key = digest_of_text(plug_ins.digest, distribution.digest)[:32]
    folder = settings.cache_dir / "plug-ins" / key
    with exclusive(settings.cache_dir / "locks" / f"plug-ins-{key}", "looking through the plug-ins"):
        if not folder.is_dir():
            tag_cache(settings.cache_dir)
            with (
                reporting.current().step("looking through the plug-ins"),
                staging_folder(folder.parent, "plug-ins") as staged,
            ):
                _fill(staged, plug_ins, find_classes(plug_ins, distribution, jdk), settings)
                replace_folder(staged, folder)
    report = read_json(folder / "report.json")
    for warning in report["warnings"]:
        reporting.current().warn(warning)
    libraries = sorted(path.parent for path in (folder / "libraries").glob(f"*/{FILE_NAME}"))
    return PlugInFolder(folder / "classes", (folder / "metadata", *libraries, *plug_ins.metadata), report)


def _fill(staged: Path, plug_ins: PlugIns, findings: Findings, settings: Settings) -> None:
    resource = {"resources": [{"glob": RESOURCE}]}
    merged = {name: [*findings.metadata.get(name, []), *resource.get(name, [])] for name in ("reflection", "resources")}
    write_text(staged / "metadata" / FILE_NAME, json.dumps(merged, indent=1) + "\n")
    lines = (f"{each.type}\t{each.name}\t{each.jar}\n" for each in findings.plug_ins)
    write_text(staged / "classes" / RESOURCE, "".join(lines))
    libraries = copy_library_metadata(plug_ins.jars, staged / "libraries", settings)
    registered = {name: len(elements) for name, elements in merged.items()}
    write_json(
        staged / "report.json",
        plug_ins.to_json() | findings.to_json() | {"library_metadata": libraries, "registered": registered},
    )
