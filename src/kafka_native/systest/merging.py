"""Makes one table of several results, for instance of runs on different days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native.systest.results import Column, WalkReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kafka_native.systest.results import Row, RowResult, Target

__all__ = ["merge_reports"]


def merge_reports(reports: Iterable[WalkReport]) -> WalkReport:
    """Return one report with a column a target; of each row, the newest run that came to an end says how it is.

    So a run of some rows only, or one that was interrupted, takes nothing away from the one before. The same result
    given twice changes nothing.
    """
    by_target: dict[Target, list[Column]] = {}
    for report in reports:
        for column in report.columns:
            by_target.setdefault(column.target, []).append(column)
    # The native engine, which all this is about, stands on the left.
    order = sorted(by_target, key=lambda target: (target.kafka_version, target.engine != "native", target.gate))
    return WalkReport(tuple(_merge_columns(target, by_target[target]) for target in order))


def _merge_columns(target: Target, columns: Sequence[Column]) -> Column:
    newest: dict[Row, RowResult] = {}
    results = (result for column in columns for result in column.rows)
    for result in sorted(results, key=lambda each: (each.run, each.reached)):
        if result.row not in newest or result.reached or result.outcome == "failed":
            newest[result.row] = result
    used = {result.run for result in newest.values()}
    runs = (run for column in columns for run in column.runs if run.started_at in used)
    # A run may be there twice, as it was under way (its writer was killed) and as it ended.
    by_start = {run.started_at: run for run in sorted(runs, key=lambda run: run.ending != "under way")}
    kept = tuple(by_start[start] for start in sorted(by_start))
    return Column(target, kept, tuple(newest[row] for row in sorted(newest)))
