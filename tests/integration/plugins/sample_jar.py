"""Compiles the sample plug-ins (`java/sample`) into a jar with the same bytes each time, so that builds are reused."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native.distribution import ensure_distribution
from kafka_native.pins import DEFAULT_KAFKA_VERSION
from kafka_native.toolchain import ensure_jdk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kafka_native.settings import Settings

__all__ = ["compile_sample", "compile_sources", "write_jar"]

_SOURCES = Path(__file__).parent / "java" / "sample"
_SERVICES = {"META-INF/services/sample.Speaker": b"sample.LoudSpeaker\n", "sample/text.txt": b"a resource\n"}
_DATE = (2026, 1, 1, 0, 0, 0)


def compile_sample(folder: Path, settings: Settings) -> Path:
    """Compile all of the sample plug-ins and return the jar `sample-plug-ins.jar`."""
    classes = compile_sources(sorted(_SOURCES.glob("*.java")), folder / "classes", settings)
    # log4j's processor also writes metadata for native-image; without it, what is found here must do.
    files = {name: data for name, data in contents(classes).items() if not name.startswith("META-INF/native-image/")}
    return write_jar(folder / "sample-plug-ins.jar", files | _SERVICES)


def compile_sources(sources: Iterable[Path], classes: Path, settings: Settings, *options: str) -> Path:
    """Compile against Kafka's jars, with log4j's annotation processor, which writes the index of its plug-ins."""
    distribution = ensure_distribution(DEFAULT_KAFKA_VERSION, settings)
    class_path = ":".join(str(path) for path in distribution.class_path)
    javac = ensure_jdk(settings).javac
    argv = [javac, "--release", "21", "-proc:full", "-nowarn", "-d", classes, "-cp", class_path, *options, *sources]
    done = subprocess.run([str(each) for each in argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return classes


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files under a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def write_jar(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a jar with the same bytes for the same files."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    return path
