"""Tells why an entry of the reachability metadata is there, and how that of two Kafka versions differs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafka_native.errors import ReachabilityMetadataError
from kafka_native.metadata.check import labels
from kafka_native.metadata.jars import CARRIED_PREFIX, RULE_PREFIX, RULES
from kafka_native.reachability import (
    FILE_NAME,
    PROVENANCE_FILE_NAME,
    configs_for,
    in_order,
    label,
    load_provenance,
    load_reachability_metadata,
)

if TYPE_CHECKING:
    from kafka_native.reachability import Fact, ReachabilityMetadata

__all__ = ["Explanation", "MetadataDiff", "diff", "explain", "load_metadata_of"]


@dataclass(frozen=True)
class Explanation:
    """Why a fact is there.

    Args:
        fact: The fact in words, such as "java.util.Map#get(java.lang.Object)".
        section: Its section, such as "reflection".
        sources: Who saw it: "native:MODULE" for tests on a tracing executable, "jvm:MODULE" for tests on the JVM with
            the recorder, "rule:NAME" for a rule.
        reasons: What the rules among them say, and where to ask about what was taken over from another version.
    """

    fact: str
    section: str
    sources: tuple[str, ...]
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class MetadataDiff:
    """How reachability metadata differs.

    Args:
        before: A Kafka version, or the path of a file.
        after: The other.
        added: Facts that only the second has, in words.
        removed: Facts that only the first has.
    """

    before: str
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return dataclasses.asdict(self)


def explain(pattern: str, kafka_version: str) -> list[Explanation]:
    """Return why each fact is there whose words match a pattern.

    Args:
        pattern: A part of it, or a pattern with `*`, such as "*ScramLoginModule*".
        kafka_version: Whose metadata.

    Raises:
        ReachabilityMetadataError: When nothing matches.
    """
    folder = configs_for(kafka_version)
    metadata = load_reachability_metadata(folder / FILE_NAME)
    provenance = load_provenance(folder / PROVENANCE_FILE_NAME)
    found = [_explain(fact, provenance.of(fact)) for fact in in_order(metadata.facts) if _matches(fact, pattern)]
    if not found:
        raise ReachabilityMetadataError(
            f"no entry of the reachability metadata for Kafka {kafka_version} matches {pattern!r}",
            hint="give a part of a class name, or a pattern such as '*Login*'; jars may also bring their own metadata",
        )
    return found


def _matches(fact: Fact, pattern: str) -> bool:
    return pattern in label(fact) or fnmatchcase(label(fact), pattern)


def _explain(fact: Fact, sources: tuple[str, ...]) -> Explanation:
    return Explanation(label(fact), fact.entry.section, sources, tuple(filter(None, map(_reason, sources))))


def _reason(source: str) -> str | None:
    if source.startswith(CARRIED_PREFIX):
        version = source.removeprefix(CARRIED_PREFIX)
        return f"brokers of Kafka {version} reached it ('--kafka-version {version}' tells in which tests)"
    return RULES.get(source.removeprefix(RULE_PREFIX)) if source.startswith(RULE_PREFIX) else None


def diff(before: str, after: str) -> MetadataDiff:
    """Return how the reachability metadata of two Kafka versions (or of two files) differs.

    Raises:
        ReachabilityMetadataError: When there is none for one of them.
    """
    first, second = load_metadata_of(before).facts, load_metadata_of(after).facts
    return MetadataDiff(before, after, labels(second - first), labels(first - second))


def load_metadata_of(version_or_path: str) -> ReachabilityMetadata:
    """Return the metadata of a Kafka version, or of a file."""
    is_path = "/" in version_or_path or version_or_path.endswith(".json")
    return load_reachability_metadata(Path(version_or_path) if is_path else configs_for(version_or_path) / FILE_NAME)
