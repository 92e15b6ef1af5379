"""What a local development node sets other than Kafka does, each with its reason.

The table is a data file of the launcher's (`defaults.properties`), which the executable reads as well. A property that
the user gives always wins.
"""

from __future__ import annotations

import functools
from typing import Literal, NamedTuple

from kafka_native.settings import bundled

__all__ = ["DevelopmentDefault", "Profile", "all_defaults", "development_defaults"]

Profile = Literal["development", "kafka"]
"""`development` is fast and small on one machine; `kafka` is Kafka's own, as far as one node works with that."""

_FILE = "src/java/launcher/resources/kafkanative/defaults.properties"
_LIMIT = "#:"


class DevelopmentDefault(NamedTuple):
    """A property, its value, why it is not Kafka's own default, and what makes it not apply.

    Args:
        name: The Kafka property.
        value: What we set it to.
        reason: Why.
        unless: Another property; when the user gives that one, Kafka's default stays.
        one_controller_only: Whether it applies only in a cluster with one controller.
        profiles: The profiles that have it.
    """

    name: str
    value: str
    reason: str
    unless: str | None = None
    one_controller_only: bool = False
    profiles: tuple[str, ...] = ("development",)


@functools.cache
def all_defaults() -> tuple[DevelopmentDefault, ...]:
    """Return the table."""
    paragraphs = bundled(_FILE).read_text(encoding="utf-8").partition("\n\n")[2]
    defaults, comments = [], list[str]()
    for line in filter(None, paragraphs.splitlines()):
        if line.startswith("#"):
            comments.append(line)
            continue
        defaults.append(_entry(line, comments))
        comments = []
    return tuple(defaults)


def _entry(line: str, comments: list[str]) -> DevelopmentDefault:
    name, _, value = line.partition("=")
    limits = dict(each.removeprefix(_LIMIT).strip().split("=", 1) for each in comments if each.startswith(_LIMIT))
    reason = " ".join(each.removeprefix("#").strip() for each in comments if not each.startswith(_LIMIT))
    profiles = tuple(limits.get("profiles", "development").split(","))
    return DevelopmentDefault(
        name, value, reason, limits.get("unless"), limits.get("when") == "one-controller", profiles
    )


def development_defaults(
    given: frozenset[str], *, one_controller: bool = True, profile: Profile = "development"
) -> dict[str, str]:
    """Return the defaults that apply.

    Args:
        given: The names of the properties that the user gives.
        one_controller: Whether its cluster has one controller, as far as its configuration tells.
        profile: Which set of defaults is wanted.
    """
    return {
        each.name: each.value
        for each in all_defaults()
        if each.name not in given
        and each.unless not in given
        and profile in each.profiles
        and (one_controller or not each.one_controller_only)
    }
