"""Advisories that somebody has looked at and accepted: a TOML file with a reason and an expiry date for each.

[[ignore]]
id = "CVE-2026-12345"             # or any other identifier of the advisory
package = "org.example:library"   # only for this package; for all when left out
reason = "the class is not in the executable"
expires = 2027-03-31
"""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.release.advisories import Advisory, Package

__all__ = ["IgnoreRule", "load_ignore_rules"]

_FIELDS = {"id", "package", "reason", "expires"}


@dataclass(frozen=True)
class IgnoreRule:
    """An entry of the file.

    Args:
        id: Identifier of the advisory.
        reason: Why it is accepted.
        expires: The last day on which it is.
        package: The package that it is accepted for, or empty for all.
    """

    id: str
    reason: str
    expires: dt.date
    package: str = ""

    def is_about(self, package: Package, advisory: Advisory) -> bool:
        """Tell whether this is about an advisory and package."""
        return self.id in advisory.names and self.package in ("", package.name)


def load_ignore_rules(path: Path) -> tuple[IgnoreRule, ...]:
    """Return the entries of a file.

    Raises:
        SettingsError: When it is missing, is no TOML, or an entry lacks its reason or expiry date.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"the list of ignored advisories {path} cannot be read: {error}") from error
    if content.keys() - {"ignore"}:
        raise _wrong(path, f"it has {', '.join(sorted(content.keys() - {'ignore'}))} beside [[ignore]]")
    return tuple(_rule(row, number, path) for number, row in enumerate(content.get("ignore", ()), start=1))


def _rule(row: dict[str, Any], number: int, path: Path) -> IgnoreRule:
    if unknown := sorted(row.keys() - _FIELDS):
        raise _wrong(path, f"entry {number} has {', '.join(unknown)}, which is nothing that is known")
    texts = [row.get(name) for name in ("id", "reason")]
    if not all(isinstance(each, str) and each.strip() for each in texts):
        raise _wrong(path, f"entry {number} lacks its id or reason")
    if type(row.get("expires")) is not dt.date:
        raise _wrong(path, f"entry {number} ({row['id']}) lacks expires, a date such as 2027-03-31 without quotes")
    return IgnoreRule(**row)


def _wrong(path: Path, what: str) -> SettingsError:
    return SettingsError(f"the list of ignored advisories {path}: {what}", hint="each entry has id, reason and expires")
