"""Compares versions as their ecosystem does, and tells whether an OSV range covers one.

Maven: https://maven.apache.org/pom.html#version-order-specification. Debian and Ubuntu: deb-version(7).
The comparing is univers'. OSV's rules: https://ossf.github.io/osv-schema/#evaluation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from univers.versions import DebianVersion, InvalidVersion, MavenVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["covers", "fixed_versions"]

_ECOSYSTEMS = {"Maven": MavenVersion, "Debian": DebianVersion, "Ubuntu": DebianVersion}
_RELEASE = re.compile(r"[.-]release\b", re.IGNORECASE)
"""Maven's word for "no qualifier", beside "ga" and "final"; univers takes it for an unknown one."""
_DOT_BEFORE_QUALIFIER = re.compile(r"\.(?=[A-Za-z])")
"""Maven takes it for a hyphen ("1.foo" is "1-foo"); univers does not."""


def covers(affected: Mapping[str, Any], version: str) -> bool:
    """Tell whether a version is among those that an advisory is about.

    Args:
        affected: An entry of `affected` in the OSV format, of Maven, Debian or Ubuntu.
        version: The version in question.
    """
    if version in affected.get("versions", ()):
        return True
    kind = _ECOSYSTEMS[affected["package"]["ecosystem"].partition(":")[0]]
    ranges = (each for each in affected.get("ranges", ()) if each["type"] == "ECOSYSTEM")
    return any(_in_range(each["events"], version, kind) for each in ranges)


def fixed_versions(affected: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the versions in which an entry of `affected` says that it is fixed."""
    ranges = (each for each in affected.get("ranges", ()) if each["type"] == "ECOSYSTEM")
    return tuple(event["fixed"] for each in ranges for event in each["events"] if "fixed" in event)


def _in_range(events: Iterable[Mapping[str, str]], version: str, kind: Any) -> bool:  # noqa: ANN401 - a class of univers
    """Go through the events in the order of their versions, as OSV's evaluation does."""
    asked = _parsed(version, kind)
    vulnerable = False
    for place, name in sorted(_places(events, kind), key=lambda each: each[0]):
        if name == "introduced" and not asked < place:
            vulnerable = True
        elif (name == "fixed" and not asked < place) or (name == "last_affected" and asked > place):
            vulnerable = False
        elif name == "limit" and not asked < place:
            return False
    return vulnerable


class _Beginning:
    """Older than every version: what OSV writes as "0"."""

    def __lt__(self, other: object) -> bool:
        return not isinstance(other, _Beginning)

    def __gt__(self, other: object) -> bool:
        return False


def _places(events: Iterable[Mapping[str, str]], kind: Any) -> Iterable[tuple[Any, str]]:  # noqa: ANN401 - as above
    for event in events:
        for name, text in event.items():
            if text != "*":  # no limit at all
                yield (_Beginning() if text == "0" else _parsed(text, kind)), name


def _parsed(text: str, kind: Any) -> Any:  # noqa: ANN401 - as above
    try:
        return kind(_DOT_BEFORE_QUALIFIER.sub("-", _RELEASE.sub("", text)) if kind is MavenVersion else text)
    except InvalidVersion:
        return kind("0")  # nothing that the ecosystem would take for a version is older than one
