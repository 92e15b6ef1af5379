"""The union of what several runs saw, which remembers who saw what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native.reachability.model import Fact, ReachabilityMetadata

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Merged", "merge"]


@dataclass(frozen=True)
class Merged:
    """Reachability metadata of several runs.

    Args:
        metadata: All that any of them saw.
        runs: Their names, sorted.
        seen_by: For each fact, the names of the runs that saw it, sorted.
    """

    metadata: ReachabilityMetadata
    runs: tuple[str, ...]
    seen_by: Mapping[Fact, tuple[str, ...]]


def merge(traces: Mapping[str, ReachabilityMetadata], *, without: frozenset[Fact] = frozenset()) -> Merged:
    """Return the union of reachability metadata.

    Entries about the same type under the same condition become one, with the flags and members of all. The same
    type under different conditions stays apart.

    Args:
        traces: The name of each run, and what it saw. Their order does not matter.
        without: What need not be said. An entry stays while anything else is said of it.
    """
    seen: defaultdict[Fact, list[str]] = defaultdict(list)
    for run in sorted(traces):
        for fact in traces[run].facts:
            seen[fact].append(run)
    kept = _kept(frozenset(seen), without)
    seen_by = {fact: tuple(runs) for fact, runs in seen.items() if fact in kept}
    return Merged(ReachabilityMetadata(frozenset(seen_by)), tuple(sorted(traces)), seen_by)


def _kept(facts: frozenset[Fact], without: frozenset[Fact]) -> frozenset[Fact]:
    rest = facts - without
    return rest | {Fact(fact.entry, "", "") for fact in rest}
