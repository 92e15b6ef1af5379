"""Images as registries want them: a manifest, a configuration and compressed layers, each under its digest.

They come from a container engine (`docker save`), from an archive that one has saved, or from an OCI layout
(https://github.com/opencontainers/image-spec/blob/main/image-layout.md). Layers that are not compressed are
compressed here, always to the same bytes, so that an image has one digest however often it is released.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import lzma
import tarfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native._system.files import explain_os_errors, sha256_of
from kafka_native.errors import ImageError, SettingsError
from kafka_native.image.compression import COMPRESSED_LAYER, compress, compression_of
from kafka_native.image.engine import find_engine
from kafka_native.release.registry import INDEX_TYPES, MANIFEST_TYPES, Manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_native.image.compression import Compression

__all__ = ["Blob", "ReleasedImage", "index_of", "load_images"]

_MANIFEST, _INDEX = MANIFEST_TYPES[0], INDEX_TYPES[0]
_CONFIG = "application/vnd.oci.image.config.v1+json"
_PLAIN_LAYER = "application/vnd.oci.image.layer.v1.tar"
_SAVE_SECONDS = 600.0
_HINT = "give what docker save writes, or an OCI layout"


@dataclass(frozen=True)
class Blob:
    """A layer or configuration on disk.

    Args:
        path: The file.
        digest: `sha256:` and 64 hexadecimal digits.
        size_bytes: Its size.
        media_type: What it is.
    """

    path: Path
    digest: str
    size_bytes: int
    media_type: str

    @classmethod
    def of(cls, path: Path, media_type: str) -> Blob:
        """Return a file as a blob."""
        return cls(path, f"sha256:{sha256_of(path)}", path.stat().st_size, media_type)

    def descriptor(self) -> dict[str, Any]:
        """Return how a manifest names it."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size_bytes}


@dataclass(frozen=True)
class ReleasedImage:
    """An image of one platform, ready for a registry.

    Args:
        source: Where it came from, as the user named it.
        manifest: Its manifest.
        config: Its configuration; the digest of it is what engines call the image's id.
        layers: Its layers, the lowest first.
    """

    source: str
    manifest: Manifest
    config: Blob
    layers: tuple[Blob, ...] = field(repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """What the configuration says."""
        found: dict[str, Any] = json.loads(self.config.path.read_bytes())
        return found

    @property
    def platform(self) -> str:
        """Operating system, architecture and variant, such as linux/amd64 or linux/arm/v7."""
        named = self.settings
        return "/".join(filter(None, (named.get("os"), named.get("architecture"), named.get("variant"))))

    @property
    def size_bytes(self) -> int:
        """What a pull transfers."""
        return len(self.manifest.content) + sum(blob.size_bytes for blob in self.blobs)

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """All that must be in the registry before the manifest."""
        return (*self.layers, self.config)


def index_of(images: tuple[ReleasedImage, ...]) -> Manifest:
    """Return the index over images of several platforms, ordered by platform.

    Raises:
        SettingsError: When two are for the same platform.
    """
    platforms = [image.platform for image in images]
    if twice := {each for each in platforms if platforms.count(each) > 1}:
        raise SettingsError(f"two images are for {', '.join(sorted(twice))}", hint="give one image a platform")
    rows = [
        {
            "mediaType": image.manifest.media_type,
            "digest": image.manifest.digest,
            "size": len(image.manifest.content),
            "platform": dict(zip(("os", "architecture", "variant"), image.platform.split("/"), strict=False)),
        }
        for image in sorted(images, key=lambda image: image.platform)
    ]
    return _manifest({"schemaVersion": 2, "mediaType": _INDEX, "manifests": rows}, _INDEX)


def load_images(source: str, work_dir: Path, *, compression: Compression | None = "gzip") -> tuple[ReleasedImage, ...]:
    """Return the images that a name, an archive or a folder stands for; several when a layout has several platforms.

    Args:
        source: Name or id in the container engine, a saved archive (tar), or the folder of an OCI layout.
        work_dir: Receives the unpacked blobs; it must live as long as the images are used.
        compression: How plain layers are compressed, as registries want them; None to leave them, which is enough to
            look into an image. Layers that are compressed already stay as they are.

    Raises:
        SettingsError: When the file is no image.
        ImageError: When the engine has no such image, or blobs are not what their digests say.
        PrerequisiteError: When there is no engine, or the disk is full.
    """
    folder = work_dir / hashlib.sha256(source.encode()).hexdigest()[:16]
    with (
        reporting.current().step(f"reading the image {source}") as step,
        explain_os_errors("reading an image", work_dir),
    ):
        folder.mkdir(parents=True, exist_ok=True)  # the same source may be named twice, which is refused elsewhere
        root = _unpacked(source, folder)
        try:
            found = _found(source, root, _Packing(folder, compression, step) if compression else None)
            nameless = [each for each in found if "/" not in each.platform]
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
            if isinstance(error, SettingsError):
                raise
            raise SettingsError(
                f"{source} is no image: {type(error).__name__} {error} in its manifest.json or index.json", hint=_HINT
            ) from error
    if nameless:
        raise SettingsError(
            f"{source} does not tell what platform it is for", hint="its configuration has os and architecture"
        )
    if not found:
        raise SettingsError(f"{source} holds no image: neither manifest.json nor index.json names one", hint=_HINT)
    return found


@dataclass(frozen=True)
class _Packing:
    """How plain layers are compressed, and where to."""

    folder: Path
    compression: Compression
    step: reporting.Step


def _found(source: str, root: Path, packing: _Packing | None) -> tuple[ReleasedImage, ...]:
    found = _from_layout(source, root)
    # Docker writes layouts with plain layers, and manifest.json beside them for older readers.
    if (found and all(map(_is_compressed, found))) or not (root / "manifest.json").is_file():
        return found
    return tuple(_from_archive(source, root, row, packing) for row in _json(root / "manifest.json"))


def _unpacked(source: str, folder: Path) -> Path:
    path = Path(source)
    if path.is_dir():
        return path
    archive = path if path.is_file() else _saved(source, folder / "saved.tar")
    try:
        with tarfile.open(archive) as file:
            _extract(file, folder / "unpacked")
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise SettingsError(f"{source} is no archive of an image: {error}", hint=_HINT) from error
    if archive != path:
        archive.unlink()
    return folder / "unpacked"


def _extract(file: tarfile.TarFile, target: Path) -> None:
    if hasattr(tarfile, "data_filter"):
        file.extractall(target, filter="data")
        return
    # Debian 12's Python 3.11.2 has no filters (PEP 706): only what can lead nowhere else is unpacked there.
    members = [each for each in file if each.isreg() or each.isdir()]
    for each in members:
        if not (target / each.name).resolve().is_relative_to(target.resolve()):
            raise tarfile.ExtractError(f"{each.name!r} would be extracted outside of the folder")
    file.extractall(target, members)  # noqa: S202 - see above


def _saved(name: str, archive: Path) -> Path:
    engine = find_engine()
    engine.inspect_image(name)  # tells better than save does that there is none
    engine.call("image", "save", "-o", archive, name, doing=f"reading the image {name}", timeout_seconds=_SAVE_SECONDS)
    return archive


def _json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise SettingsError(f"{path.name} of the image is not JSON: {error}") from error


def _from_archive(source: str, root: Path, row: dict[str, Any], packing: _Packing | None) -> ReleasedImage:
    """Return an image of `docker save`; its plain layers are compressed, or stay plain without `packing`."""
    config = Blob.of(_inside(root, row["Config"]), _CONFIG)
    diff_ids = json.loads(config.path.read_bytes())["rootfs"]["diff_ids"]
    layers = tuple(
        _layer(_inside(root, name), diff_id, packing, number)
        for number, (name, diff_id) in enumerate(zip(row["Layers"], diff_ids, strict=True))
    )
    content = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": config.descriptor(),
        "layers": [layer.descriptor() for layer in layers],
    }
    return ReleasedImage(source, _manifest(content, _MANIFEST), config, layers)


