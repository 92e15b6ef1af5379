"""What a native executable is made of: jars, the launcher, the JDK's class library, GraalVM's run time, zlib.

Read from the report that each build leaves beside its executable, and from the pins. The zlib that was linked in is
read from the executable itself, since it writes its version there.
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from packageurl import PackageURL

from kafka_native import pins
from kafka_native._system.files import read_json, sha256_of
from kafka_native.distribution import pinned_digest
from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from kafka_native.release.file_tree import ImageFile
    from kafka_native.settings import Settings

__all__ = ["Component", "Role", "components_of_executable", "find_report", "made_by", "purl", "report_of"]

Role = Literal["compiled in", "build tool", "in the image"]

_BUILDER_LOCK = "graalvm-25.0.2"
_RUN_TIME_JAR = "svm"
_COORDINATES = 3
"""Group, artifact and version at least; before the version may stand a type and a classifier."""
_OPENJDK_LICENSE = "GPL-2.0-only WITH Classpath-exception-2.0"
_ZLIB = re.compile(rb" inflate (\d+(?:\.\d+)+) Copyright ")
_JAR_NAME = re.compile(r"(?P<name>.+?)-(?P<version>\d.*)\.jar")


@dataclass(frozen=True)
class Component:
    """A piece of software that is in an executable or image.

    Args:
        name: What people call it; `group:artifact` of a jar.
        version: Its version, or empty.
        purl: Its package URL (https://github.com/package-url/purl-spec).
        license: An SPDX expression, or empty when it is not known.
        role: How it got there.
        sha256: Digest of its bytes, when it is one file.
        source: The Debian source package that advisories name, when it differs from the name.
        files: Its files in the image.
    """

    name: str
    version: str
    purl: str
    license: str
    role: Role
    sha256: str = ""
    source: str = ""
    files: tuple[ImageFile, ...] = field(default=(), repr=False)


def purl(kind: str, namespace: str, name: str, version: str, **qualifiers: str) -> str:
    """Return a package URL in its canonical form."""
    return PackageURL(kind, namespace or None, name, version or None, qualifiers or None).to_string()


def find_report(executable_sha256: str, settings: Settings) -> dict[str, Any] | None:
    """Return the build report in the cache of the executable with this digest, or None."""
    folder = settings.cache_dir / "executables"
    reports = (read_json(path) for path in sorted(folder.glob("*/report.json")))
    return next((each for each in reports if each and each.get("executable_sha256") == executable_sha256), None)


def components_of_executable(report: dict[str, Any], executable: Path | None = None) -> tuple[Component, ...]:
    """Return what an executable is made of, ordered by package URL.

    Args:
        report: The report of its build; see `kafka_native.native.report.BuildReport`.
        executable: The file, in which the version of zlib is looked up; it is left out when None.

    Raises:
        SettingsError: When the report does not tell which jars went in.
    """
    plug_ins = map(_plug_in, (report.get("plug_ins") or {}).get("jars", ()))
    found = [*_jars(report), *plug_ins, _launcher(report), _class_library(report), *_builder(report)]
    if executable and (version := _zlib_version(executable)):
        found.append(
            Component("zlib", version, purl("generic", "", "zlib", version), "Zlib", "compiled in", source="zlib")
        )
    return tuple(sorted(found, key=lambda each: each.purl))


def _jars(report: dict[str, Any]) -> Iterator[Component]:
    version = report["kafka_version"]
    known = {each.sha256: each for name in _kafka_locks() for each in pins.load_kafka_lock(name)}
    if listed := report.get("jars"):
        for row in listed:
            yield _pinned(known[row["sha256"]]) if row["sha256"] in known else _unknown_jar(row)
        return
    if version not in pins.kafka_versions() or report["inputs"]["distribution"] != pinned_digest(version):
        raise SettingsError(
            f"the report of this build of Kafka {version} does not tell its jars, and they are not the pinned ones",
            hint="build the executable again with this version of kafka-native",
        )
    yield from map(_pinned, pins.load_kafka_lock(version))


def _kafka_locks() -> Iterable[str]:
    return reversed(pins.kafka_versions())


def _pinned(artifact: pins.PinnedArtifact, role: Role = "compiled in") -> Component:
    qualifiers = {"type": "jar"} | ({"classifier": artifact.classifier} if artifact.classifier else {})
    address = purl("maven", artifact.group, artifact.artifact, artifact.version, **qualifiers)
    name = f"{artifact.group}:{artifact.artifact}"
    return Component(name, artifact.version, address, artifact.license, role, artifact.sha256)


def _plug_in(row: dict[str, str]) -> Component:
    """Return a jar of the user's: under its Maven coordinates, when it was named by them."""
    parts = row.get("coordinates", "").split(":")
    if len(parts) < _COORDINATES:
        return _unknown_jar(row)
    group, artifact, version = parts[0], parts[1], parts[-1]
    address = purl("maven", group, artifact, version, type="jar")
    return Component(f"{group}:{artifact}", version, address, "", "compiled in", row["sha256"])


def _unknown_jar(row: dict[str, str]) -> Component:
    match = _JAR_NAME.fullmatch(row["name"])
    name, version = (match["name"], match["version"]) if match else (row["name"].removesuffix(".jar"), "")
    address = purl("generic", "", name, version, checksum=f"sha256:{row['sha256']}")
    return Component(name, version, address, "", "compiled in", row["sha256"])


def _launcher(report: dict[str, Any]) -> Component:
    version = made_by(report)
    address = purl("generic", "", "kafka-native-launcher", version)
    return Component("kafka-native launcher", version, address, "Apache-2.0", "compiled in")


def made_by(report: dict[str, Any]) -> str:
    """Return the version of this project that made an executable."""
    return str(report["made_by"]).removeprefix("kafka-native ")


def _class_library(report: dict[str, Any]) -> Component:
    version = str(report["toolchain"]["jdk"]).split(" ")[0]
    address = purl("generic", "openjdk", "openjdk", version)
    source = f"openjdk-{version.split('.')[0]}"
    return Component("OpenJDK class library", version, address, _OPENJDK_LICENSE, "compiled in", source=source)


def _builder(report: dict[str, Any]) -> Iterator[Component]:
    """Yield the builder's jars: the run time in one of them is compiled in, the others are tools."""
    if report["toolchain"]["provider"] != "assembled":
        jdk = str(report["toolchain"]["jdk"])
        yield Component("GraalVM", jdk, purl("generic", "oracle", "graalvm", jdk), _OPENJDK_LICENSE, "compiled in")
        return
    for artifact in pins.load_lock(_BUILDER_LOCK):
        yield _pinned(artifact, "compiled in" if artifact.artifact == _RUN_TIME_JAR else "build tool")


def _zlib_version(executable: Path) -> str:
    with executable.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        match = _ZLIB.search(content)
        return match[1].decode() if match else ""


def report_of(executable: Path, report: Path | None, settings: Settings) -> dict[str, Any]:
    """Return the build report of an executable: the given one, the one beside it, or the one in the cache.

    Raises:
        SettingsError: When there is none, or it is of another executable.
    """
    if not executable.is_file():
        raise SettingsError(f"there is no executable {executable}", hint="kafka-native build --output FILE makes one")
    digest = sha256_of(executable)
    if report is None:
        beside = read_json(executable.with_name("report.json"))
        given = beside if beside and beside.get("executable_sha256") == digest else None
        return given or find_report(digest, settings) or _no_report(str(executable))
    named = read_json(report)
    if not named or named.get("executable_sha256") != digest:
        raise SettingsError(f"{report} is not the report of the build of {executable} (SHA-256 {digest})")
    found: dict[str, Any] = named
    return found


def _no_report(what: str) -> dict[str, Any]:
    raise SettingsError(
        f"nothing tells what {what} is made of: the report of its build is neither beside it nor in the cache",
        hint="name it with --report; it is the report.json beside the executable that kafka-native build made",
    )
