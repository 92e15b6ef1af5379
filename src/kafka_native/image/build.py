"""Builds an image: executable, system files, layers, archive, and then, if wanted, loads it into an engine."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from kafka_native import native
from kafka_native._system.commands import capture
from kafka_native._system.files import copy_into_place, explain_os_errors, sha256_of, staging_folder, tag_cache
from kafka_native.errors import ImageError, SettingsError
from kafka_native.image.assembling import assemble, load_into
from kafka_native.image.configuration import EXECUTABLE_LABEL, container_configuration, image_labels
from kafka_native.image.engine import find_engine
from kafka_native.image.packages import ensure_system_files
from kafka_native.image.platforms import check_executable, host_platform, parse_platform
from kafka_native.image.references import parse_reference
from kafka_native.image.root_files import text
from kafka_native.image.stage import stage
from kafka_native.settings import source_date_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kafka_native.image.assembling import AssembledImage
    from kafka_native.image.compression import Compression
    from kafka_native.image.engine import ContainerEngine, EngineName
    from kafka_native.image.packages import SystemFiles
    from kafka_native.image.platforms import Platform
    from kafka_native.image.root_files import Layer
    from kafka_native.settings import Settings

__all__ = [
    "COMPRESSED_BAR_BYTES",
    "UNPACKED_BAR_BYTES",
    "ImagePlan",
    "ImageReport",
    "ImageSpec",
    "Variant",
    "build_image",
    "plan_image",
]

Variant = Literal["default", "slim"]

COMPRESSED_BAR_BYTES = 30 << 20
"""What an image of the default variant may need to be downloaded: 30 MiB."""
UNPACKED_BAR_BYTES = 90_000_000
"""What its files may hold: 90 MB."""

_CONTENTS = "/usr/share/doc/kafka-native/contents.json"
_VERSION_SECONDS = 30.0


@dataclass(frozen=True)
class ImageSpec:
    """The image that the user wants.

    Args:
        build: The executable to compile, or to take from the cache, when none is given.
        executable: A native executable that is there already.
        variant: "default" has a shell and what test libraries expect; "slim" has no shell.
        platform: Such as "linux/arm64"; this machine's when None.
        tags: Names for it; one made of the Kafka version when empty.
        output: A file to write the archive to.
        load: Whether to load it into a container engine.
        engine: Into which one.
        refresh: Whether to fetch the newest packages of the distribution.
        compression: Of the layers: gzip, or zstd, which Docker before version 23 does not unpack.
    """

    build: native.BuildSpec
    executable: Path | None = None
    variant: Variant = "default"
    platform: str | None = None
    tags: tuple[str, ...] = ()
    output: Path | None = None
    load: bool = True
    engine: EngineName | None = None
    refresh: bool = False
    compression: Compression = "gzip"


@dataclass(frozen=True)
class ImagePlan:
    """What a build would do.

    Args:
        tags: The names that the image would get.
        platform: What it would be for.
        variant: Which variant.
        executable: The executable that is there, or None when one would be compiled.
        engine: What it would be loaded into, or None.
        output: Where the archive would be written, or None.
    """

    tags: tuple[str, ...]
    platform: str
    variant: Variant
    executable: str | None
    engine: str | None
    output: str | None


@dataclass(frozen=True)
class ImageReport:
    """An image that was built.

    Args:
        tags: Its names.
        image_id: The digest that the engine shows.
        manifest_digest: The digest that a registry shows.
        platform: What it is for.
        variant: Which variant.
        kafka_version: Of its executable.
        executable_sha256: Of its executable.
        compressed_bytes: What is downloaded: all layers, compressed.
        unpacked_bytes: What its files hold.
        layers: Title, compressed and unpacked size of each.
        packages: The distribution's packages in it, with versions.
        loaded_into: The engine that has it now, or None.
        output: The archive, or None.
    """

    tags: tuple[str, ...]
    image_id: str
    manifest_digest: str
    platform: str
    variant: Variant
    kafka_version: str
    executable_sha256: str
    compressed_bytes: int
    unpacked_bytes: int
    layers: tuple[dict[str, Any], ...]
    packages: tuple[str, ...]
    loaded_into: str | None
    output: str | None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class _Executable:
    path: Path
    kafka_version: str


def plan_image(spec: ImageSpec, settings: Settings) -> ImagePlan:
    """Check all that can be checked beforehand, and return what `build_image` would do; nothing is changed.

    Raises:
        SettingsError: When a tag, the platform or SOURCE_DATE_EPOCH cannot be used.
        ImageError: When the executable cannot be used.
        PrerequisiteError: When the image is to be loaded and no container engine answers.
    """
    platform, executable, engine = _checked(spec, settings)
    return ImagePlan(
        tags=_tags(spec, executable.kafka_version if executable else spec.build.kafka_version),
        platform=str(platform),
        variant=spec.variant,
        executable=str(executable.path) if executable else None,
        engine=f"{engine.program} {engine.version}" if engine else None,
        output=str(spec.output) if spec.output else None,
    )


def build_image(spec: ImageSpec, settings: Settings) -> ImageReport:
    """Build an image. The same inputs give the same bytes.

    Args:
        spec: What is wanted.
        settings: Where the cache is.

    Raises:
        SettingsError: When a tag, the platform or SOURCE_DATE_EPOCH cannot be used.
        ImageError: When the executable cannot be used, or the engine refuses the image.
        PrerequisiteError: When something is missing on this machine: a container engine, its daemon, disk space.
        FetchError: When packages, or what an executable is compiled from, cannot be had.
    """
    platform, found, engine = _checked(spec, settings)
    executable = found or _compiled(spec, settings)
    tags = _tags(spec, executable.kafka_version)
    with explain_os_errors("building the image", settings.cache_dir):
        tag_cache(settings.cache_dir)
        system = ensure_system_files(platform, settings, refresh=spec.refresh)
        with staging_folder(settings.cache_dir / "image", "build") as staged:
            report, image = _write(replace(spec, tags=tags), executable, system, platform, staged)
            if engine:
                load_into(engine, image)
            if spec.output:
                copy_into_place(image.archive, spec.output, doing=f"writing the archive {spec.output}")
    return replace(report, loaded_into=engine.program if engine else None)


def _checked(spec: ImageSpec, settings: Settings) -> tuple[Platform, _Executable | None, ContainerEngine | None]:
    platform = parse_platform(spec.platform) if spec.platform else host_platform()
    for tag in spec.tags:
        if parse_reference(tag).digest:
            raise SettingsError(
                f"--tag {tag}: the name of an image that is built has no digest", hint="leave out what begins with @"
            )
    source_date_epoch()
    if not spec.load and not spec.output:
        raise SettingsError("the image would go nowhere", hint="leave --no-load out, or give --output FILE")
    executable = _given(spec, platform, settings)
    engine = find_engine(spec.engine) if spec.load else None
    if engine and spec.compression == "zstd" and not engine.unpacks_zstd:
        raise SettingsError(
            f"{engine.program} {engine.version} cannot load an image whose layers are compressed with zstd",
            hint="leave --compression out; or write it to a file, with --output FILE and --no-load",
        )
    return platform, executable, engine


def _given(spec: ImageSpec, platform: Platform, settings: Settings) -> _Executable | None:
    """Return the executable that is there already, after seeing that it fits."""
    path = spec.executable or settings.executable
    if path:
        check_executable(path, platform)
        return _Executable(path, _version_of(path, platform) or spec.build.kafka_version)
    if platform != host_platform():
        raise ImageError(
            f"building an image for {platform}: native-image compiles for the machine that it runs on, "
            f"and this is {host_platform()}",
            hint=f"run 'kafka-native build --output FILE' on {platform}, and give that file as --executable",
        )
    built = native.find_executable(spec.build, settings)
    return _Executable(built.path, built.kafka_version) if built else None


def _version_of(path: Path, platform: Platform) -> str | None:
    """Return the version of Kafka that an executable tells, or None when it is for another machine."""
    if platform != host_platform():
        return None
    try:
        result = capture([path.absolute(), "--version"], timeout_seconds=_VERSION_SECONDS)
    except (OSError, TimeoutError) as error:
        raise ImageError(f"the executable {path} does not run: {error}", hint="is it executable? chmod +x") from error
    told = re.search(r"\d+\.\d+\.\d+\S*", result.stdout)
    if result.returncode != 0 or not told:
        raise ImageError(
            f"the executable {path} does not tell its version of Kafka", details=result.stderr or result.stdout
        )
    return told.group()


def _compiled(spec: ImageSpec, settings: Settings) -> _Executable:
    built = native.ensure_executable(spec.build, settings)
    return _Executable(built.path, built.kafka_version)


def _tags(spec: ImageSpec, kafka_version: str) -> tuple[str, ...]:
    suffix = "-slim" if spec.variant == "slim" else ""
    tags = spec.tags or (f"kafka-native:{kafka_version}{suffix}",)
    return tuple(tag if parse_reference(tag).tag else f"{tag}:latest" for tag in tags)


def _write(
    spec: ImageSpec, executable: _Executable, system: SystemFiles, platform: Platform, staged: Path
) -> tuple[ImageReport, AssembledImage]:
    shell = spec.variant == "default"
    labels = image_labels(executable.kafka_version, sha256_of(executable.path), system, with_shell=shell)
    image = assemble(
        _with_contents(stage(executable.path, system, platform, with_shell=shell)),
        container_configuration(labels),
        tags=spec.tags,
        platform=platform,
        folder=staged,
        compression=spec.compression,
    )
    return _report(spec, image, labels, kafka_version=executable.kafka_version, platform=platform), image


def _with_contents(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Add the list of all files, with what each is from: what a bill of materials is made of."""
    files = {
        entry.path: {
            "origin": entry.origin,
            "sha256": sha256_of(entry.source) if entry.source else None,
            "link": entry.target or None,
        }
        for layer in layers
        for entry in layer.entries
        if entry.kind != "directory"
    }
    *lower, top = layers
    return (*lower, replace(top, entries=(*top.entries, text(_CONTENTS, json.dumps(files, indent=1, sort_keys=True)))))


def _report(
    spec: ImageSpec, image: AssembledImage, labels: dict[str, str], *, kafka_version: str, platform: Platform
) -> ImageReport:
    return ImageReport(
        tags=spec.tags,
        image_id=image.digests.image_id,
        manifest_digest=image.digests.manifest.digest,
        platform=str(platform),
        variant=spec.variant,
        kafka_version=kafka_version,
        executable_sha256=labels[EXECUTABLE_LABEL],
        compressed_bytes=image.compressed_bytes,
        unpacked_bytes=image.unpacked_bytes,
        layers=tuple(
            {"title": each.title, "compressed_bytes": each.blob.size_bytes, "unpacked_bytes": each.unpacked_bytes}
            for each in image.layers
        ),
        packages=tuple(labels["kafka-native.packages"].split(", ")),
        loaded_into=None,
        output=str(spec.output) if spec.output else None,
    )
