"""Refuses jars that cannot work, before anything long begins: no jars, jars for a newer Java, jars of Kafka's own."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from typing import TYPE_CHECKING, Final

from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kafka_native.distribution import Distribution, Jar
    from kafka_native.plugins.model import PlugInJar

__all__ = ["artifact_and_version", "check_conflicts", "check_jar"]

_NAME = re.compile(r"(?P<artifact>.+?)-(?P<version>\d[\w.+-]*)\.jar")
_JAVA: Final = 25
"""What the builder of GraalVM 25 reads."""
_CLASS_FILE_OF_JAVA_1: Final = 44
"""Added to a Java version it gives the major version of its class files (JVMS 4.1)."""
_MAGIC: Final = b"\xca\xfe\xba\xbe"
_HEADER_BYTES: Final = 8
_SHOWN = 3


def artifact_and_version(file_name: str) -> tuple[str, str]:
    """Return artifact and version as a jar's file name tells them; the version is empty when it does not."""
    match = _NAME.fullmatch(file_name)
    return (match["artifact"], match["version"]) if match else (file_name.removesuffix(".jar"), "")


def check_jar(path: Path) -> None:
    """Accept a file that is a jar whose classes Java 25 can read.

    Raises:
        SettingsError: When it is not there, is no jar, or is for a newer Java.
    """
    if not path.is_file():
        raise SettingsError(f"the jar {path} does not exist", hint="check the path behind --jar")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_classes(path, archive)
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise SettingsError(f"{path} is not a jar: {error}", hint="name a jar file, not a folder or a class") from error


def _check_classes(path: Path, archive: zipfile.ZipFile) -> None:
    names = [name for name in archive.namelist() if _is_class(name)]
    if not names:
        raise SettingsError(f"the jar {path} has no classes", hint="name the jar with the compiled classes")
    for name in names:
        with archive.open(name) as file:
            header = file.read(_HEADER_BYTES)
        java = int.from_bytes(header[6:8], "big") - _CLASS_FILE_OF_JAVA_1
        if header[:4] != _MAGIC:
            raise SettingsError(f"{name} in {path} is not a class file", hint="compile the jar again")
        if java > _JAVA:
            raise SettingsError(
                f"{name} in {path} is for Java {java}; what compiles here is Java {_JAVA}",
                hint=f"compile it with: javac --release {_JAVA} (or older)",
            )


def _is_class(name: str) -> bool:
    """Classes for newer Java versions (JEP 238) and module descriptors are left out: nobody need load them."""
    return name.endswith(".class") and not name.startswith("META-INF/") and not name.endswith("module-info.class")


def check_conflicts(jars: Iterable[PlugInJar], distribution: Distribution) -> None:
    """Accept jars that bring nothing which Kafka has otherwise.

    Args:
        jars: The user's.
        distribution: Kafka's.

    Raises:
        SettingsError: When one is another version of a jar of Kafka's, or has one of its classes with other content.
    """
    versions = {artifact_and_version(jar.name)[0]: jar for jar in distribution.jars}
    classes = _classes_of_kafka(distribution.jars)
    for jar in jars:
        artifact, version = artifact_and_version(jar.name)
        kafkas = versions.get(artifact)
        if kafkas is not None and version:
            raise SettingsError(
                f"{jar.path} is another version of {kafkas.name}, which is among Kafka's own jars",
                hint=f"leave it out: Kafka {distribution.kafka_version} works with {kafkas.name} only",
            )
        _check_same_classes(jar, classes, distribution)


def _classes_of_kafka(jars: Iterable[Jar]) -> dict[str, tuple[str, tuple[int, int]]]:
    return {name: (jar.name, content) for jar in jars for name, content in _contents(jar.path).items()}


def _contents(path: Path) -> dict[str, tuple[int, int]]:
    """Return size and CRC-32 of each class."""
    with zipfile.ZipFile(path) as archive:
        return {each.filename: (each.file_size, each.CRC) for each in archive.infolist() if _is_class(each.filename)}


def _check_same_classes(
    jar: PlugInJar, classes: Mapping[str, tuple[str, tuple[int, int]]], distribution: Distribution
) -> None:
    differing = [
        name for name, content in _contents(jar.path).items() if name in classes and classes[name][1] != content
    ]
    if differing:
        [(kafkas, count)] = Counter(classes[name][0] for name in differing).most_common(1)
        shown = ", ".join(name.removesuffix(".class").replace("/", ".") for name in sorted(differing)[:_SHOWN])
        more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
        raise SettingsError(
            f"{jar.path} has other versions of classes of Kafka's own jars ({count} of {kafkas}): {shown}{more}",
            hint=f"build it without what Kafka {distribution.kafka_version} brings (scope provided), or relocated",
        )
