"""Tells what is wrong with the reachability metadata of a Kafka version, without building anything."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import digest_of_text
from kafka_native.distribution import ensure_distribution
from kafka_native.metadata import jars
from kafka_native.reachability import (
    FILE_NAME,
    PROVENANCE_FILE_NAME,
    Fact,
    ReachabilityMetadata,
    configs_for,
    in_order,
    label,
    load_provenance,
    load_reachability_metadata,
    render,
)
from kafka_native.toolchain import ensure_toolchain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafka_native.reachability import Provenance
    from kafka_native.settings import Settings

__all__ = ["CheckReport", "check", "labels"]


@dataclass(frozen=True)
class CheckReport:
    """What a check has found; every tuple holds facts in words, such as "reflection java.util.Map#get(Object)".

    Args:
        kafka_version: For instance "4.3.1".
        entries: The number of entries.
        nonexistent: Fields and methods, and types with such, that are not on the class path; in an edited file only.
        looked_for: What is not there either, but was looked for (is there such a class, such a method?): it must stay.
        redundant: Said already by a jar under META-INF/native-image.
        unexplained: No source has them.
        lost: A source has them, and the metadata has not.
        underived: A rule derives them now, and the metadata has them not.
        edited: Whether the file is not the one that the last trace or merge has written.
    """

    kafka_version: str
    entries: int
    nonexistent: tuple[str, ...]
    looked_for: tuple[str, ...]
    redundant: tuple[str, ...]
    unexplained: tuple[str, ...]
    lost: tuple[str, ...]
    underived: tuple[str, ...]
    edited: bool

    @property
    def is_sound(self) -> bool:
        """Whether nothing has to be done."""
        wrong = (self.nonexistent, self.redundant, self.unexplained, self.lost, self.underived)
        return not self.edited and not any(wrong)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return dataclasses.asdict(self) | {"is_sound": self.is_sound}


def check(kafka_version: str, settings: Settings) -> CheckReport:
    """Compare the metadata of a Kafka version with its jars, the rules, and its own provenance.

    Args:
        kafka_version: A version that has metadata.
        settings: Where the cache is.

    Raises:
        ReachabilityMetadataError: When there is none, or a file of it is malformed.
    """
    folder = configs_for(kafka_version)
    metadata = load_reachability_metadata(folder / FILE_NAME)
    provenance = load_provenance(folder / PROVENANCE_FILE_NAME)
    distribution, jdk = ensure_distribution(kafka_version, settings), ensure_toolchain(settings).jdk
    said = jars.embedded(distribution.class_path).facts
    absent = jars.missing(metadata, distribution, jdk)
    edited = digest_of_text(render(metadata)) != provenance.digest
    # What a recording has was looked for; what was written by hand may be a mistake.
    looked_for = {fact for fact in absent if not edited or not (fact.attribute or _has_members(fact, metadata))}
    return CheckReport(
        kafka_version=kafka_version,
        entries=len(metadata.entries),
        nonexistent=labels(absent - looked_for),
        looked_for=labels(looked_for),
        redundant=labels(_redundant(metadata, said)),
        unexplained=labels(fact for fact in metadata.facts if not provenance.of(fact)),
        lost=_lost(metadata, provenance),
        underived=labels(_derived(jars.derive(distribution, jdk).values()) - metadata.facts - said),
        edited=edited,
    )


def labels(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return facts in words, sorted as they are written."""
    return tuple(f"{fact.entry.section} {label(fact)}" for fact in in_order(facts))


def _derived(metadata: Iterable[ReachabilityMetadata]) -> frozenset[Fact]:
    return frozenset(fact for each in metadata for fact in each.facts)


def _has_members(fact: Fact, metadata: ReachabilityMetadata) -> bool:
    return any(each.entry == fact.entry and each.attribute in ("methods", "fields") for each in metadata.facts)


def _redundant(metadata: ReachabilityMetadata, said: frozenset[Fact]) -> frozenset[Fact]:
    """Return facts that jars say as well; an entry itself only when nothing more is said of it."""
    more = {fact.entry for fact in metadata.facts - said}
    return frozenset(fact for fact in metadata.facts & said if fact.attribute or fact.entry not in more)


def _lost(metadata: ReachabilityMetadata, provenance: Provenance) -> tuple[str, ...]:
    there = {(fact.entry.section, label(fact)) for fact in metadata.facts}
    return tuple(f"{section} {name}" for section, name in sorted(provenance.seen_by.keys() - there))
