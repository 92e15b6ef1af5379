"""The JDK's sources: which version the distribution offers, and the archive in the cache.

The digests come from `pins/jdk-sources.json`. A newer version, which no pin knows yet, is taken with the digest that
the distribution's signed package index gives, and that is said.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.downloads import Download, fetch_all
from kafka_native.errors import FetchError

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.toolchain.debian import PackageFile, PrivateApt

__all__ = ["TITLE", "JdkSources", "cached_sources", "ensure_sources", "offered_version"]

TITLE = "JDK 25 sources"
_ARCHIVE = re.compile(r"openjdk-25_(?P<version>[0-9.]+\+[0-9]+)\.orig\.tar\.xz")


@dataclass(frozen=True)
class JdkSources:
    """A source archive.

    Args:
        version: Of the JDK that it builds, for instance "25.0.3+9".
        archive: Its path.
    """

    version: str
    archive: Path


def cached_sources(cache_dir: Path) -> list[JdkSources]:
    """Return the source archives in the cache, the newest first."""
    found = [
        JdkSources(match["version"], path)
        for path in (cache_dir / "jdk-sources").glob("openjdk-25_*.orig.tar.xz")
        if (match := _ARCHIVE.fullmatch(path.name))
    ]
    return sorted(found, key=lambda sources: [int(part) for part in re.split(r"[.+]", sources.version)], reverse=True)


def ensure_sources(apt: PrivateApt, cache_dir: Path) -> JdkSources:
    """Download the JDK sources that the distribution offers, unless they are there.

    Raises:
        FetchError: When they cannot be had, or differ from the pinned digest.
    """
    with reporting.current().step(TITLE) as step:
        apt.update()
        file, version = _source_archive(apt)
        pinned = _pinned_digest(version)
        if pinned is None:
            reporting.current().info(f"JDK sources {version} are not pinned yet; their digest is the signed index's")
        target = cache_dir / "jdk-sources" / file.name
        fetch_all(
            [Download(file.url, target, pinned or file.sha256, file.size_bytes)],
            doing="downloading the JDK sources",
            on_progress=lambda done, total: step.advance(done / 1e6, total / 1e6, "MB"),
        )
    return JdkSources(version, target)


def offered_version(apt: PrivateApt) -> str:
    """Return the JDK version that the distribution offers, from up-to-date indexes."""
    return _source_archive(apt)[1]


def _source_archive(apt: PrivateApt) -> tuple[PackageFile, str]:
    for file in apt.source_files("openjdk-25"):
        if match := _ARCHIVE.fullmatch(file.name):
            return file, match["version"]
    raise FetchError("the source package openjdk-25 has no .orig.tar.xz", hint="report this, with your distribution")


def _pinned_digest(version: str) -> str | None:
    pins = json.loads((resources.files("kafka_native.pins") / "jdk-sources.json").read_text(encoding="utf-8"))
    digest: str | None = pins.get(version)
    return digest
