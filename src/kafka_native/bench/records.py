"""The records of measurements: JSON lines, a header first, then a line a sample as soon as it is measured.

An interrupted run so leaves what it has measured. Nothing here knows what the samples mean.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any, Self

from kafka_native._system.files import explain_os_errors
from kafka_native.bench.machine import CpuUse, Machine, is_busy
from kafka_native.bench.samples import SAMPLE_TYPES, Sample
from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["SCHEMA", "EngineRecord", "Header", "Recorder", "Recording", "find_records", "load_recording", "was_busy"]

_MAKE = "make some: kafka-native bench all"
_NAME = "name a file that the bench has written"

SCHEMA = 1
"""Goes up when a program that reads the records must be changed."""


@dataclass(frozen=True)
class EngineRecord:
    """What was measured.

    Args:
        name: As in the samples.
        description: What it is, in a sentence.
        argv: How the broker was started.
        kafka_version: The version of Kafka, when known.
        executable_sha256: Digest of the native executable; None on the JVM.
        executable_bytes: Its size.
        java_version: What `java -version` says first; None of a native executable.
        image_id: The digest of its image; None when it runs outside of containers.
    """

    name: str
    description: str
    argv: tuple[str, ...]
    kafka_version: str | None = None
    executable_sha256: str | None = None
    executable_bytes: int | None = None
    java_version: str | None = None
    image_id: str | None = None


@dataclass(frozen=True)
class Header:
    """The first line: under which conditions the samples were taken.

    Args:
        scenario: A key of `SAMPLE_TYPES`.
        started_at: ISO 8601, UTC.
        made_by: Name and version of this program.
        git_revision: Of the clone; None when it is none. A `+` at its end: with changes.
        machine: Where.
        options: What the user chose, and what was fixed.
        engines: What was measured.
        schema: See `SCHEMA`.
    """

    scenario: str
    started_at: str
    made_by: str
    git_revision: str | None
    machine: Machine
    options: dict[str, Any]
    engines: tuple[EngineRecord, ...]
    schema: int = SCHEMA

    @property
    def name(self) -> str:
        """What its file is called, without ending: it sorts by time."""
        return f"{self.started_at.replace(':', '-')}-{self.scenario}"


@dataclass(frozen=True)
class Recording:
    """A run of one scenario.

    Args:
        header: How it was taken.
        samples: What was measured; all of the scenario's type.
        path: Where it is written; None when it is not.
    """

    header: Header
    samples: tuple[Sample, ...]
    path: Path | None = None


class Recorder:
    """Writes a recording, line by line. It is a context manager.

    Args:
        header: How it is taken.
        folder: Where the file is made.
    """

    def __init__(self, header: Header, folder: Path) -> None:
        self.header = header
        self.path = folder / f"{header.name}.jsonl"
        self._file: IO[str] | None = None
        self._samples: list[Sample] = []

    def __enter__(self) -> Self:
        with explain_os_errors("writing the records of the bench", self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("x", encoding="utf-8")
        self._write(asdict(self.header))
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def add(self, sample: Sample) -> None:
        """Write a sample."""
        self._samples.append(sample)
        self._write(asdict(sample))

    @property
    def recording(self) -> Recording:
        """What has been measured so far."""
        return Recording(self.header, tuple(self._samples), self.path)

    def _write(self, value: dict[str, Any]) -> None:
        assert self._file is not None  # noqa: S101 - told to the type checker
        with explain_os_errors("writing the records of the bench", self.path.parent):
            self._file.write(json.dumps(value) + "\n")
            self._file.flush()


def was_busy(recordings: Iterable[Recording]) -> bool:
    """Return whether others used the machine before something was measured that they disturb; sizes they do not."""
    return any(is_busy(each.header.machine.cpu_use) for each in recordings if each.header.scenario != "size")


def find_records(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the record files that are named, or lie in folders that are named, the oldest first.

    Raises:
        BenchError: When there is none.
    """
    found = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    if not found:
        raise BenchError(
            f"there are no records in {', '.join(map(str, paths))}", hint="make some: kafka-native bench all"
        )
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.name))


def load_recording(path: Path) -> Recording:
    """Read a record file; a last line that was cut by a kill is left out.

    Raises:
        BenchError: When it is none, or of another schema.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(
            f"reading the records {path}: {error}", hint="name a file that the bench has written"
        ) from error
    try:
        header = _parse_header(json.loads(lines[0]), path)
        return Recording(header, tuple(_parse_samples(header.scenario, lines[1:])), path)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BenchError(
            f"reading the records {path}: they are damaged, or not of the bench ({error})",
            hint=_NAME,
        ) from error


def _parse_header(value: dict[str, Any], path: Path) -> Header:
    if value["schema"] != SCHEMA:
        raise BenchError(
            f"the records {path} are of schema {value['schema']}, and this program reads {SCHEMA}",
            hint="render them with the version that made them",
        )
    machine = value["machine"]
    return Header(
        **value
        | {
            "machine": Machine(**machine | {"cpu_use": CpuUse(**machine["cpu_use"])}),
            "engines": tuple(EngineRecord(**each | {"argv": tuple(each["argv"])}) for each in value["engines"]),
        }
    )


def _parse_samples(scenario: str, lines: list[str]) -> Iterator[Sample]:
    kind = SAMPLE_TYPES[scenario]
    for number, line in enumerate(lines):
        try:
            value = json.loads(line)
        except ValueError:
            if number == len(lines) - 1:
                return
            raise
        yield kind(**value)
