"""Writes what a test of an image found: JSON and JUnit XML for programs, one HTML page for people."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # only writes

from kafka_native._system.files import explain_os_errors, write_json, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.image.sanity.results import SanityReport, ScenarioResult

__all__ = ["ReportFiles", "write_report"]


@dataclass(frozen=True)
class ReportFiles:
    """Where a report was written.

    Args:
        json: Everything, for programs.
        junit: JUnit XML, for CI servers.
        html: The page.
    """

    json: Path
    junit: Path
    html: Path


def write_report(report: SanityReport, folder: Path) -> ReportFiles:
    """Write all forms of a report, over older ones.

    Args:
        report: The report.
        folder: Where; it is made when missing.

    Raises:
        PrerequisiteError: When the system refuses to write there.
    """
    files = ReportFiles(folder / "image-test.json", folder / "image-test.xml", folder / "image-test.html")
    with explain_os_errors("writing the report of the image test", folder):
        write_json(files.json, report.to_json())
        write_text(files.junit, render_junit(report))
        write_text(files.html, render_page(report))
    return files


def render_junit(report: SanityReport) -> str:
    """Return the report as JUnit XML, as Jenkins' JUnit plug-in and GitLab read it."""
    suite = ET.Element(
        "testsuite",
        name=f"image test of {report.image}",
        tests=str(len(report.results)),
        failures=str(len(report.with_outcome("failed"))),
        errors="0",
        skipped=str(len(report.with_outcome("not run"))),
        time=str(report.seconds),
        timestamp=report.started_at,
    )
    for result in report.results:
        _add_case(suite, result)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ET.Element, result: ScenarioResult) -> None:
    case = ET.SubElement(suite, "testcase", classname=result.area, name=result.name, time=str(result.seconds))
    if result.outcome == "failed":
        ET.SubElement(case, "failure", message=_printable(result.message)).text = _printable(result.details)
    elif result.outcome == "not run":
        ET.SubElement(case, "skipped", message=_printable(result.message))
    if result.timings:
        lines = (f"{name}: {seconds:.3f} s" for name, seconds in result.timings.items())
        ET.SubElement(case, "system-out").text = "\n".join(lines)


def _printable(text: str) -> str:
    """Leave out what XML 1.0 cannot hold, such as the colours of a log."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")


def render_page(report: SanityReport) -> str:
    """Return the HTML page."""
    # Imported late: most commands need no templates.
    import jinja2  # noqa: PLC0415

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = (resources.files("kafka_native.image.sanity") / "report.html.j2").read_text(encoding="utf-8")
    areas = [(area, list(results)) for area, results in groupby(report.results, key=lambda result: result.area)]
    return environment.from_string(text).render(report=report, areas=areas) + "\n"
