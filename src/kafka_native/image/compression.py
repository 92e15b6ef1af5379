"""Compressed layers: with gzip, which every engine unpacks, or with Zstandard, which makes them a fifth smaller.

Media types are those of the OCI image specification (layer.md).
"""

from __future__ import annotations

import contextlib
import gzip
import shutil
import tarfile
import tempfile
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["COMPRESSED_LAYER", "Compression", "compress", "compression_of", "open_layer"]

Compression = Literal["gzip", "zstd"]

COMPRESSED_LAYER: Final[dict[Compression, str]] = {
    "gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
}
"""The media type of a layer."""

_MAGIC: Final[dict[Compression, bytes]] = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
_GZIP_LEVEL: Final = 9
_ZSTD_LEVEL: Final = 22
_ZSTD_WINDOW_LOG: Final = 25  # 32 MiB to unpack with; the level's own 128 MiB would gain 0.02 MiB
_CHUNK_BYTES: Final = 1 << 20


def compress(source: Path, target: Path, compression: Compression) -> None:
    """Compress a layer; no name and no time gets in, so that equal layers give equal bytes.

    Args:
        source: A tar archive.
        target: Its compressed form.
        compression: How.
    """
    with source.open("rb") as plain, target.open("wb") as raw, _writer(raw, compression, source) as packed:
        shutil.copyfileobj(plain, packed, _CHUNK_BYTES)


def _writer(raw: Any, compression: Compression, source: Path) -> Any:  # noqa: ANN401 - both are binary files
    if compression == "gzip":
        return gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0)
    import zstandard  # noqa: PLC0415 - seldom needed

    parameters = zstandard.ZstdCompressionParameters.from_level(
        _ZSTD_LEVEL, source_size=source.stat().st_size, window_log=_ZSTD_WINDOW_LOG, write_checksum=True
    )
    compressor = zstandard.ZstdCompressor(compression_params=parameters)
    return compressor.stream_writer(raw, size=source.stat().st_size, closefd=False)


def compression_of(layer: Path) -> Compression | None:
    """Return how a layer is compressed, by its first bytes; None when it is not."""
    with layer.open("rb") as file:
        start = file.read(4)
    return next((each for each, magic in _MAGIC.items() if start.startswith(magic)), None)


@contextlib.contextmanager
def open_layer(layer: Path) -> Iterator[tarfile.TarFile]:
    """Open a layer, however it is compressed.

    Raises:
        tarfile.TarError: When it is no archive.
        OSError: When it ends early, or is damaged.
    """
    if compression_of(layer) != "zstd":
        with tarfile.open(layer) as archive:
            yield archive
        return
    with tempfile.TemporaryFile() as plain:  # an archive is read back and forth
        _unpack(layer, plain)
        with tarfile.open(fileobj=plain) as archive:
            yield archive


def _unpack(layer: Path, plain: Any) -> None:  # noqa: ANN401 - a binary file
    import zstandard  # noqa: PLC0415 - seldom needed

    try:
        with layer.open("rb") as packed:
            zstandard.ZstdDecompressor().copy_stream(packed, plain)
    except zstandard.ZstdError as error:
        raise OSError(f"{layer.name} is damaged: {error}") from error
    plain.seek(0)
