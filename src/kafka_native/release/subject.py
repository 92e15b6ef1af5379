"""What a bill of materials or a scan is of: an image or an executable, as the user names it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.files import read_json
from kafka_native.errors import ImageError, SettingsError
from kafka_native.release.images import load_images
from kafka_native.release.inventory import inventory_of_executable, inventory_of_image

if TYPE_CHECKING:
    from kafka_native.release.images import ReleasedImage
    from kafka_native.release.inventory import Inventory
    from kafka_native.settings import Settings

__all__ = ["take_inventory"]

_SHOWN = 10


def take_inventory(
    settings: Settings,
    *,
    image: str | None = None,
    executable: Path | None = None,
    report: Path | None = None,
    platform: str | None = None,
    strict: bool = False,
) -> Inventory:
    """Return what an image or an executable holds; exactly one of both must be given.

    Args:
        settings: Where the cache with the build reports is.
        image: Name in the container engine, archive, or folder of an OCI layout.
        executable: A native executable.
        report: The report of the executable's build, when it is neither beside it nor in the cache.
        platform: Which image to take, when there are several.
        strict: Refuse an image with files that belong to nothing known, instead of warning.

    Raises:
        SettingsError: When both or none are given, or there is no report.
        ImageError: When the image cannot be had, or has such files and `strict` is set.
        PrerequisiteError: When there is no container engine to ask.
    """
    if (image is None) == (executable is None):
        raise SettingsError("give either an image or --executable FILE")
    if executable:
        return inventory_of_executable(executable, settings, report=report)
    assert image is not None  # noqa: S101 - told to the type checker
    with tempfile.TemporaryDirectory() as folder:
        chosen = _chosen(load_images(image, Path(folder), compression=None), image, platform)
        found = inventory_of_image(chosen, settings, report=_read(report))
    _tell(found, strict=strict)
    return found


def _chosen(images: tuple[ReleasedImage, ...], name: str, platform: str | None) -> ReleasedImage:
    fitting = [each for each in images if platform in (None, each.platform)]
    if len(fitting) != 1:
        there = ", ".join(each.platform for each in images)
        raise SettingsError(f"{name} has images for: {there}", hint="choose one of them with --platform")
    return fitting[0]


def _read(report: Path | None) -> dict[str, object] | None:
    if report is None:
        return None
    found = read_json(report)
    if not isinstance(found, dict) or "executable_sha256" not in found:
        raise SettingsError(f"{report} is no build report", hint="give the report.json of the executable's build")
    return found


def _tell(inventory: Inventory, *, strict: bool) -> None:
    if not inventory.unaccounted:
        return
    paths = [f"/{file.path}" for file in inventory.unaccounted]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    message = f"{len(paths)} files of {inventory.name} belong to nothing known: {', '.join(paths[:_SHOWN])}{more}"
    if strict:
        raise ImageError(message, hint="build the image with kafka-native image build, and add nothing afterwards")
    reporting.current().warn(message)
