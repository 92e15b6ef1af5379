#!/usr/bin/env python3
"""Writes the lock files of `kafka_native.pins`: what Maven resolves, with digests of what it downloaded.

It needs `mvn` (3.6 or newer) and a network. Without --write it only shows what would change.
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import json
import sys
import tempfile
import xml.etree.ElementTree as ET
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import urllib3

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "src"))

from kafka_native import pins  # noqa: E402
from kafka_native._system.commands import run  # noqa: E402
from kafka_native._system.files import sha256_of, write_text  # noqa: E402
from kafka_native.distribution import repository_url  # noqa: E402
from kafka_native.errors import KafkaNativeError  # noqa: E402
from kafka_native.plugins.presets import load_preset  # noqa: E402
from kafka_native.settings import load_settings  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIST = (
    "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:list",
    "-DincludeScope=runtime",
    "-DoutputAbsoluteArtifactFilename=true",
)
_LISTED = "   "
_PROJECT = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kafka-native</groupId><artifactId>pins</artifactId><version>1</version>
  <dependencies>{}</dependencies>
</project>
"""
_DEPENDENCY = """
    <dependency>
      <groupId>{0.group}</groupId><artifactId>{0.artifact}</artifactId><version>{0.version}</version>
      <classifier>{0.classifier}</classifier>
      <exclusions>{1}</exclusions>
    </dependency>
"""
_EXCLUSION = "<exclusion><groupId>{0.group}</groupId><artifactId>{0.artifact}</artifactId></exclusion>"
_POM = "{http://maven.apache.org/POM/4.0.0}"
_SPDX = {
    "Apache-2.0": (
        "Apache 2.0 License",
        "Apache License 2.0",
        "Apache License, Version 2.0",
        "The Apache License, Version 2.0",
        "The Apache Software License, Version 2.0",
    ),
    "BSD-2-Clause": ("BSD 2-Clause License",),
    "BSD-3-Clause": ("Go License", "The BSD License", "Eclipse Distribution License - v 1.0", "EDL 1.0"),
    "CC0-1.0": ("Public Domain, per Creative Commons CC0",),
    "GPL-2.0-only WITH Classpath-exception-2.0": (
        "GNU General Public License, version 2, with the Classpath Exception",
    ),
    "MIT": ("MIT License", "The MIT License"),
    "UPL-1.0": ("Universal Permissive License, Version 1.0",),
}
_SPDX_OF = {name: spdx for spdx, names in _SPDX.items() for name in (spdx, *names)}