def _inside(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise SettingsError(f"the image names a part that is not in it: {name}")
    return path


def _layer(path: Path, diff_id: str, packing: _Packing | None, number: int) -> Blob:
    if compressed := compression_of(path):
        return Blob.of(path, COMPRESSED_LAYER[compressed])
    if (found := f"sha256:{sha256_of(path)}") != diff_id:
        raise ImageError(f"a layer of the image is {found}, and its configuration says {diff_id}")
    if packing is None:
        return Blob.of(path, _PLAIN_LAYER)
    packing.step.update("compressing")
    target = packing.folder / f"layer-{number}"
    compress(path, target, packing.compression)
    return Blob.of(target, COMPRESSED_LAYER[packing.compression])


def _from_layout(source: str, root: Path) -> tuple[ReleasedImage, ...]:
    index = _json(root / "index.json") if (root / "index.json").is_file() else {"manifests": []}
    # An image with several names is there once for each.
    rows = {row["digest"]: row for row in _leaves(root, index)}
    return tuple(_from_manifest(source, root, row) for row in rows.values())


def _leaves(root: Path, index: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the descriptors of manifests in an index and the indexes below it, without attestations."""
    for row in index["manifests"]:
        if row["mediaType"] in INDEX_TYPES:
            yield from _leaves(root, _json(_blob_path(root, row["digest"])))
        elif (row.get("platform") or {}).get("os") != "unknown":
            yield row


def _from_manifest(source: str, root: Path, row: dict[str, Any]) -> ReleasedImage:
    manifest = Manifest(_blob_path(root, row["digest"]).read_bytes(), row["mediaType"])
    if manifest.digest != row["digest"]:
        raise ImageError(f"the manifest of {source} is {manifest.digest}, and its index says {row['digest']}")
    named = manifest.parsed()
    config, *layers = (_checked(root, each) for each in (named["config"], *named["layers"]))
    return ReleasedImage(source, manifest, config, tuple(layers))


def _is_compressed(image: ReleasedImage) -> bool:
    return not any(layer.media_type.endswith("tar") for layer in image.layers)


def _checked(root: Path, descriptor: dict[str, Any]) -> Blob:
    blob = Blob.of(_blob_path(root, descriptor["digest"]), descriptor["mediaType"])
    if blob.digest != descriptor["digest"]:
        raise ImageError(f"a blob of the image is {blob.digest}, and its manifest says {descriptor['digest']}")
    return blob


def _blob_path(root: Path, digest: str) -> Path:
    return _inside(root, f"blobs/{digest.replace(':', '/', 1)}")


def _manifest(content: dict[str, Any], media_type: str) -> Manifest:
    return Manifest(json.dumps(content, sort_keys=True, separators=(",", ":")).encode(), media_type)
