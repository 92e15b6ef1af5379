"""Reachability metadata as a set of facts, and the reading of `reachability-metadata.json`.

The format is that of GraalVM 25: reachability-metadata-schema-v1.2.0.json in oracle/graal, and what the classes of
package com.oracle.svm.configure (artifact svm-configure 25.0.2) read and write. The schema's older sections `jni`
and `serialization`, which that version still reads, are kept as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from kafka_native.errors import ReachabilityMetadataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "FOREIGN",
    "SECTIONS",
    "Entry",
    "Fact",
    "ReachabilityMetadata",
    "load_reachability_metadata",
    "parse_reachability_metadata",
]


class Entry(NamedTuple):
    """What one element of a section is about. Elements about the same thing are one entry.

    Args:
        section: Such as "reflection", or "foreign/downcalls".
        identity: Its identifying attributes (type and condition, glob and module, ...) as canonical JSON.
    """

    section: str
    identity: str


class Fact(NamedTuple):
    """Something that metadata says of an entry.

    Args:
        entry: The entry.
        attribute: A flag, such as "unsafeAllocated"; a list, such as "methods"; or "" for the entry's presence.
        value: For a list, one of its members as canonical JSON; otherwise "".
    """

    entry: Entry
    attribute: str
    value: str


@dataclass(frozen=True)
class ReachabilityMetadata:
    """All that a file says.

    Args:
        facts: The facts. Every entry has one with an empty attribute.
    """

    facts: frozenset[Fact]

    @property
    def entries(self) -> frozenset[Entry]:
        """What the facts are about."""
        return frozenset(fact.entry for fact in self.facts)


@dataclass(frozen=True)
class _Section:
    """The attributes of a section's elements.

    Args:
        subjects: What an element is about: it has exactly one of these.
        identity: What else tells elements apart.
        flags: True or absent.
        lists: Lists whose order does not matter.
    """

    subjects: tuple[str, ...]
    identity: tuple[str, ...] = ("condition",)
    flags: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


_REFLECTION = _Section(
    subjects=("type",),
    flags=(
        "allDeclaredConstructors",
        "allDeclaredFields",
        "allDeclaredMethods",
        "allPublicConstructors",
        "allPublicFields",
        "allPublicMethods",
        "jniAccessible",
        "serializable",
        "unsafeAllocated",
    ),
    lists=("fields", "methods"),
)
_BUNDLE_LISTS = ("classNames", "locales")
_FOREIGN_IDENTITY = ("condition", "options", "parameterTypes")

FOREIGN = "foreign"
"""The one section that is not a list but an object of lists."""

SECTIONS = {
    "reflection": _REFLECTION,
    "jni": _REFLECTION,
    "serialization": _Section(subjects=("type",)),
    "resources": _Section(subjects=("glob", "bundle"), identity=("condition", "module"), lists=_BUNDLE_LISTS),
    "bundles": _Section(subjects=("name",), lists=_BUNDLE_LISTS),
    f"{FOREIGN}/downcalls": _Section(subjects=("returnType",), identity=_FOREIGN_IDENTITY),
    f"{FOREIGN}/upcalls": _Section(subjects=("returnType",), identity=_FOREIGN_IDENTITY),
    f"{FOREIGN}/directUpcalls": _Section(subjects=("class",), identity=(*_FOREIGN_IDENTITY, "method", "returnType")),
}
"""The sections in the order in which they are written."""

_COMMENTS = ("comment", "reason")


def load_reachability_metadata(path: Path) -> ReachabilityMetadata:
    """Return what a `reachability-metadata.json` says.

    Raises:
        ReachabilityMetadataError: When it cannot be read, or is not of GraalVM 25's format.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReachabilityMetadataError(f"cannot read the reachability metadata {path}: {error}") from error
    return parse_reachability_metadata(text, str(path))


