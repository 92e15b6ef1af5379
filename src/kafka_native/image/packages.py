"""The few files of Debian or Ubuntu packages that an image holds: glibc and busybox.

They come from the same signed archive as the JDK of the toolchain, so that they are at least as new as the glibc that
the executable was linked with. What was fetched once is used from then on, until `refresh` is asked for: so that
images repeat, and that building works without a network.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.commands import run
from kafka_native._system.downloads import Download, fetch_all
from kafka_native._system.files import (
    exclusive,
    explain_os_errors,
    read_json,
    replace_folder,
    staging_folder,
    write_json,
)
from kafka_native.errors import ImageError
from kafka_native.toolchain.debian import PrivateApt

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.image.platforms import Platform
    from kafka_native.settings import Settings
    from kafka_native.toolchain.debian import PackageFile

__all__ = ["Package", "SystemFiles", "ensure_system_files"]

_NAMES = ("libc6", "busybox")
_TITLE = "glibc and busybox from the distribution's packages"


@dataclass(frozen=True)
class Package:
    """A package of the distribution that files of the image are from.

    Args:
        name: Its name.
        version: Its version, epoch included when it has one.
        source: The source package that it was built from, with its version, as Debian writes it.
        sha256: Of the package file.
    """

    name: str
    version: str
    source: str
    sha256: str


@dataclass(frozen=True)
class SystemFiles:
    """Unpacked packages.

    Args:
        root: The folder with their files, as they would stand under "/".
        packages: What they are.
    """

    root: Path
    packages: tuple[Package, ...]

    def package(self, name: str) -> Package:
        """Return the package of this name."""
        return next(each for each in self.packages if each.name == name)


def ensure_system_files(platform: Platform, settings: Settings, *, refresh: bool = False) -> SystemFiles:
    """Return the packages' files, fetching them when they are not in the cache.

    Args:
        platform: Whose packages.
        settings: Where the cache is.
        refresh: Fetch the newest packages even when there are some.

    Raises:
        PrerequisiteError: When this is no Debian or Ubuntu.
        FetchError: When the packages cannot be had.
    """
    folder = settings.cache_dir / "image" / f"system-{platform.architecture}"
    if not refresh and (found := _load(folder)):
        return found
    lock = settings.cache_dir / "locks" / f"image-system-{platform.architecture}"
    with exclusive(lock, f"fetching {_TITLE}"), explain_os_errors(f"fetching {_TITLE}", settings.cache_dir):
        if refresh or not _load(folder):
            _fetch(folder, platform, settings)
    loaded = _load(folder)
    assert loaded is not None  # noqa: S101 - it was put there under the lock
    return loaded


def _load(folder: Path) -> SystemFiles | None:
    packages = tuple(Package(**each) for each in read_json(folder / "packages.json") or ())
    complete = set(_NAMES) <= {each.name for each in packages}  # an older release of this project had others
    return SystemFiles(folder / "root", packages) if complete else None


def _fetch(folder: Path, platform: Platform, settings: Settings) -> None:
    with reporting.current().step(_TITLE) as step, staging_folder(folder.parent, folder.name) as staged:
        apt = PrivateApt(settings.cache_dir / "image" / f"apt-{platform.architecture}", platform.architecture)
        step.update("reading the package index")
        apt.update()
        files = apt.binary_files(*_NAMES)
        downloads = [Download(each.url, staged / each.name, each.sha256, each.size_bytes) for each in files]
        fetch_all(
            downloads,
            doing=f"downloading {_TITLE}",
            on_progress=lambda done, total: step.advance(done / 1e6, total / 1e6, "MB"),
        )
        packages = [_unpack(staged / each.name, each, staged / "root") for each in files]
        write_json(staged / "packages.json", [asdict(each) for each in packages])
        replace_folder(staged, folder)


def _unpack(path: Path, file: PackageFile, root: Path) -> Package:
    result = run(["dpkg-deb", "-x", path, root])
    fields = run(
        ["dpkg-deb", "--show", "--showformat", "${Package}\n${Version}\n${source:Package} ${source:Version}", path]
    )
    if result.returncode != 0 or fields.returncode != 0:
        raise ImageError(f"unpacking {path.name} failed", details=result.tail(), hint="run it again")
    name, version, source = fields.output.strip().splitlines()
    path.unlink()
    return Package(name, version, source, file.sha256)
