"""Writes layers: tar archives whose bytes depend on nothing but the entries, and their compressed form."""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native._system.files import sha256_of
from kafka_native.image.compression import COMPRESSED_LAYER, compress

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.image.compression import Compression
    from kafka_native.image.root_files import Entry, Layer

__all__ = ["Blob", "WrittenLayer", "write_blob", "write_layer"]

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
        media_type: What that is.
        diff_id: The digest of its uncompressed form.
        unpacked_bytes: What its files hold, without the archive's own overhead.
    """

    title: str
    blob: Blob
    media_type: str
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


def write_layer(layer: Layer, blobs: Path, epoch: int, compression: Compression) -> WrittenLayer:
    """Write a layer under the digest of its compressed form.

    Args:
        layer: What is in it.
        blobs: The folder of blobs.
        epoch: The time that files get that have none of their own, in seconds since 1970.
        compression: How it is compressed.
    """
    archive = blobs / "layer.tar"
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        unpacked = sum(_add(tar, entry, epoch) for entry in sorted(layer.entries, key=lambda entry: entry.path))
    diff_id = sha256_of(archive)
    compressed = blobs / "layer.compressed"
    compress(archive, compressed, compression)
    archive.unlink()
    blob = Blob(f"sha256:{sha256_of(compressed)}", compressed.stat().st_size)
    compressed.rename(blobs / blob.digest.removeprefix("sha256:"))
    return WrittenLayer(layer.title, blob, COMPRESSED_LAYER[compression], f"sha256:{diff_id}", unpacked)


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