def parse_reachability_metadata(text: str, name: str) -> ReachabilityMetadata:
    """Return what the text of a `reachability-metadata.json` says.

    Args:
        text: JSON.
        name: What to call the text in a message, such as its path.

    Raises:
        ReachabilityMetadataError: When it is not of GraalVM 25's format; the message has the place, as line and
            column or as a JSON pointer (RFC 6901).
    """
    try:
        return ReachabilityMetadata(frozenset(_facts(json.loads(text))))
    except json.JSONDecodeError as error:
        raise _malformed(f"{name}, line {error.lineno}, column {error.colno}", error.msg) from error
    except _MalformedError as error:
        raise _malformed(f"{name} at {error.pointer or '/'}", error.reason) from error


def _malformed(place: str, reason: str) -> ReachabilityMetadataError:
    return ReachabilityMetadataError(
        f"reachability metadata is malformed in {place}: {reason}",
        hint="trace it again with: kafka-native metadata trace",
    )


class _MalformedError(Exception):
    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(pointer, reason)
        self.pointer = pointer
        self.reason = reason


def _facts(document: Any) -> Iterator[Fact]:  # noqa: ANN401 - whatever the file holds
    for name, value in _object(document, "").items():
        if name == FOREIGN:
            for kind, elements in _object(value, f"/{name}").items():
                yield from _section_facts(f"{name}/{kind}", elements)
        elif name not in _COMMENTS:
            yield from _section_facts(name, value)


def _section_facts(name: str, elements: Any) -> Iterator[Fact]:  # noqa: ANN401 - as above
    if name not in SECTIONS:
        raise _MalformedError(f"/{name}", f"unknown section; known are {', '.join(SECTIONS)}")
    for index, element in enumerate(_list(elements, f"/{name}")):
        pointer = f"/{name}/{index}"
        yield from _element_facts(name, _object(element, pointer), pointer)


def _element_facts(name: str, element: dict[str, Any], pointer: str) -> Iterator[Fact]:
    section = SECTIONS[name]
    _check(element, section, pointer)
    identity = {key: element[key] for key in (*section.subjects, *section.identity) if key in element}
    entry = Entry(name, canonical(identity))
    yield Fact(entry, "", "")
    for flag in section.flags:
        if element.get(flag, False):
            yield Fact(entry, flag, "")
    for key in section.lists:
        yield from (Fact(entry, key, canonical(each)) for each in _list(element.get(key, []), f"{pointer}/{key}"))


def _check(element: dict[str, Any], section: _Section, pointer: str) -> None:
    if sum(subject in element for subject in section.subjects) != 1:
        raise _MalformedError(pointer, f"exactly one of {', '.join(section.subjects)} is needed")
    known = (*section.subjects, *section.identity, *section.flags, *section.lists, *_COMMENTS)
    for key, value in element.items():
        if key not in known:
            raise _MalformedError(f"{pointer}/{key}", f"unknown attribute; known are {', '.join(known)}")
        if key in section.flags and not isinstance(value, bool):
            raise _MalformedError(f"{pointer}/{key}", "true or false is needed")
    _check_type(element.get("type", ""), f"{pointer}/type")
    condition = element.get("condition", {"typeReached": ""})
    if not isinstance(condition, dict) or condition.keys() != {"typeReached"}:
        raise _MalformedError(f"{pointer}/condition", "an object with typeReached is needed")


def _check_type(value: Any, pointer: str) -> None:  # noqa: ANN401 - as above
    """A type is a name, or describes a class that only comes to be at run time."""
    if not isinstance(value, str) and not (isinstance(value, dict) and value.keys() in ({"proxy"}, {"lambda"})):
        raise _MalformedError(pointer, "a name, or an object with proxy or lambda, is needed")


def _object(value: Any, pointer: str) -> dict[str, Any]:  # noqa: ANN401 - as above
    if not isinstance(value, dict):
        raise _MalformedError(pointer, "an object is needed")
    return value


def _list(value: Any, pointer: str) -> list[Any]:  # noqa: ANN401 - as above
    if not isinstance(value, list):
        raise _MalformedError(pointer, "a list is needed")
    return value


def canonical(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the JSON text that equal values share."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
