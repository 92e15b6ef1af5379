"""Which source each fact of a version's reachability metadata comes from: written, and read again."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native._system.files import digest_of_text
from kafka_native.errors import ReachabilityMetadataError
from kafka_native.reachability.model import Fact
from kafka_native.reachability.rendering import in_order, label, pretty, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kafka_native.reachability.merging import Merged

__all__ = ["Provenance", "load_provenance", "render_provenance"]

_SEPARATOR = ":"
_ALL = "*"
"""`native:*` stands for all runs of that kind, so that most lines stay as they are when a run is added."""


@dataclass(frozen=True)
class Provenance:
    """Where the facts come from.

    Args:
        digest: Of the metadata's text as it was written, to tell when it was edited by hand.
        runs: The names of all sources, such as "native:test_admin" or "rule:plug-ins".
        seen_by: Section and label of a fact to the names of its sources. A member that is not there has its entry's.
    """

    digest: str
    runs: tuple[str, ...]
    seen_by: Mapping[tuple[str, str], tuple[str, ...]]

    def of(self, fact: Fact) -> tuple[str, ...]:
        """Return the names of a fact's sources; none when the fact is unknown."""
        entry = (fact.entry.section, label(Fact(fact.entry, "", "")))
        return self.seen_by.get((fact.entry.section, label(fact)), self.seen_by.get(entry, ()))


def render_provenance(merged: Merged) -> str:
    """Return the text of a `provenance.json`.

    A member of an entry is listed only when other sources have it than have the entry.
    """
    sections: dict[str, dict[str, list[str]]] = {}
    for fact in in_order(merged.seen_by):
        runs = merged.seen_by[fact]
        if not fact.attribute or runs != merged.seen_by[Fact(fact.entry, "", "")]:
            sections.setdefault(fact.entry.section, {})[label(fact)] = _folded(runs, merged.runs)
    digest = digest_of_text(render(merged.metadata))
    return pretty({"digest": digest, "runs": list(merged.runs), "seen_by": sections}, levels=3) + "\n"


def load_provenance(path: Path) -> Provenance:
    """Read a `provenance.json`.

    Raises:
        ReachabilityMetadataError: When it is not there, or not what `render_provenance` writes.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        runs = tuple(document["runs"])
        seen_by = {
            (section, name): _unfolded(names, runs)
            for section, entries in document["seen_by"].items()
            for name, names in entries.items()
        }
        return Provenance(document["digest"], runs, seen_by)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReachabilityMetadataError(
            f"the provenance {path} cannot be read: {type(error).__name__}: {error}",
            hint="trace it again with: kafka-native metadata trace",
        ) from error


def _by_kind(runs: Iterable[str]) -> dict[str, list[str]]:
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for run in runs:
        kinds[run.partition(_SEPARATOR)[0]].append(run)
    return kinds


def _folded(runs: tuple[str, ...], all_runs: tuple[str, ...]) -> list[str]:
    whole = _by_kind(all_runs)
    return [
        name
        for kind, names in _by_kind(runs).items()
        for name in ([f"{kind}{_SEPARATOR}{_ALL}"] if names == whole[kind] and len(names) > 1 else names)
    ]


def _unfolded(names: list[str], all_runs: tuple[str, ...]) -> tuple[str, ...]:
    whole = _by_kind(all_runs)
    expanded = [whole[kind] if rest == _ALL else [name] for name in names for kind, _, rest in [name.partition(":")]]
    return tuple(run for each in expanded for run in each)
