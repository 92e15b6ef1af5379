"""Advisories in the OSV format (https://ossf.github.io/osv-schema/), from a database that the user points to.

A database is a folder of JSON files, at any depth, or an archive of them such as the all.zip of one ecosystem that
OSV exports; or a folder of such archives.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from kafka_native import reporting
from kafka_native.errors import PrerequisiteError, SettingsError
from kafka_native.release.documents import Shape, read_document
from kafka_native.release.versions import covers, fixed_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["LEVELS", "Advisory", "Database", "Level", "Package", "load_database"]

Level = Literal["unknown", "low", "medium", "high", "critical"]
LEVELS: tuple[Level, ...] = ("unknown", "low", "medium", "high", "critical")
"""Severities, the least one first."""

_SEVERITIES: Final[Shape] = [{"type!": str, "score!": str}]
_SHAPE: Final[Shape] = {
    "id!": str,
    "modified": str,
    "withdrawn": str,
    "summary": str,
    "details": str,
    "aliases": [str],
    "upstream": [str],
    "severity": _SEVERITIES,
    "database_specific": dict,
    "affected": [
        {
            "package": {"ecosystem!": str, "name!": str},
            "ranges": [
                {"type!": str, "events!": [{"introduced": str, "fixed": str, "last_affected": str, "limit": str}]}
            ],
            "versions": [str],
            "severity": _SEVERITIES,
            "ecosystem_specific": dict,
        }
    ],
}
"""What is read of an advisory: https://ossf.github.io/osv-schema/."""

_SCORES = {"CVSS_V2": CVSS2, "CVSS_V3": CVSS3, "CVSS_V4": CVSS4}
_WORDS: dict[str, Level] = {
    "low": "low", "unimportant": "low", "negligible": "low", "moderate": "medium", "medium": "medium",
    "important": "high", "high": "high", "critical": "critical",
}  # fmt: skip
_BANDS: tuple[tuple[float, Level], ...] = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
"""The least scores of https://www.first.org/cvss/specification-document, qualitative severity rating scale."""


@dataclass(frozen=True)
class Package:
    """How an ecosystem knows a component.

    Args:
        ecosystem: Maven, Debian or Ubuntu.
        name: `group:artifact`, or the source package.
        version: Its version.
        release: Number of the Debian release, or empty for any.
    """

    ecosystem: str
    name: str
    version: str
    release: str = ""


