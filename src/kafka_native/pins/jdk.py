"""The files of the distribution's JDK 25 that this project was tested with, each with the digest of its bytes.

A distribution's index names only its newest version, while older files stay in the archive for a time. So what is
pinned can be had when the newest cannot, and the other way round.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources

__all__ = ["PinnedFile", "pinned_jdk_files", "pinned_jdk_versions"]


@dataclass(frozen=True)
class PinnedFile:
    """A file of a package archive.

    Args:
        name: Its file name.
        sha256: 64 hexadecimal digits.
        size_bytes: Its size.
    """

    name: str
    sha256: str
    size_bytes: int


def _rows() -> dict[str, dict[str, dict[str, str | int]]]:
    text = (resources.files(__package__) / "jdk.json").read_text(encoding="utf-8")
    rows: dict[str, dict[str, dict[str, str | int]]] = json.loads(text)
    return rows


def pinned_jdk_versions() -> tuple[str, ...]:
    """Return the JDK versions that have pins, such as "25.0.3+9", the newest first (the order of the file)."""
    return tuple(_rows())


def pinned_jdk_files(version: str) -> dict[str, PinnedFile]:
    """Return the pinned files of a JDK version by their names; none for a version without pins.

    Args:
        version: Such as "25.0.3+9".
    """
    return {
        name: PinnedFile(name, str(row["sha256"]), int(row["size_bytes"]))
        for name, row in _rows().get(version, {}).items()
    }
