"""Makes an image of layers and a configuration, and loads it into a container engine. Others decide what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native.errors import ImageError
from kafka_native.image.archive import write_archive, write_manifest
from kafka_native.image.layers import write_layer
from kafka_native.settings import source_date_epoch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kafka_native.image.archive import ImageDigests
    from kafka_native.image.compression import Compression
    from kafka_native.image.engine import ContainerEngine
    from kafka_native.image.layers import WrittenLayer
    from kafka_native.image.platforms import Platform
    from kafka_native.image.root_files import Layer

__all__ = ["AssembledImage", "assemble", "load_into"]


@dataclass(frozen=True)
class AssembledImage:
    """An image that was written.

    Args:
        archive: Its file.
        tags: Its names.
        layers: Its layers, from the lowest.
        digests: What names it besides.
    """

    archive: Path
    tags: tuple[str, ...]
    layers: tuple[WrittenLayer, ...]
    digests: ImageDigests

    @property
    def compressed_bytes(self) -> int:
        """What is downloaded: all layers, compressed."""
        return sum(layer.blob.size_bytes for layer in self.layers)

    @property
    def unpacked_bytes(self) -> int:
        """What its files hold."""
        return sum(layer.unpacked_bytes for layer in self.layers)


def assemble(
    layers: Sequence[Layer],
    configuration: Mapping[str, Any],
    *,
    tags: Sequence[str],
    platform: Platform,
    folder: Path,
    compression: Compression = "gzip",
) -> AssembledImage:
    """Write an image. The same layers and configuration give the same bytes.

    Args:
        layers: What is in it, from the lowest.
        configuration: How a container runs: the part `config` of an image's configuration.
        tags: Names that it gets when it is loaded, each with its tag.
        platform: What it is for.
        folder: Where it is written.
        compression: How its layers are compressed.
    """
    blobs, archive = folder / "blobs", folder / "image.tar"
    blobs.mkdir()
    epoch = source_date_epoch() or 0
    written = []
    with reporting.current().step(f"image {', '.join(tags)}") as step:
        for layer in layers:
            step.update(f"writing the layer: {layer.title}")
            written.append(write_layer(layer, blobs, epoch, compression))
        digests = write_manifest(written, configuration, platform, blobs, epoch)
        write_archive(archive, digests, written, tags=tags, platform=platform, blobs=blobs)
    return AssembledImage(archive, tuple(tags), tuple(written), digests)


def load_into(engine: ContainerEngine, image: AssembledImage) -> None:
    """Load an image into a container engine, and see that it is there under its name.

    Raises:
        ImageError: When it cannot be loaded, or something else has its name.
    """
    with reporting.current().step(f"loading the image into {Path(engine.program).name}"):
        engine.load(image.archive)
    loaded = engine.inspect_image(image.tags[0])["Id"]
    # With containerd's image store, an image's id is that of its manifest.
    if f"sha256:{loaded.removeprefix('sha256:')}" not in (image.digests.image_id, image.digests.manifest.digest):
        raise ImageError(
            f"loading the image: {engine.program} has {loaded} under the name {image.tags[0]}, "
            f"and {image.digests.image_id} was built",
            hint="something else gave an image this name meanwhile; run the command again",
        )
