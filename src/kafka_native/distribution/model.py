"""What the steps after this one need to know of Kafka: its version, its jars, and one digest over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import digest_of_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Distribution", "Jar", "digest_of_jars"]


@dataclass(frozen=True)
class Jar:
    """A jar file.

    Args:
        path: Where it lies on this machine.
        sha256: The digest of its bytes, 64 hexadecimal digits.
        name: Its file name, by which jars are ordered.
    """

    path: Path
    sha256: str
    name: str


@dataclass(frozen=True)
class Distribution:
    """The jars that make a Kafka broker. Make one with `Distribution.of`.

    Args:
        kafka_version: For instance "4.3.1".
        jars: The jars, ordered by name.
        digest: One SHA-256 over the version and the names and digests of the jars; not over where they lie.
    """

    kafka_version: str
    jars: tuple[Jar, ...]
    digest: str

    @classmethod
    def of(cls, kafka_version: str, jars: Iterable[Jar]) -> Distribution:
        """Return the distribution of these jars, given in any order."""
        ordered = tuple(sorted(jars, key=lambda jar: (jar.name, jar.sha256)))
        digest = digest_of_jars(kafka_version, ((jar.name, jar.sha256) for jar in ordered))
        return cls(kafka_version, ordered, digest)

    @property
    def class_path(self) -> tuple[Path, ...]:
        """The jars' paths, ordered by file name, so that equal distributions give equal class paths."""
        return tuple(jar.path for jar in self.jars)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        jars = [{"name": jar.name, "path": str(jar.path), "sha256": jar.sha256} for jar in self.jars]
        return {"kafka_version": self.kafka_version, "digest": self.digest, "jars": jars}


def digest_of_jars(kafka_version: str, jars: Iterable[tuple[str, str]]) -> str:
    """Return one SHA-256 over a version and pairs of file name and SHA-256, whatever their order."""
    return digest_of_text(kafka_version, *(f"{sha256} {name}" for name, sha256 in sorted(jars)))