@dataclass(frozen=True)
class Advisory:
    """An advisory that is about one package in one version.

    Args:
        id: Its identifier.
        aliases: Its other identifiers, such as a CVE's.
        summary: What it is about, one line.
        level: How severe it is.
        score: The CVSS base score that `level` is from, or None.
        fixed: The versions that are fixed.
    """

    id: str
    aliases: tuple[str, ...]
    summary: str
    level: Level
    score: float | None
    fixed: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All of its identifiers."""
        return (self.id, *self.aliases)


@dataclass(frozen=True)
class Database:
    """The advisories about a few packages.

    Args:
        path: Where it was read from.
        advisories: How many advisories it has, about whatever.
        newest: When the newest of them was changed, ISO 8601.
        ecosystems: What they are about.
        found: Which of them are about which of the packages that were asked for.
    """

    path: Path
    advisories: int
    newest: str
    ecosystems: frozenset[str]
    found: tuple[tuple[Package, Advisory], ...]


def load_database(path: Path | None, packages: Iterable[Package]) -> Database:
    """Read a database and find the advisories about some packages.

    Args:
        path: The database; None when the user named none.
        packages: What to look for.

    Raises:
        PrerequisiteError: When there is no database.
        SettingsError: When what is there is none.
    """
    if path is None or not path.exists():
        raise PrerequisiteError(
            "scanning needs a database of advisories, and "
            + (f"there is nothing at {path}" if path else "none was named: nothing was scanned"),
            hint="download all.zip of Maven and of Debian from OSV (https://osv.dev, data exports) into a folder, "
            "and name it with --advisories",
        )
    wanted: dict[tuple[str, str], list[Package]] = {}
    for each in packages:
        wanted.setdefault((each.ecosystem, each.name), []).append(each)
    with reporting.current().step(f"reading the advisories in {path}") as step:
        return _search(path, wanted, step)


def _search(path: Path, wanted: dict[tuple[str, str], list[Package]], step: reporting.Step) -> Database:
    found: dict[tuple[Package, str], Advisory] = {}
    ecosystems: set[str] = set()
    count, newest = 0, ""
    for count, (name, content) in enumerate(_documents(path), start=1):
        record = _parsed(content, name)
        newest = max(newest, record.get("modified", ""))
        for affected in record.get("affected", ()) if "withdrawn" not in record else ():
            ecosystem, _, release = affected.get("package", {}).get("ecosystem", "").partition(":")
            ecosystems.add(ecosystem)
            for package in wanted.get((ecosystem, affected.get("package", {}).get("name")), ()):
                if _is_release(package, release) and covers(affected, package.version):
                    _keep(found, package, _advisory(record, affected))
        if count % 1000 == 0:
            step.update(f"{count} advisories")
    if not count:
        raise SettingsError(
            f"{path} holds no advisories: no JSON file is in it",
            hint="give a folder of JSON files in the OSV format, or the all.zip of an ecosystem",
        )
    pairs = tuple((package, advisory) for (package, _), advisory in found.items())
    return Database(path, count, newest, frozenset(ecosystems - {""}), pairs)


def _keep(found: dict[tuple[Package, str], Advisory], package: Package, advisory: Advisory) -> None:
    """Keep one advisory a package and identifier, with all versions that any of its entries says are fixed."""
    earlier = found.get((package, advisory.id))
    fixed = (*(earlier.fixed if earlier else ()), *advisory.fixed)
    found[package, advisory.id] = Advisory(**(vars(advisory) | {"fixed": tuple(dict.fromkeys(fixed))}))


def _is_release(package: Package, release: str) -> bool:
    return not package.release or not release or release.partition(":")[0] == package.release


def _documents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if each.suffix in (".json", ".zip"):
                yield from _documents(each)
    elif path.suffix == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if name.endswith(".json"):
                        yield f"{path.name}/{name}", archive.read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise SettingsError(f"{path} cannot be read as a zip archive: {error}", hint="download it again") from error
    else:
        yield path.name, path.read_bytes()


def _parsed(content: bytes, name: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] = read_document(content, _SHAPE)
    except ValueError as error:
        raise SettingsError(
            f"{name} is no advisory in the OSV format: {error}",
            hint="download the database again; the format is at https://ossf.github.io/osv-schema/",
        ) from error
    return record


def _advisory(record: dict[str, Any], affected: dict[str, Any]) -> Advisory:
    score = _score([*affected.get("severity", ()), *record.get("severity", ())])
    words = (affected.get("ecosystem_specific", {}), record.get("database_specific", {}))
    text = record.get("summary") or record.get("details", "").strip().partition("\n")[0]
    return Advisory(
        record["id"],
        tuple(sorted({*record.get("aliases", ()), *record.get("upstream", ())})),
        text,
        _level(score, *(str(each.get("severity") or each.get("urgency") or "") for each in words)),
        score,
        fixed_versions(affected),
    )


def _score(severities: list[dict[str, str]]) -> float | None:
    """Return the highest base score of CVSS vectors that can be read."""
    scores = []
    for each in severities:
        try:
            scores.append(float(_SCORES[each["type"]](each["score"]).scores()[0]))
        except (KeyError, CVSSError):
            continue  # a kind of score that has no number
    return max(scores, default=None)


def _level(score: float | None, *words: str) -> Level:
    if score is not None:
        return next((level for least, level in _BANDS if score >= least), "low")
    return next((_WORDS[word.lower()] for word in words if word.lower() in _WORDS), "unknown")