class Coordinates(NamedTuple):
    """Names an artifact in a Maven repository."""

    group: str
    artifact: str
    version: str
    classifier: str = ""

    @property
    def folder(self) -> str:
        """Where the artifact's files lie under a repository's root."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}"


# Kafka's tools name Connect's whole web server, for one tool that is about Connect's plug-ins.
_NOT_WANTED = (
    Coordinates("org.apache.kafka", "connect-runtime", ""),
    # 70 MB of native code for the stores of Kafka Streams; programs of tests keep theirs in memory.
    Coordinates("org.rocksdb", "rocksdbjni", ""),
    # Both tools and shell name a web server's JSON provider, and no class of theirs uses it.
    Coordinates("com.fasterxml.jackson.jakarta.rs", "jackson-jakarta-rs-json-provider", ""),
)
# A jar with a classifier has the POM of its artifact, and that is a root or comes with one.
_NOTHING = (Coordinates("*", "*", ""),)
_TOOLS = ("kafka-tools", "kafka-shell")
_TEST_FIXTURES_SINCE = (4, 4)


def main() -> int:
    """Resolve, show the difference, and write when told to."""
    arguments = _parse_arguments()
    locks = {
        f"kafka-{version}": [*kafka_roots(version), *command_line_tools(version), tiered_storage(version)]
        for version in arguments.kafka
    }
    locks |= {f"streams-{version}": streams_roots(version) for version in arguments.streams}
    locks |= {f"graalvm-{version}": graalvm_roots(version) for version in arguments.graalvm}
    locks |= {f"preset-{name}": preset_roots(name) for name in arguments.preset}
    if not locks:
        sys.exit("name at least one version; see --help")
    kafkas = {each.name for each in pins.load_kafka_lock(pins.DEFAULT_KAFKA_VERSION)}
    for name, roots in locks.items():
        pinned = [pin(path) for path in resolve(roots).items()]
        # What a preset needs and Kafka has is taken from Kafka.
        text = render_lock(each for each in pinned if not name.startswith("preset-") or each.name not in kafkas)
        pins.parse_lock(text, name)
        _show_or_write(REPOSITORY / "src/kafka_native/pins" / f"{name}.json", text, write=arguments.write)
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kafka", nargs="+", default=[], metavar="VERSION", help="Kafka versions to pin")
    parser.add_argument("--streams", nargs="+", default=[], metavar="VERSION", help="Kafka Streams to pin, for tests")
    parser.add_argument("--graalvm", nargs="+", default=[], metavar="VERSION", help="image builders to pin")
    parser.add_argument("--preset", nargs="+", default=[], metavar="NAME", help="presets of plug-ins to pin")
    parser.add_argument("--write", action="store_true", help="write the lock files")
    return parser.parse_args()


def kafka_roots(version: str) -> list[Coordinates]:
    """Return what a Kafka broker is made of.

    The log4j binding is what Kafka's build.gradle names `releaseOnly`: it is in a release's `libs` but in no
    POM. It has the version of the log4j-core that Kafka's own POM asks for.
    """
    program = Coordinates("org.apache.kafka", "kafka_2.13", version)
    found = {each.artifact: each.version for each in resolve([program])}
    slf4j = "log4j-slf4j-impl" if found["slf4j-api"].startswith("1.") else "log4j-slf4j2-impl"
    binding = ("log4j-core", "log4j-api", "log4j-1.2-api", slf4j)
    return [program, *(Coordinates("org.apache.logging.log4j", each, found["log4j-core"]) for each in binding)]


def command_line_tools(version: str) -> list[Coordinates]:
    """Return the jars with Kafka's command-line tools; a version may come out with some of them missing."""
    jars = [Coordinates("org.apache.kafka", each, version) for each in _TOOLS]
    published = [each for each in jars if is_published(each)]
    for each in sorted(set(jars) - set(published)):
        print(f"{each.artifact} {version} is not published: its tools will be missing", file=sys.stderr)
    return published


def is_published(coordinates: Coordinates) -> bool:
    """Return whether the Maven repository has the jar of an artifact."""
    name = f"{coordinates.artifact}-{coordinates.version}.jar"
    url = f"{repository_url(load_settings())}/{coordinates.folder}/{name}"
    status = urllib3.request("HEAD", url).status
    if status not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
        sys.exit(f"{url}: the repository answered {status}")
    return status == HTTPStatus.OK


def tiered_storage(version: str) -> Coordinates:
    """Return the jar with Kafka's own remote storage on a local disk, which it publishes among its tests.

    The class is `LocalTieredStorage`. Of what the jar's other classes would need, it needs nothing as long as it is
    told its folder. Since 4.4 it is in a jar of its own, without the tests.
    """
    is_fixture = tuple(map(int, version.split(".")[:2])) >= _TEST_FIXTURES_SINCE
    return Coordinates("org.apache.kafka", "kafka-storage", version, "test-fixtures" if is_fixture else "test")


def streams_roots(version: str) -> list[Coordinates]:
    """Return Kafka Streams, whose programs are clients."""
    return [Coordinates("org.apache.kafka", "kafka-streams", version)]


def graalvm_roots(version: str) -> list[Coordinates]:
    """Return the native-image builder."""
    return [Coordinates("org.graalvm.nativeimage", "svm", version)]


def preset_roots(name: str) -> list[Coordinates]:
    """Return what a preset of `presets.json` names."""
    return [Coordinates(*root.split(":")) for root in load_preset(name).roots]


