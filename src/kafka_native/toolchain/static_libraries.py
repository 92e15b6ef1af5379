"""Builds the JDK's own C code as static libraries, from JDK sources of the same version as the JDK.

Only the `*-static-libs` targets of some modules are made, about two minutes on two cores. HotSpot and everything of
java.desktop stay out, so the headers of X11, CUPS, ALSA and fontconfig are not asked for.
"""

from __future__ import annotations

import re
import shutil
import tarfile
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.files import replace_folder, staging_folder
from kafka_native.errors import ToolchainError
from kafka_native.toolchain.full_disk import run_writing

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.toolchain.jdk import Jdk

__all__ = ["TITLE", "ensure_static_libraries"]

TITLE = "static JDK libraries"

_MODULES = (
    "java.base",
    "java.instrument",
    "java.management",
    "java.prefs",
    "java.rmi",
    "java.security.jgss",
    "jdk.attach",
    "jdk.management",
    "jdk.management.agent",
    "jdk.net",
    "jdk.sctp",
    "jdk.security.auth",
)
_CONFIGURE = (
    "--enable-headless-only",
    "--with-debug-level=release",
    "--with-native-debug-symbols=none",
    "--disable-warnings-as-errors",
    "--with-freetype=bundled",
)
_DESKTOP_LIBRARY = re.compile(r"(NEEDS_LIB_(?:X11|FONTCONFIG|CUPS|FREETYPE|ALSA))=true")
_EXPECTED_FILES = 216
"""How many "Compiling ..." lines make prints for 25.0.3; only the progress display depends on it."""


def ensure_static_libraries(jdk: Jdk, sources: Path, cache_dir: Path) -> Path:
    """Build the static libraries, unless they are there.

    Args:
        jdk: The JDK that compiles the Java side of the build, of the same version as the sources.
        sources: The source archive, `openjdk-25_VERSION.orig.tar.xz`.
        cache_dir: The cache.

    Returns:
        The folder with the `.a` files.

    Raises:
        ToolchainError: When configure or make fails; its log stays in the cache and is named.
    """
    destination = cache_dir / "static-libraries" / jdk.version
    if destination.is_dir():
        return destination
    with reporting.current().step(TITLE) as step, staging_folder(destination.parent, jdk.version) as staged:
        step.update("unpacking the JDK sources")
        tree = _unpack(sources, staged)
        step.update("configure")
        _configure(tree, jdk, destination)
        _make(tree, step, destination)
        _collect(tree, staged / "libraries")
        replace_folder(staged / "libraries", destination)
    return destination


def _unpack(archive: Path, staged: Path) -> Path:
    with tarfile.open(archive) as tar:
        members = [member for member in tar if not member.name.split("/", 1)[-1].startswith("test/")]
        # Debian 12's Python 3.11.2 has no filters (PEP 706). There, the archive's digest is what it is trusted for.
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        tar.extractall(staged / "sources", members)  # noqa: S202 - see above
    tree = next((staged / "sources").iterdir())
    libraries = tree / "make/autoconf/libraries.m4"
    libraries.write_text(_DESKTOP_LIBRARY.sub(r"\1=false", libraries.read_text(encoding="utf-8")), encoding="utf-8")
    return tree


def _configure(tree: Path, jdk: Jdk, destination: Path) -> None:
    log = destination.with_name(f"{jdk.version}-configure.log")
    options = (*_CONFIGURE, f"--with-boot-jdk={jdk.home}", f"--with-version-string={jdk.version}")
    result = run_writing(["bash", "configure", *options], cwd=tree, log=log)
    if result.returncode != 0:
        raise ToolchainError(
            "configuring the JDK sources failed", details=result.tail(12), hint=f"the whole log is {log}"
        )


def _make(tree: Path, step: reporting.Step, destination: Path) -> None:
    log = destination.with_name(f"{destination.name}-make.log")
    compiled = 0

    def watch(line: str) -> None:
        nonlocal compiled
        if line.startswith("Compiling "):
            compiled += 1
            step.advance(min(compiled, _EXPECTED_FILES), _EXPECTED_FILES, "files")

    targets = [f"{module}-static-libs" for module in _MODULES]
    result = run_writing(["make", "LOG=info", *targets], cwd=tree, log=log, on_line=watch)
    if result.returncode != 0:
        raise ToolchainError(
            "compiling the static JDK libraries failed", details=result.tail(12), hint=f"the whole log is {log}"
        )


def _collect(tree: Path, destination: Path) -> None:
    destination.mkdir()
    for library in sorted(tree.glob("build/*/support/native/**/static/*.a")):
        shutil.copy2(library, destination / library.name)
    if not (destination / "libjava.a").exists():
        raise ToolchainError("the JDK build ended well but left no libjava.a", hint="report this, with the make log")
