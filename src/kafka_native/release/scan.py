"""Holds the components of an image or executable against a database of advisories."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from packageurl import PackageURL

from kafka_native import reporting
from kafka_native.release.advisories import LEVELS, Package, load_database

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kafka_native.release.advisories import Advisory, Database
    from kafka_native.release.components import Component
    from kafka_native.release.ignoring import IgnoreRule
    from kafka_native.release.inventory import Inventory

__all__ = ["FailOn", "Finding", "ScanReport", "scan"]

FailOn = Literal["unknown", "low", "medium", "high", "critical", "never"]


@dataclass(frozen=True)
class Finding:
    """An advisory about a component.

    Args:
        package: The component, as the advisory's ecosystem knows it.
        purl: Its package URL.
        role: How it got in; "build tool" when it is not in there.
        advisory: The advisory.
        ignored: Why it was accepted, or empty.
    """

    package: Package
    purl: str
    role: str
    advisory: Advisory
    ignored: str = ""


@dataclass(frozen=True)
class ScanReport:
    """What a scan found.

    Args:
        name: What was scanned.
        digest: Its digest.
        fail_on: The least severity that fails.
        database: Where the advisories were from, how many there were, and from when.
        looked_up: How many components were looked up.
        not_looked_up: Package URLs of components about which the database can say nothing.
        findings: What was found, the most severe first.
        expired: Identifiers that would be ignored, had their date not passed.
    """

    name: str
    digest: str
    fail_on: FailOn
    database: dict[str, Any]
    looked_up: int
    not_looked_up: tuple[str, ...]
    findings: tuple[Finding, ...]
    expired: tuple[str, ...]

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings that make the scan fail: severe enough, not ignored, in something that is shipped."""
        if self.fail_on == "never":
            return ()
        least = LEVELS.index(self.fail_on)
        open_ones = (each for each in self.findings if not each.ignored and each.role != "build tool")
        return tuple(each for each in open_ones if LEVELS.index(each.advisory.level) >= least)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self) | {"failed": bool(self.failing)}


def scan(
    inventory: Inventory,
    advisories: Path | None,
    *,
    fail_on: FailOn = "high",
    ignore: Iterable[IgnoreRule] = (),
    today: dt.date | None = None,
) -> ScanReport:
    """Look up what an image or executable holds.

    Args:
        inventory: What it holds.
        advisories: The database; see `load_database`.
        fail_on: The least severity that fails; advisories without a severity are below "low".
        ignore: What was accepted.
        today: The day that expiry dates are held against; by default this one, in UTC.

    Raises:
        PrerequisiteError: When there is no database.
        SettingsError: When the database cannot be read.
    """
    packages = {each.purl: package for each in inventory.components if (package := _package(each))}
    database = load_database(advisories, packages.values())
    day = today or dt.datetime.now(dt.UTC).date()
    rules = tuple(ignore)
    findings = [
        each
        for component in inventory.components
        if component.purl in packages
        for each in _findings(component, packages[component.purl], database, rules, day)
    ]
    known = {address for address, package in packages.items() if package.ecosystem in database.ecosystems}
    report = ScanReport(
        inventory.name,
        inventory.digest,
        fail_on,
        {"path": str(database.path), "advisories": database.advisories, "newest": database.newest}
        | {"ecosystems": sorted(database.ecosystems)},
        len(known),
        tuple(each.purl for each in inventory.components if each.purl not in known),
        tuple(sorted(findings, key=_order)),
        tuple(sorted({rule.id for rule in rules if rule.expires < day and _is_needed(rule, database)})),
    )
    _warn(report, packages, database)
    return report


def _package(component: Component) -> Package | None:
    """Return how advisories name a component, or None when no ecosystem has it."""
    address = PackageURL.from_string(component.purl)
    if address.type == "maven":
        return Package("Maven", f"{address.namespace}:{address.name}", component.version)
    if address.type == "deb":
        distro = (address.qualifiers or {}).get("distro", "")
        return Package(str(address.namespace).title(), component.source, component.version, distro.partition("-")[2])
    # What the JDK's class library is made from: the distribution's source package has the advisories about it.
    return Package("Debian", component.source, component.version) if component.source.startswith("openjdk-") else None


def _findings(
    component: Component, package: Package, database: Database, rules: tuple[IgnoreRule, ...], day: dt.date
) -> list[Finding]:
    return [
        Finding(package, component.purl, component.role, advisory, _reason(package, advisory, rules, day))
        for about, advisory in database.found
        if about == package
    ]


def _reason(package: Package, advisory: Advisory, rules: tuple[IgnoreRule, ...], day: dt.date) -> str:
    fitting = (rule for rule in rules if rule.expires >= day and rule.is_about(package, advisory))
    return next((f"{rule.reason} (until {rule.expires})" for rule in fitting), "")


def _is_needed(rule: IgnoreRule, database: Database) -> bool:
    return any(rule.is_about(package, advisory) for package, advisory in database.found)


def _order(finding: Finding) -> tuple[int, str, str]:
    return -LEVELS.index(finding.advisory.level), finding.package.name, finding.advisory.id


def _warn(report: ScanReport, packages: dict[str, Package], database: Database) -> None:
    missing = {each.ecosystem for each in packages.values()} - database.ecosystems
    for ecosystem in sorted(missing):
        names = sorted(each.name for each in packages.values() if each.ecosystem == ecosystem)
        reporting.current().warn(
            f"the database has no advisories about {ecosystem}, so {len(names)} components were not looked up: "
            f"{', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"  # noqa: PLR2004 - as many as fit a line
        )
    for each in report.expired:
        reporting.current().warn(f"{each} is no longer ignored: its date has passed")
