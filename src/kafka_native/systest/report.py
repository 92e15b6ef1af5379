"""Writes what a feature walk found: JSON for programs, one self-contained HTML page for people."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kafka_native import __version__
from kafka_native._system.files import explain_os_errors, read_json, write_json, write_text
from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.systest.results import RowResult, WalkReport

__all__ = ["ReportFiles", "render_markdown", "write_report"]

_GENERATOR = '<meta name="generator" content="kafka-native systest">'
"""Stands in each page of ours, so that no other file is overwritten."""


@dataclass(frozen=True)
class ReportFiles:
    """Where a report was written.

    Args:
        json: The file for programs; `load_report` reads it.
        html: The page.
    """

    json: Path
    html: Path


def write_report(report: WalkReport, folder: Path, name: str) -> ReportFiles:
    """Write both forms of a report, over older ones of the same name.

    Args:
        report: The report.
        folder: Where; it is made when missing.
        name: What the files are called, without ending.

    Raises:
        SettingsError: When a file of that name is there, and is not ours.
        PrerequisiteError: When the system refuses to write there.
    """
    files = ReportFiles(folder / f"{name}.json", folder / f"{name}.html")
    with explain_os_errors("writing the report of the feature walk", folder):
        _check_ours(files)
        write_json(files.json, report.to_json())
        write_text(files.html, render_page(report))
    return files


def _check_ours(files: ReportFiles) -> None:
    for path, is_ours in ((files.json, _is_our_json), (files.html, _is_our_page)):
        if path.exists() and not is_ours(path):
            raise SettingsError(
                f"{path} is there, and is no report of the feature walk",
                hint="choose another --output, or move it away",
            )


def _is_our_json(path: Path) -> bool:
    value = read_json(path)
    return isinstance(value, dict) and {"schema", "columns"} <= value.keys()


def _is_our_page(path: Path) -> bool:
    return path.is_file() and _GENERATOR in path.read_text(encoding="utf-8", errors="replace")


def render_page(report: WalkReport) -> str:
    """Return the HTML page."""
    # Imported late: most commands need no templates.
    import jinja2  # noqa: PLC0415

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = (resources.files("kafka_native.systest") / "walk.html.j2").read_text(encoding="utf-8")
    page = environment.from_string(text).render(
        columns=report.columns, areas=_areas(report), made_by=f"kafka-native {__version__}", generator=_GENERATOR
    )
    return page + "\n"


def render_markdown(report: WalkReport) -> str:
    """Return a table for the docs: a row a feature, a column a target, and the reason where a row did not pass."""
    targets = [str(column.target) for column in report.columns]
    lines = [f"| area | feature | {' | '.join(targets)} |", f"|---|---|{'---|' * len(targets)}"]
    for area in _areas(report):
        for row in area["rows"]:
            cells = " | ".join(_cell(cell) for cell in row["cells"])
            lines.append(f"| {area['name']} | {_escaped(row['feature'])} | {cells} |")
    return "\n".join(lines) + "\n"


def _cell(result: RowResult | None) -> str:
    if result is None:
        return ""
    because = [failure.message for failure in result.failures] or [
        reason.removeprefix("not run: ") for reason in result.reasons
    ]
    return _escaped(": ".join((result.outcome, "; ".join(because))) if because else result.outcome)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _areas(report: WalkReport) -> list[dict[str, Any]]:
    """Return the rows by area, each with a cell a column: the result, or None when the row was no part of the run."""
    by_column = [{result.row: result for result in column.rows} for column in report.columns]
    areas = groupby(report.rows, key=lambda row: row.area)
    return [
        {"name": area, "rows": [_row(row.feature, [results.get(row) for results in by_column]) for row in rows]}
        for area, rows in areas
    ]


def _row(feature: str, cells: list[RowResult | None]) -> dict[str, Any]:
    outcomes = {cell.outcome for cell in cells if cell}
    return {
        "feature": feature,
        "cells": cells,
        "outcomes": sorted(outcomes),
        "differs": len(outcomes) > 1,
        "has_details": any(cell and (cell.failures or cell.reasons) for cell in cells),
    }
