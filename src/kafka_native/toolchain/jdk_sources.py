"""The JDK's sources: which versions can be had, and the archive in the cache.

The distribution offers its newest version, with the digest of its signed package index. Those that `pins/jdk.json`
knows are looked for beside it: an archive keeps superseded files for a time, and a mirror may not have the newest yet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.downloads import Download, fetch_all
from kafka_native.errors import FetchError
from kafka_native.pins.jdk import pinned_jdk_files, pinned_jdk_versions
from kafka_native.toolchain.debian import beside

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.toolchain.debian import PackageFile, PrivateApt

__all__ = [
    "TITLE",
    "JdkSources",
    "SourceArchive",
    "cached_sources",
    "fetch_sources",
    "offered_version",
    "sources_on_offer",
]

TITLE = "JDK 25 sources"
_ARCHIVE = re.compile(r"openjdk-25_(?P<version>[0-9.]+\+[0-9]+)\.orig\.tar\.xz")


@dataclass(frozen=True)
class JdkSources:
    """A source archive in the cache.

    Args:
        version: Of the JDK that it builds, for instance "25.0.3+9".
        archive: Its path.
    """

    version: str
    archive: Path


@dataclass(frozen=True)
class SourceArchive:
    """A source archive that may be had.

    Args:
        version: Of the JDK that it builds.
        file: Where it is, and its digest: the pinned one if there is a pin, else that of the signed index.
    """

    version: str
    file: PackageFile


def cached_sources(cache_dir: Path) -> list[JdkSources]:
    """Return the source archives in the cache, the newest first."""
    found = [
        JdkSources(match["version"], path)
        for path in (cache_dir / "jdk-sources").glob("openjdk-25_*.orig.tar.xz")
        if (match := _ARCHIVE.fullmatch(path.name))
    ]
    return sorted(found, key=lambda sources: [int(part) for part in re.split(r"[.+]", sources.version)], reverse=True)


def sources_on_offer(apt: PrivateApt) -> list[SourceArchive]:
    """Return the archive that the distribution's index names, then the pinned ones, which lie beside it.

    Args:
        apt: Up-to-date package indexes.

    Raises:
        FetchError: When the distribution has no JDK 25.
    """
    offered, newest = _offered(apt)
    versions = dict.fromkeys((newest, *pinned_jdk_versions()))
    return [SourceArchive(each, _pinned(each, offered) or offered) for each in versions]


def fetch_sources(archive: SourceArchive, cache_dir: Path) -> JdkSources:
    """Download a source archive, unless it is there.

    Raises:
        FetchError: When it cannot be had, or differs from its digest.
    """
    file = archive.file
    target = cache_dir / "jdk-sources" / file.name
    with reporting.current().step(TITLE) as step:
        if archive.version not in pinned_jdk_versions():
            text = f"JDK sources {archive.version} are not pinned yet; their digest is the signed index's"
            reporting.current().info(text)
        fetch_all(
            [Download(file.url, target, file.sha256, file.size_bytes)],
            doing="downloading the JDK sources",
            on_progress=lambda done, total: step.advance(done / 1e6, total / 1e6, "MB"),
        )
    return JdkSources(archive.version, target)


def offered_version(apt: PrivateApt) -> str:
    """Return the JDK version that the distribution offers, from up-to-date indexes."""
    return _offered(apt)[1]


def _offered(apt: PrivateApt) -> tuple[PackageFile, str]:
    for file in apt.source_files("openjdk-25"):
        if match := _ARCHIVE.fullmatch(file.name):
            return file, match["version"]
    raise FetchError("the source package openjdk-25 has no .orig.tar.xz", hint="report this, with your distribution")


def _pinned(version: str, offered: PackageFile) -> PackageFile | None:
    files = pinned_jdk_files(version).values()
    return next((beside(offered, file) for file in files if _ARCHIVE.fullmatch(file.name)), None)
