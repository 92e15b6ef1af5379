"""Writes an image as one archive that `docker load`, `podman load` and registries' tools read.

The archive is an OCI image layout (https://github.com/opencontainers/image-spec, image-layout.md) with the
`manifest.json` of `docker save` beside it, as Docker itself writes them since version 25. Its bytes depend on its
inputs only: nothing in it knows where or when it was written.
"""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kafka_native.image.layers import write_blob

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kafka_native.image.layers import Blob, WrittenLayer
    from kafka_native.image.platforms import Platform

__all__ = ["ImageDigests", "write_archive", "write_manifest"]

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True)
class ImageDigests:
    """What names an image.

    Args:
        image_id: The configuration's digest, which `docker images` shows.
        manifest: The manifest, whose digest registries show.
    """

    image_id: str
    manifest: Blob


def write_manifest(
    layers: Sequence[WrittenLayer], configuration: Mapping[str, Any], platform: Platform, blobs: Path, epoch: int
) -> ImageDigests:
    """Write an image's configuration and manifest among its blobs.

    Args:
        layers: Its layers, from the lowest.
        configuration: How a container runs: the part `config` of the configuration.
        platform: What it is for.
        blobs: The folder of blobs.
        epoch: When it was made, in seconds since 1970.
    """
    created = datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z")
    config = {
        "architecture": platform.architecture,
        "os": "linux",
        "created": created,
        "config": configuration,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [{"created": created, "created_by": f"kafka-native image build: {each.title}"} for each in layers],
    }
    config_blob = write_blob(_json(config), blobs)
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _descriptor(_CONFIG, config_blob),
        "layers": [_descriptor(each.media_type, each.blob) for each in layers],
    }
    return ImageDigests(config_blob.digest, write_blob(_json(manifest), blobs))


def _descriptor(media_type: str, blob: Blob) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": blob.digest, "size": blob.size_bytes}


def write_archive(
    target: Path,
    digests: ImageDigests,
    layers: Sequence[WrittenLayer],
    *,
    tags: Sequence[str],
    platform: Platform,
    blobs: Path,
) -> None:
    """Write the archive of an image whose blobs are there.

    Args:
        target: The archive.
        digests: What names the image.
        layers: Its layers, from the lowest.
        tags: Names that it gets when it is loaded, each with its tag.
        platform: What it is for.
        blobs: The folder of blobs.
    """
    index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": _index_entries(digests, tags, platform)}
    docker = {
        "Config": _path(digests.image_id),
        "RepoTags": list(tags),
        "Layers": [_path(each.blob.digest) for each in layers],
    }
    texts = {"oci-layout": {"imageLayoutVersion": "1.0.0"}, "index.json": index, "manifest.json": [docker]}
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        for name, value in texts.items():
            data = _json(value)
            _add(tar, name, len(data), io.BytesIO(data))
        for folder in ("blobs", "blobs/sha256"):
            _add(tar, folder, 0, None)
        for blob in sorted(blobs.iterdir()):
            with blob.open("rb") as content:
                _add(tar, f"blobs/sha256/{blob.name}", blob.stat().st_size, content)


def _index_entries(digests: ImageDigests, tags: Sequence[str], platform: Platform) -> list[dict[str, Any]]:
    entry = _descriptor(_MANIFEST, digests.manifest)
    entry["platform"] = {"architecture": platform.architecture, "os": "linux"}
    names = [
        {"io.containerd.image.name": _familiar(tag), "org.opencontainers.image.ref.name": tag.rpartition(":")[2]}
        for tag in tags
    ]
    return [entry | {"annotations": each} for each in names] or [entry]


def _familiar(tag: str) -> str:
    """Return a name with the registry that Docker adds when there is none."""
    first, slash, _ = tag.partition("/")
    if slash and (set(".:") & set(first) or first == "localhost"):
        return tag
    return f"docker.io/{tag}" if slash else f"docker.io/library/{tag}"


def _path(digest: str) -> str:
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"


def _add(tar: tarfile.TarFile, name: str, size: int, content: Any) -> None:  # noqa: ANN401 - a binary file
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode, member.type = (0o644, tarfile.REGTYPE) if content else (0o755, tarfile.DIRTYPE)
    tar.addfile(member, content)


def _json(value: Any) -> bytes:  # noqa: ANN401 - whatever json can write
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
