"""Finds JDKs on this machine and tells what they are. Installs nothing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native._system.commands import find_program
from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Jdk", "find_jdks", "load_jdk"]

_JVM_FOLDERS = (Path("/usr/lib/jvm"), Path("/usr/java"), Path("/opt"))
_VERSION = re.compile(r"\d+(?:\.\d+)*(?:\+\d+)?")


@dataclass(frozen=True)
class Jdk:
    """A JDK with a Java compiler.

    Args:
        home: Its folder.
        version: Version and build number as Java writes them (JEP 322), for instance "25.0.3+9".
        vendor: Who built it, as its `release` file says.
    """

    home: Path
    version: str
    vendor: str

    @property
    def feature(self) -> int:
        """The feature release: 25 for "25.0.3+9"."""
        return int(re.split(r"[.+]", self.version)[0])

    @property
    def java(self) -> Path:
        """The `java` program."""
        return self.home / "bin" / "java"

    @property
    def javac(self) -> Path:
        """The `javac` program."""
        return self.home / "bin" / "javac"

    def __str__(self) -> str:
        """Return it as one reads it in a message."""
        return f"JDK {self.version} ({self.vendor}) in {self.home}"


def load_jdk(home: Path) -> Jdk | None:
    """Return the JDK in a folder, or None when there is none (a JRE without `javac` is none)."""
    try:
        # Whatever bears that name: folders such as /opt hold more than JDKs.
        release = _parse_release((home / "release").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    found = _VERSION.match(release.get("JAVA_RUNTIME_VERSION", release.get("JAVA_VERSION", "")))
    if not found or not (home / "bin" / "javac").exists():
        return None
    return Jdk(home, found.group(), release.get("IMPLEMENTOR", "unknown vendor"))


def _parse_release(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines())
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def find_jdks(environment: Mapping[str, str] = os.environ, folders: Iterable[Path] = _JVM_FOLDERS) -> list[Jdk]:
    """Return every JDK of this machine, the one that the user points to first.

    Args:
        environment: `NATIVE_KAFKA_JDK_HOME`, `JAVA_HOME` and `PATH` are read.
        folders: Where JDKs are installed side by side.

    Raises:
        SettingsError: When `NATIVE_KAFKA_JDK_HOME` names a folder that holds no JDK.
    """
    explicit = environment.get("NATIVE_KAFKA_JDK_HOME")
    if explicit:
        jdk = load_jdk(Path(explicit))
        if jdk is None:
            raise SettingsError(
                f"NATIVE_KAFKA_JDK_HOME is {explicit}, but no JDK is there (no release file, or no bin/javac)",
                hint="point it to the home of a JDK 25, or unset it",
            )
        return [jdk]
    homes = {home.resolve(): None for home in _candidates(environment, folders)}
    return [jdk for home in homes if (jdk := load_jdk(home))]


def _candidates(environment: Mapping[str, str], folders: Iterable[Path]) -> Iterable[Path]:
    if java_home := environment.get("JAVA_HOME"):
        yield Path(java_home)
    if javac := find_program("javac", environment):
        yield Path(javac).resolve().parent.parent
    for folder in folders:
        yield from sorted(folder.glob("*"), reverse=True)
