"""Writes layers: tar archives whose bytes depend on nothing but the entries, and their compressed form."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.image.root_files import Entry, Layer

__all__ = ["Blob", "WrittenLayer", "write_blob", "write_layer"]

_COMPRESSION = 9
_TYPES = {"file": tarfile.REGTYPE, "directory": tarfile.DIRTYPE, "link": tarfile.SYMTYPE}


@dataclass(frozen=True)
class Blob:
    """A file of an image, named by its digest.

    Args:
        digest: "sha256:" and 64 hexadecimal digits.
        size_bytes: Its size.
    """

    digest: str
    size_bytes: int


@dataclass(frozen=True)
class WrittenLayer:
    """A layer on disk.

    Args:
        title: What is in it.
        blob: Its compressed form.
        diff_id: The digest of its uncompressed form.
        unpacked_bytes: What its files hold, without the archive's own overhead.
    """

    title: str
    blob: Blob
    diff_id: str
    unpacked_bytes: int


def write_blob(data: bytes, blobs: Path) -> Blob:
    """Write a blob under its digest.

    Args:
        data: Its bytes.
        blobs: The folder of blobs.
    """
    digest = hashlib.sha256(data).hexdigest()
    (blobs / digest).write_bytes(data)
    return Blob(f"sha256:{digest}", len(data))


def write_layer(layer: Layer, blobs: Path, epoch: int) -> WrittenLayer:
    """Write a layer under the digest of its compressed form.

    Args:
        layer: What is in it.
        blobs: The folder of blobs.
        epoch: The time that files get that have none of their own, in seconds since 1970.
    """
    archive = blobs / "layer.tar"
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        unpacked = sum(_add(tar, entry, epoch) for entry in sorted(layer.entries, key=lambda entry: entry.path))
    diff_id = sha256_of(archive)
    compressed = blobs / "layer.tar.gz"
    _compress(archive, compressed)
    archive.unlink()
    blob = Blob(f"sha256:{sha256_of(compressed)}", compressed.stat().st_size)
    compressed.rename(blobs / blob.digest.removeprefix("sha256:"))
    return WrittenLayer(layer.title, blob, f"sha256:{diff_id}", unpacked)


def _add(tar: tarfile.TarFile, entry: Entry, epoch: int) -> int:
    """Add an entry and return the size of its content; nothing of the file's own times and owners gets in."""
    data = entry.source.read_bytes() if entry.source else entry.content
    member = tarfile.TarInfo(entry.path.lstrip("/"))
    member.type = _TYPES[entry.kind]
    member.mode, member.uid, member.gid = entry.mode, entry.owner, 0
    member.mtime = epoch if entry.modified is None else entry.modified
    member.linkname, member.size = entry.target, len(data)
    tar.addfile(member, io.BytesIO(data) if entry.kind == "file" else None)
    return len(data)


def _compress(source: Path, target: Path) -> None:
    raw: Any
    with source.open("rb") as plain, target.open("wb") as raw:  # noqa: SIM117 - gzip must be closed first
        with gzip.GzipFile(filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=raw, mtime=0) as packed:
            shutil.copyfileobj(plain, packed, 1 << 20)
