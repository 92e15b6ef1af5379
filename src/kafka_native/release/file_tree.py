"""The files that a container of an image sees: its layers laid over one another.

Layers say what they remove with whiteout files
(https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts).
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from kafka_native.errors import ImageError
from kafka_native.image.compression import open_layer

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.release.images import ReleasedImage

__all__ = ["ImageFile", "extract", "files_of"]

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class ImageFile:
    """A file of an image; folders are none.

    Args:
        path: Where it is, from the root, without the first slash.
        sha256: Digest of its bytes, 64 hexadecimal digits; empty for links and devices.
        size_bytes: Its size.
        link: What it points to, when it is a symbolic or hard link.
    """

    path: str
    sha256: str
    size_bytes: int
    link: str = ""


def files_of(image: ReleasedImage) -> dict[str, ImageFile]:
    """Return the files of an image by their paths, in the order of the paths.

    Raises:
        ImageError: When a layer cannot be read.
    """
    found: dict[str, ImageFile] = {}
    for layer in image.layers:
        try:
            with open_layer(layer.path) as archive:
                _lay_over(found, archive)
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise ImageError(f"the layer {layer.digest} of {image.source} cannot be read: {error}") from error
    return dict(sorted(found.items()))


def _lay_over(found: dict[str, ImageFile], archive: tarfile.TarFile) -> None:
    members = [(_path(member.name), member) for member in archive]
    folders = {str(each) for path in found for each in PurePosixPath(path).parents}
    # What a layer removes is of the layers below, so that comes first.
    for path, member in members:
        _remove(found, PurePosixPath(path), replaces_folder=path in folders and not member.isdir())
    for path, member in members:
        if PurePosixPath(path).name.startswith(_WHITEOUT):
            continue
        if not member.isdir():
            found.pop(path, None)
            found[path] = _file(path, member, archive)


def _path(name: str) -> str:
    return str(PurePosixPath("/", name).relative_to("/"))


def _remove(found: dict[str, ImageFile], path: PurePosixPath, *, replaces_folder: bool) -> None:
    if replaces_folder:
        gone = [each for each in found if PurePosixPath(each).is_relative_to(path)]
    elif path.name == _OPAQUE:
        gone = [each for each in found if PurePosixPath(each).is_relative_to(path.parent)]
    elif path.name.startswith(_WHITEOUT):
        hidden = path.with_name(path.name.removeprefix(_WHITEOUT))
        gone = [each for each in found if PurePosixPath(each).is_relative_to(hidden)]
    else:
        return
    for each in gone:
        del found[each]


def _file(path: str, member: tarfile.TarInfo, archive: tarfile.TarFile) -> ImageFile:
    if member.issym() or member.islnk():
        return ImageFile(path, "", 0, member.linkname)
    reader = archive.extractfile(member)
    if reader is None:
        return ImageFile(path, "", 0)
    digest = hashlib.sha256()
    while block := reader.read(_CHUNK_BYTES):
        digest.update(block)
    return ImageFile(path, digest.hexdigest(), member.size)


def extract(image: ReleasedImage, path: str, target: Path) -> Path:
    """Write one file of an image to disk, as a container sees it, and return where it is.

    Args:
        image: The image.
        path: The file's path, as `files_of` gives it.
        target: The file to write.

    Raises:
        ImageError: When no layer has it.
    """
    for layer in reversed(image.layers):
        with open_layer(layer.path) as archive:
            member = next((each for each in archive if _path(each.name) == path and each.isfile()), None)
            reader = archive.extractfile(member) if member else None
            if reader:
                with target.open("wb") as file:
                    shutil.copyfileobj(reader, file, _CHUNK_BYTES)
                return target
    raise ImageError(f"no layer of {image.source} has the file {path}")
