"""Metadata of well-known libraries, from GraalVM's reachability metadata repository, which is pinned.

Its Maven artifact holds `GROUP/ARTIFACT/index.json`, a list of entries with `metadata-version` (a folder beside it) and
`tested-versions`; one entry has `latest` (its schema: metadata-library-index-schema-v2.2.0.json, in the artifact).
"""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

from kafka_native import pins
from kafka_native._system.files import write_text
from kafka_native.distribution import ensure_artifacts
from kafka_native.plugins.model import LIBRARY_METADATA
from kafka_native.reachability import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kafka_native.plugins.model import PlugInJar
    from kafka_native.settings import Settings

__all__ = ["coordinates_of", "copy_library_metadata"]

_POM_PROPERTIES = re.compile(r"META-INF/maven/([^/]+)/([^/]+)/pom\.properties")


def copy_library_metadata(jars: Iterable[PlugInJar], folder: Path, settings: Settings) -> dict[str, str]:
    """Write what the repository has for these jars: a folder each.

    Args:
        jars: The jars; those of Kafka have metadata of their own.
        folder: Where to.
        settings: Where the cache is.

    Returns:
        GROUP:ARTIFACT:VERSION to the version whose metadata was taken.

    Raises:
        FetchError: When the repository cannot be had.
    """
    names = {coordinates for jar in jars for coordinates in coordinates_of(jar)}
    if not names:
        return {}
    [(_, path)] = ensure_artifacts(
        pins.load_lock(LIBRARY_METADATA), settings, title="GraalVM's reachability metadata repository"
    ).items()
    with zipfile.ZipFile(path) as archive:
        return {name: version for name in sorted(names) if (version := _copy(archive, name, folder))}


def coordinates_of(jar: PlugInJar) -> list[str]:
    """Return GROUP:ARTIFACT:VERSION of a jar: as asked for, or as Maven wrote it into it (several, when shaded)."""
    if jar.coordinates:
        return [jar.coordinates]
    with zipfile.ZipFile(jar.path) as archive:
        found = [(name, match) for name in archive.namelist() if (match := _POM_PROPERTIES.fullmatch(name))]
        texts = [(match, archive.read(name).decode("utf-8", "replace")) for name, match in found]
    return [
        f"{match[1]}:{match[2]}:{version[1].strip()}"
        for match, text in texts
        if (version := re.search(r"^version\s*=\s*(.+)$", text, re.MULTILINE))
    ]


def _copy(archive: zipfile.ZipFile, coordinates: str, folder: Path) -> str | None:
    group, artifact, version = [*coordinates.split(":")[:2], coordinates.rpartition(":")[2]]
    root = f"{group}/{artifact}"
    try:
        entries: list[dict[str, Any]] = json.loads(archive.read(f"{root}/index.json"))
    except KeyError:
        return None
    entry = _best(entries, version)
    name = f"{root}/{entry.get('metadata-version')}/{FILE_NAME}" if entry else ""
    if entry is None or name not in archive.namelist():
        return None
    write_text(folder / f"{group}.{artifact}" / FILE_NAME, archive.read(name).decode("utf-8"))
    return str(entry["metadata-version"])


def _best(entries: list[dict[str, Any]], version: str) -> dict[str, Any] | None:
    """The entry that was tested with this version, else the latest one, as GraalVM's build plug-ins choose."""
    tested = [each for each in entries if version in each.get("tested-versions", ())]
    latest = [each for each in entries if each.get("latest")]
    return next(iter([*tested, *latest]), None)
