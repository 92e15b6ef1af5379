"""Which software an image or an executable holds, and to which of it each file belongs.

The native executable is known by its digest, through the report of its build; all other files by the list that
`image build` leaves in the image. What is not in that list, or differs from it, is said to belong to nothing.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import sha256_of
from kafka_native.errors import SettingsError
from kafka_native.release.components import (
    Component,
    components_of_executable,
    find_report,
    made_by,
    purl,
    report_of,
)
from kafka_native.release.file_tree import extract, files_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafka_native.release.file_tree import ImageFile
    from kafka_native.release.images import ReleasedImage
    from kafka_native.settings import Settings

__all__ = ["Inventory", "inventory_of_executable", "inventory_of_image"]

_CONTENTS = "usr/share/doc/kafka-native/contents.json"
"""What `image build` writes into an image: of each file, what it is from."""
_RELEASE = re.compile(r"deb(\d+)u")
_SOURCES = {"libc6": "glibc", "busybox": "busybox"}
_LICENSES = {"libc6": "LGPL-2.1-or-later AND GPL-2.0-or-later", "busybox": "GPL-2.0-only"}
_EXECUTABLE = "executable"
_OURS = "kafka-native"
_SMALLEST_EXECUTABLE_BYTES = 1 << 20


@dataclass(frozen=True)
class Inventory:
    """What was found.

    Args:
        name: Of the image or executable, as the user named it.
        kind: Which of both it is.
        digest: Of the image's configuration (the id that engines show) or of the executable; with `sha256:`.
        kafka_version: The version of Kafka in it.
        made_at: When it was made, ISO 8601, as its own records say.
        components: The software in it, ordered by package URL.
        unaccounted: Files that belong to none of it.
    """

    name: str
    kind: str
    digest: str
    kafka_version: str
    made_at: str
    components: tuple[Component, ...]
    unaccounted: tuple[ImageFile, ...] = ()


def inventory_of_executable(executable: Path, settings: Settings, *, report: Path | None = None) -> Inventory:
    """Return what a native executable is made of.

    Args:
        executable: The file.
        settings: Where the cache with the build reports is.
        report: The report of its build, when it is neither beside it nor in the cache.

    Raises:
        SettingsError: When there is no report for it.
    """
    found = report_of(executable, report, settings)
    return Inventory(
        str(executable),
        "executable",
        f"sha256:{sha256_of(executable)}",
        found["kafka_version"],
        found["built_at"],
        components_of_executable(found, executable),
    )


def inventory_of_image(image: ReleasedImage, settings: Settings, *, report: dict[str, Any] | None = None) -> Inventory:
    """Return what an image holds.

    Args:
        image: The image.
        settings: Where the cache with the build reports is.
        report: The report of the build of its executable, when it is not in the cache.

    Raises:
        SettingsError: When no native executable with a known report is in it.
    """
    files = files_of(image)
    with tempfile.TemporaryDirectory() as folder:
        executable, known = _find_executable(image, files, settings, report)
        parts = components_of_executable(known, extract(image, executable.path, Path(folder) / "executable"))
        owned = _files_by_origin(image, files, executable, Path(folder) / "contents.json")
    distro = _distro(owned)
    owners = [_owner(origin, known, executable, image, distro) for origin in owned]
    claimed = [replace(owner, files=tuple(owned[origin])) for owner, origin in zip(owners, owned, strict=True) if owner]
    accounted = {file.path for each in claimed for file in each.files}
    return Inventory(
        image.source,
        "image",
        image.config.digest,
        known["kafka_version"],
        image.settings.get("created") or known["built_at"],
        tuple(sorted((*parts, *claimed), key=lambda each: each.purl)),
        tuple(file for path, file in files.items() if path not in accounted),
    )


def _find_executable(
    image: ReleasedImage, files: dict[str, ImageFile], settings: Settings, report: dict[str, Any] | None
) -> tuple[ImageFile, dict[str, Any]]:
    for file in files.values():
        if file.size_bytes < _SMALLEST_EXECUTABLE_BYTES:
            continue
        if report and report.get("executable_sha256") == file.sha256:
            return file, report
        if not report and (found := find_report(file.sha256, settings)):
            return file, found
    source = "the given report is of another executable" if report else "no build in the cache made a file of it"
    raise SettingsError(
        f"nothing tells what the executable in the image {image.source} is made of: {source}",
        hint="name the report.json of its build with --report",
    )


def _files_by_origin(
    image: ReleasedImage, files: dict[str, ImageFile], executable: ImageFile, target: Path
) -> dict[str, list[ImageFile]]:
    """Return the files of the image by what the list in it says they are from; "" for all that is not as it says."""
    listed: dict[str, dict[str, str | None]] = {}
    if _CONTENTS in files:
        listed = json.loads(extract(image, _CONTENTS, target).read_bytes()) | {f"/{_CONTENTS}": {"origin": _OURS}}
    found: dict[str, list[ImageFile]] = {_EXECUTABLE: []}
    for file in files.values():
        row = listed.get(f"/{file.path}", {})
        as_listed = row.get("sha256") in (None, file.sha256) and (row.get("link") or "") == file.link
        origin = (row.get("origin") or "") if as_listed else ""
        found.setdefault(_EXECUTABLE if file == executable else origin, []).append(file)
    return found


def _distro(origins: Iterable[str]) -> dict[str, str]:
    """Return the qualifier that tells the release of the distribution, as far as a version of a package tells it."""
    found = next((match for match in map(_RELEASE.search, origins) if match), None)
    return {"distro": f"debian-{found[1]}"} if found else {}


def _owner(
    origin: str, report: dict[str, Any], executable: ImageFile, image: ReleasedImage, distro: dict[str, str]
) -> Component | None:
    """Return the component that an origin stands for, or None for files of no known origin."""
    if origin == _EXECUTABLE:
        version, checksum = str(report["kafka_version"]), f"sha256:{executable.sha256}"
        address = purl("generic", "", "kafka-native-executable", version, checksum=checksum)
        name = "kafka-native executable"
        return Component(name, version, address, "Apache-2.0", "in the image", executable.sha256)
    if origin == _OURS:
        version = made_by(report)
        return Component(_OURS, version, purl("pypi", "", _OURS, version), "Apache-2.0", "in the image")
    return _package(origin, image, distro) if origin else None


def _package(origin: str, image: ReleasedImage, distro: dict[str, str]) -> Component:
    name, _, version = origin.partition(" ")
    vendor = "ubuntu" if "ubuntu" in version else "debian"
    address = purl("deb", vendor, name, version, arch=image.settings["architecture"], **distro)
    source = _SOURCES.get(name, name)
    return Component(name, version, address, _LICENSES.get(name, ""), "in the image", source=source)
