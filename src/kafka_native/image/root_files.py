"""What stands in the image's root file system, as a list of entries in layers: pure data about files, none written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["APP_USER", "DATA_FOLDER", "Entry", "Layer", "directory", "file", "link", "text"]

APP_USER = 1000
"""`appuser`, as in Apache's images."""
DATA_FOLDER = "/var/lib/kafka/data"

_ROOT = 0


@dataclass(frozen=True)
class Entry:
    """A file, folder or symbolic link of the image.

    Args:
        path: Where it stands in the image, absolute.
        kind: What it is.
        mode: Permission bits.
        owner: User id; the group is always root's, so that any user of group 0 can do what `appuser` can
            (OpenShift's arbitrary user ids).
        source: The file that its content is copied from.
        content: Its content, when it is not copied.
        target: Where a link leads.
        origin: Which work it is from: a package, "kafka-native", "executable".
        modified: When it was changed, in seconds since 1970; that of the build when None.
    """

    path: str
    kind: Literal["file", "directory", "link"]
    mode: int
    owner: int = _ROOT
    source: Path | None = field(default=None, repr=False)
    content: bytes = field(default=b"", repr=False)
    target: str = ""
    origin: str = "kafka-native"
    modified: int | None = None


@dataclass(frozen=True)
class Layer:
    """A layer of the image.

    Args:
        title: What is in it, for `docker history`.
        entries: Its files.
    """

    title: str
    entries: tuple[Entry, ...]


def directory(path: str, *, mode: int = 0o755, owner: int = _ROOT) -> Entry:
    """Return a folder."""
    return Entry(path, "directory", mode, owner)


def text(path: str, content: str, *, mode: int = 0o644, owner: int = _ROOT) -> Entry:
    """Return a file with this content."""
    return Entry(path, "file", mode, owner, content=content.encode())


def file(path: str, source: Path, *, origin: str, mode: int = 0o644) -> Entry:
    """Return a copy of a file."""
    return Entry(path, "file", mode, source=source, origin=origin)


def link(path: str, target: str) -> Entry:
    """Return a symbolic link."""
    return Entry(path, "link", 0o777, target=target)
