"""What this project was tested with: lock files, one row an artifact, each with the digest of its bytes.

Data only. The rows are written by `scripts/update_pins.py`; nothing here knows where the files come from.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka_native.errors import SettingsError

__all__ = [
    "DEFAULT_KAFKA_VERSION",
    "PinnedArtifact",
    "kafka_versions",
    "load_kafka_lock",
    "load_lock",
    "parse_lock",
    "text_of",
]

DEFAULT_KAFKA_VERSION = "4.3.1"
"""The version that is built when the user names none."""

_FOLDER = Path(__file__).parent
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OPTIONAL = ("classifier", "extension")
_TEXTS = ("group", "artifact", "version", "sha256", "license")


@dataclass(frozen=True)
class PinnedArtifact:
    """A jar of a Maven repository.

    Args:
        group: Its group id.
        artifact: Its artifact id.
        version: Its version.
        sha256: The digest of its bytes, 64 lower-case hexadecimal digits.
        size_bytes: Its size.
        license: Its license as an SPDX expression, from its POM or the POM's parents.
        classifier: Which of the artifact's further jars it is, such as "test"; empty for the artifact itself.
        extension: The kind of file.
    """

    group: str
    artifact: str
    version: str
    sha256: str
    size_bytes: int
    license: str
    classifier: str = ""
    extension: str = "jar"

    @property
    def name(self) -> str:
        """What there is one of in a lock file: the group id, the artifact id and the classifier, if any."""
        return ":".join(filter(None, (self.group, self.artifact, self.classifier)))

    @property
    def file_name(self) -> str:
        """The name of the file."""
        return "-".join(filter(None, (self.artifact, self.version, self.classifier))) + f".{self.extension}"

    @property
    def path(self) -> str:
        """Where the jar lies under the root of a Maven repository (the Maven 2 layout)."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file_name}"


def kafka_versions() -> tuple[str, ...]:
    """Return the Kafka versions that have a lock file: the default one first, then the newest first."""
    versions = [path.stem.removeprefix("kafka-") for path in _FOLDER.glob("kafka-*.json")]
    by_age = sorted(versions, key=lambda each: [int(part) for part in each.split(".")], reverse=True)
    return tuple(sorted(by_age, key=lambda each: each != DEFAULT_KAFKA_VERSION))


def text_of(name: str) -> str:
    """Return the text of a data file beside the lock files."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def load_kafka_lock(kafka_version: str) -> tuple[PinnedArtifact, ...]:
    """Return the jars of a Kafka version: the broker with all it needs at run time, and its log4j binding.

    Args:
        kafka_version: For instance "4.3.1".

    Raises:
        SettingsError: When no lock file exists for that version.
    """
    if kafka_version not in kafka_versions():
        raise SettingsError(
            f"Kafka {kafka_version} is not among the pinned versions: {', '.join(kafka_versions())}",
            hint=f"choose one of them, or pin it with scripts/update_pins.py --kafka {kafka_version} --write",
        )
    return load_lock(f"kafka-{kafka_version}")


def load_lock(name: str) -> tuple[PinnedArtifact, ...]:
    """Return the artifacts of a lock file, in the order of the file.

    Args:
        name: The file's name without `.json`, such as "kafka-4.3.1" or "graalvm-25.0.2".

    Raises:
        SettingsError: When there is no such file, or a row of it cannot be trusted.
    """
    path = _FOLDER / f"{name}.json"
    if not path.is_file():
        raise SettingsError(f"there is no lock file {name}", hint="see scripts/update_pins.py --help")
    return parse_lock(path.read_text(encoding="utf-8"), path.name)


def parse_lock(text: str, name: str) -> tuple[PinnedArtifact, ...]:
    """Return the artifacts in the text of a lock file.

    Args:
        text: A JSON list of objects with the fields of `PinnedArtifact`.
        name: What to call the file in a message.

    Raises:
        SettingsError: When a row lacks a field or a proper digest, or an artifact is there twice.
    """
    try:
        rows = json.loads(text)
    except ValueError as error:
        raise _unusable(name, str(error)) from error
    if not isinstance(rows, list) or not rows:
        raise _unusable(name, "it is not a list of artifacts")
    artifacts = tuple(_parse_row(row, f"row {number}", name) for number, row in enumerate(rows, start=1))
    names = [each.name for each in artifacts]
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise _unusable(name, f"{', '.join(twice)} is there more than once")
    return artifacts


def _parse_row(row: Any, place: str, name: str) -> PinnedArtifact:  # noqa: ANN401 - whatever the file holds
    if not isinstance(row, dict) or row.keys() - {*_OPTIONAL} != {*_TEXTS, "size_bytes"}:
        fields = f"{', '.join(_TEXTS)} and size_bytes, and none but {' and '.join(_OPTIONAL)} besides"
        raise _unusable(name, f"{place} must have exactly the fields {fields}")
    if not all(isinstance(row[each], str) and row[each] for each in row.keys() - {"size_bytes"}):
        raise _unusable(name, f"{place} has an empty field")
    if not _SHA256.fullmatch(row["sha256"]):
        raise _unusable(name, f"{place} ({row['artifact']}) has no SHA-256 of 64 hexadecimal digits")
    if type(row["size_bytes"]) is not int or row["size_bytes"] <= 0:
        raise _unusable(name, f"{place} ({row['artifact']}) has no size")
    return PinnedArtifact(**row)


def _unusable(name: str, reason: str) -> SettingsError:
    return SettingsError(
        f"the lock file {name} cannot be used: {reason}",
        hint="write it again with scripts/update_pins.py --write",
    )
