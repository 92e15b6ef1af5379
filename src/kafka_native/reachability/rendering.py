"""Writes reachability metadata as text: the same bytes for the same facts, and good to read.

An entry without methods and fields takes one line; each method or field has a line of its own, so that a diff shows
what a trace has added.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from kafka_native.reachability.model import SECTIONS, Entry, Fact, ReachabilityMetadata, canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["in_order", "label", "pretty", "render"]


def render(metadata: ReachabilityMetadata) -> str:
    """Return the text of a `reachability-metadata.json`.

    Args:
        metadata: What it shall say. Equal metadata gives equal bytes.
    """
    by_entry: defaultdict[Entry, list[Fact]] = defaultdict(list)
    for fact in metadata.facts:
        by_entry[fact.entry].append(fact)
    document: dict[str, Any] = {}
    for entry in sorted(by_entry, key=_order):
        parent, _, name = entry.section.rpartition("/")
        section = document.setdefault(parent, {}) if parent else document
        section.setdefault(name, []).append(_element(entry, by_entry[entry]))
    return pretty(document, levels=2) + "\n"


def label(fact: Fact) -> str:
    """Return a short name of a fact that is unique in its section: "java.util.Map", "java.util.Map#get(Object)"."""
    identity = json.loads(fact.entry.identity)
    [(subject, value), *more] = sorted(identity.items())
    plain = not more and isinstance(value, str) and subject == SECTIONS[fact.entry.section].subjects[0]
    return (value if plain else fact.entry.identity) + _member_label(fact)


def _member_label(fact: Fact) -> str:
    if not fact.attribute:
        return ""
    if not fact.value:
        return f" {fact.attribute}"
    member = json.loads(fact.value)
    if fact.attribute == "methods" and member.keys() == {"name", "parameterTypes"}:
        return f"#{member['name']}({', '.join(member['parameterTypes'])})"
    if fact.attribute == "fields" and member.keys() == {"name"}:
        return f"#{member['name']}"
    return f" {fact.attribute} {fact.value}"


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Return facts in the order in which they are written."""
    return sorted(facts, key=lambda each: (_order(each.entry), each))


def _order(entry: Entry) -> tuple[int, str, str]:
    """Sections as listed, then what an entry is about: names first by name, then the descriptors of types."""
    section = SECTIONS[entry.section]
    identity = json.loads(entry.identity)
    subject = next(identity[key] for key in section.subjects if key in identity)
    text = subject if isinstance(subject, str) else "~" + json.dumps(subject, sort_keys=True)
    return list(SECTIONS).index(entry.section), text, entry.identity


def _element(entry: Entry, facts: Iterable[Fact]) -> dict[str, Any]:
    """Return the JSON object of one entry: what it is about, then its flags, then its lists, sorted."""
    identity = json.loads(entry.identity)
    keys = ("condition", *SECTIONS[entry.section].subjects, *sorted(identity))
    element: dict[str, Any] = {key: identity[key] for key in keys if key in identity}
    ordered = sorted(fact for fact in facts if fact.attribute)
    element |= {fact.attribute: True for fact in ordered if not fact.value}
    for fact in ordered:
        if fact.value:
            element.setdefault(fact.attribute, []).append(json.loads(fact.value))
    return element


def pretty(value: Any, levels: int, indent: str = "\n") -> str:  # noqa: ANN401 - any JSON value
    """Return JSON text with one line for each thing on the first `levels` levels and for each object in a list."""
    if not _is_spread(value, levels):
        return json.dumps(value, ensure_ascii=False)
    inner = indent + "  "
    if isinstance(value, list):
        return f"[{','.join(inner + pretty(each, levels - 1, inner) for each in value)}{indent}]"
    pairs = (f"{canonical(key)}: {pretty(each, levels - 1, inner)}" for key, each in value.items())
    return f"{{{','.join(inner + pair for pair in pairs)}{indent}}}"


def _is_spread(value: Any, levels: int) -> bool:  # noqa: ANN401 - as above
    if not isinstance(value, dict | list) or not value:
        return False
    if levels > 0:
        return True
    if isinstance(value, list):
        return isinstance(value[0], dict)
    return any(isinstance(each, list) and _is_spread(each, 0) for each in value.values())