def resolve(roots: Iterable[Coordinates]) -> dict[Coordinates, Path]:
    """Return the run-time class path that Maven gives a project with these dependencies, and the files."""
    dependencies = "".join(_DEPENDENCY.format(each, _exclusions(each)) for each in roots)
    with tempfile.TemporaryDirectory() as folder:
        project, listing = Path(folder, "pom.xml"), Path(folder, "list.txt")
        project.write_text(_PROJECT.format(dependencies), encoding="utf-8")
        argv = ("mvn", "--batch-mode", "--strict-checksums", "--file", project, *_LIST)
        result = run([*argv, f"-DoutputFile={listing}"])
        if result.returncode != 0:
            sys.exit(f"mvn failed:\n{result.tail(30)}")
        lines = listing.read_text(encoding="utf-8").splitlines()
    return dict(_parse_line(line) for line in lines if line.startswith(_LISTED))


def _exclusions(root: Coordinates) -> str:
    return "".join(_EXCLUSION.format(each) for each in (_NOTHING if root.classifier else _NOT_WANTED))


def _parse_line(line: str) -> tuple[Coordinates, Path]:
    # "   GROUP:ARTIFACT:TYPE[:CLASSIFIER]:VERSION:SCOPE:PATH -- module NAME"
    names, _, path = line.strip().partition(" -- ")[0].partition(":/")
    group, artifact, kind, *classifier, version, _ = names.split(":")
    if kind != "jar" or not path:
        sys.exit(f"only jars can be pinned, Maven gave: {line.strip()}")
    return Coordinates(group, artifact, version, *classifier), Path("/", path)


def pin(resolved: tuple[Coordinates, Path]) -> pins.PinnedArtifact:
    """Return the row of a file in the local Maven repository."""
    coordinates, path = resolved
    repository = Path(str(path.parent).removesuffix(coordinates.folder))
    group, artifact, version, classifier = coordinates
    license_name = license_of(coordinates, repository)
    return pins.PinnedArtifact(group, artifact, version, sha256_of(path), path.stat().st_size, license_name, classifier)


def license_of(coordinates: Coordinates, repository: Path) -> str:
    """Return the license of an artifact as an SPDX expression; a POM without one has that of its parent."""
    path = repository / coordinates.folder / f"{coordinates.artifact}-{coordinates.version}.pom"
    pom = ET.parse(path).getroot()  # noqa: S314 - checked by Maven
    names = [name.text or "" for name in pom.iterfind(f"{_POM}licenses/{_POM}license/{_POM}name")]
    parent = pom.find(f"{_POM}parent")
    if not names and parent is not None:
        fields = (parent.findtext(f"{_POM}{field}", "") for field in ("groupId", "artifactId", "version"))
        return license_of(Coordinates(*fields), repository)
    unknown = [name for name in names if name.strip() not in _SPDX_OF]
    if unknown or not names:
        sys.exit(f"{coordinates}: no SPDX name is known for its license {unknown}; add it to _SPDX")
    return " OR ".join(sorted({_SPDX_OF[name.strip()] for name in names}))


def render_lock(artifacts: Iterable[pins.PinnedArtifact]) -> str:
    """Return the text of a lock file: one line an artifact, so that a diff reads as a list of changes."""
    ordered = sorted(artifacts, key=lambda each: (each.group, each.artifact, each.classifier))
    return "[\n" + ",\n".join("  " + json.dumps(_row(each)) for each in ordered) + "\n]\n"


def _row(artifact: pins.PinnedArtifact) -> dict[str, str | int]:
    fields = dataclasses.asdict(artifact)
    defaults = {"classifier": "", "extension": "jar"}
    return {name: value for name, value in fields.items() if value != defaults.get(name)}


def _show_or_write(path: Path, text: str, *, write: bool) -> None:
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    names = f"a/{path.name}", f"b/{path.name}"
    lines = difflib.unified_diff(before.splitlines(), text.splitlines(), *names, lineterm="", n=0)
    print("\n".join(lines) or f"{path.name}: unchanged")
    if write and text != before:
        write_text(path, text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KafkaNativeError as error:
        sys.exit(f"{error}\nhint: {error.hint}")
