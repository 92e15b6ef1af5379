"""Draws the table of a feature walk on stdout: areas, the rows that did not pass, why, and the sums."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kafka_native.cli.progress import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafka_native.systest import Column, Row, RowResult, WalkReport

__all__ = ["print_walk"]

_STYLES = {"passed": "green", "failed": "bold red", "not run": "yellow"}


def print_walk(report: WalkReport, *, verbose: bool = False) -> None:
    """Print a report.

    Args:
        report: The report.
        verbose: Whether to show the rows that passed as well, instead of their number only.
    """
    console = Console(highlight=False, soft_wrap=True)
    console.print(_table(report, verbose=verbose), soft_wrap=False)
    for column in report.columns:
        _print_failures(console, column)
        _print_reasons(console, column)
    for column in report.columns:
        console.print(_summary(column))


def _table(report: WalkReport, *, verbose: bool) -> Table:
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    made.add_column("")
    for column in report.columns:
        made.add_column(str(column.target), no_wrap=True)
    results = [{result.row: result for result in column.rows} for column in report.columns]
    for area, rows in groupby(report.rows, key=lambda row: row.area):
        _add_area(made, area, [(row, [by_row.get(row) for by_row in results]) for row in rows], verbose=verbose)
    return made


def _add_area(made: Table, area: str, rows: Sequence[tuple[Row, Sequence[RowResult | None]]], *, verbose: bool) -> None:
    made.add_row(Text(area, "bold"), *(_passed([cells[at] for _, cells in rows]) for at in range(len(rows[0][1]))))
    for row, cells in rows:
        if verbose or any(cell is None or cell.outcome != "passed" for cell in cells):
            made.add_row(Text(f"  {row.feature}"), *map(_cell, cells))


def _passed(cells: Sequence[RowResult | None]) -> Text:
    passed = sum(cell is not None and cell.outcome == "passed" for cell in cells)
    return Text(f"{passed} of {len(cells)} passed", "bold")


def _cell(result: RowResult | None) -> Text:
    if result is None:
        return Text("-", "dim")
    return Text.assemble((result.outcome, _STYLES[result.outcome]), f"  {duration(result.seconds)}")


def _print_failures(console: Console, column: Column) -> None:
    for result in column.with_outcome("failed"):
        where = f"{result.row.area}: {result.row.feature}, {column.target}"
        for failure in result.failures:
            phase = "" if failure.phase == "call" else f" ({failure.phase})"
            console.print(Text.assemble("\n", ("failed", _STYLES["failed"]), f"  {where}\n  {failure.test}{phase}"))
            console.print(Text(f"  {failure.message}"))


def _print_reasons(console: Console, column: Column) -> None:
    """Print why rows were not run; rows with the same reason, as after an interrupt, are only counted."""
    rows: dict[str, list[Row]] = {}
    for result in column.with_outcome("not run"):
        for reason in result.reasons:
            rows.setdefault(reason, []).append(result.row)
    for reason, of_reason in rows.items():
        first = of_reason[0]
        where = f"{first.area}: {first.feature}" if len(of_reason) == 1 else f"{len(of_reason)} rows"
        console.print(Text.assemble("\n", ("not run", _STYLES["not run"]), f"  {where}, {column.target}\n  {reason}"))


def _summary(column: Column) -> Text:
    counts = {outcome: len(column.with_outcome(outcome)) for outcome in ("passed", "failed", "not run")}
    words = [
        (f"{count} {outcome}", _STYLES[outcome]) for outcome, count in counts.items() if count or outcome == "passed"
    ]
    ending = column.runs[-1].ending
    parts = [part for word in words for part in (word, ", ")][:-1]
    how = "" if ending == "complete" else f"; {'it never ended' if ending == 'under way' else ending}"
    return Text.assemble("\n", (str(column.target), "bold"), ": ", *parts, f" in {duration(column.seconds)}{how}")
