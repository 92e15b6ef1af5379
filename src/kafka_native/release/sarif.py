"""A scan's findings as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), for code-scanning pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka_native import __version__

if TYPE_CHECKING:
    from kafka_native.release.scan import Finding, ScanReport

__all__ = ["to_sarif"]

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "unknown": "warning"}
_SCORES = {"critical": "9.0", "high": "7.0", "medium": "4.0", "low": "1.0"}
"""What stands for a severity without a score: the least of its band."""


def to_sarif(report: ScanReport) -> dict[str, Any]:
    """Return the findings of a scan as a SARIF log."""
    rules = {each.advisory.id: _rule(each) for each in report.findings}
    driver = {"name": "kafka-native", "version": __version__, "rules": [rules[each] for each in sorted(rules)]}
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(each, report.name) for each in report.findings]}],
    }


def _rule(finding: Finding) -> dict[str, Any]:
    advisory = finding.advisory
    score = str(advisory.score) if advisory.score is not None else _SCORES.get(advisory.level)
    return {
        "id": advisory.id,
        "shortDescription": {"text": advisory.summary or advisory.id},
        "help": {"text": ", ".join(advisory.names)},
        "properties": {"tags": ["security"]} | ({"security-severity": score} if score else {}),
    }


def _result(finding: Finding, name: str) -> dict[str, Any]:
    package, advisory = finding.package, finding.advisory
    fixed = f"fixed in {', '.join(advisory.fixed)}" if advisory.fixed else "no fixed version is known"
    found = {
        "ruleId": advisory.id,
        "level": _LEVELS[advisory.level],
        "message": {"text": f"{package.name} {package.version} ({finding.role}): {advisory.summary}; {fixed}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": name}}}],
        "partialFingerprints": {"packageAndAdvisory": f"{finding.purl} {advisory.id}"},
    }
    if finding.ignored:
        found["suppressions"] = [{"kind": "external", "justification": finding.ignored}]
    return found
