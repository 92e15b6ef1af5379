"""`systest walk`, `systest list` and `systest report`: see `kafka_native.systest`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from kafka_native.broker import Engine  # noqa: TC001 - cyclopts reads the annotations
from kafka_native.cli.output import JsonFlag, print_json, print_line, table
from kafka_native.errors import SystemTestError
from kafka_native.settings import bundled, load_settings

if TYPE_CHECKING:
    from kafka_native.systest import ReportFiles, WalkReport

__all__ = ["list_command", "report_command", "walk_command"]

_OUTPUT = Path("kafka-native-walk")


def walk_command(
    *,
    engine: tuple[Engine, ...] = (),
    kafka_version: tuple[str, ...] = (),
    executable: Path | None = None,
    area: tuple[str, ...] = (),
    feature: tuple[str, ...] = (),
    gate: bool = False,
    strict: bool = False,
    output: Path = _OUTPUT,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"))] = False,
    as_json: JsonFlag = False,
) -> None:
    """Run the feature walk: tests of each feature of Kafka, against real brokers, on each engine and version.

    The exit code is 9 when a row failed. A row that was not run never counts as passed.

    Args:
        engine: What runs the brokers (native and jvm when left out); may be given several times.
        kafka_version: Version of Kafka; may be given several times.
        executable: Native executable to run.
        area: Only the rows of this area; may be given several times.
        feature: Only the rows with this text in the name of the feature; may be given several times.
        gate: Compile and run a native executable to which missing reachability metadata is fatal.
        strict: End with 9 also when a row was not run.
        output: Folder for the report (./kafka-native-walk when left out); each walk writes files of its own.
        verbose: Show every row, not only those that did not pass.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import systest  # noqa: PLC0415 - other commands need none of it

    spec = systest.WalkSpec(
        engines=engine,
        kafka_versions=kafka_version,
        executable=executable,
        selection=systest.Selection(area, feature),
        gate=gate,
    )
    name = f"walk-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    latest: list[tuple[WalkReport, ReportFiles]] = []

    def save(report: WalkReport) -> None:
        latest[:] = [(report, systest.write_report(report, output, name))]

    try:
        systest.walk(spec, load_settings(), on_change=save)
    finally:  # what an interrupted walk has found is shown as well
        for report, files in latest:
            _show(report, files, verbose=verbose, as_json=as_json)
    _fail(latest[0][0], strict=strict)


def list_command(*, area: tuple[str, ...] = (), feature: tuple[str, ...] = (), as_json: JsonFlag = False) -> None:
    """List the rows of the feature walk, running nothing.

    Args:
        area: Only the rows of this area; may be given several times.
        feature: Only the rows with this text in the name of the feature; may be given several times.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import systest  # noqa: PLC0415 - as above

    tests = systest.collect_selected(bundled("tests/integration"), systest.Selection(area, feature), "systest list")
    counts = sorted(Counter(each.row for each in tests).items())
    if as_json:
        print_json([{"area": row.area, "feature": row.feature, "tests": count} for row, count in counts])
    else:
        table(("AREA", "FEATURE", "TESTS"), ((row.area, row.feature, count) for row, count in counts))


def report_command(
    *results: Path,
    output: Path | None = None,
    markdown: bool = False,
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"))] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make the report again from results of the feature walk, or one report of several.

    Of each row, the newest run that came to an end says how it is.

    Args:
        results: Result files, or folders of them (./kafka-native-walk when left out).
        output: Folder for the report (that of the first result when left out).
        markdown: Print the table of the docs instead, and write nothing.
        verbose: Show every row, not only those that did not pass.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import systest  # noqa: PLC0415 - as above

    paths = tuple(dict.fromkeys(path for each in results or (_OUTPUT,) for path in systest.find_results(each)))
    report = systest.merge_reports(map(systest.load_report, paths))
    if markdown:
        print_line(systest.render_markdown(report).rstrip())
        return
    name = paths[0].stem if len(paths) == 1 else f"merged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    _show(report, systest.write_report(report, output or paths[0].parent, name), verbose=verbose, as_json=as_json)


def _show(report: WalkReport, files: ReportFiles, *, verbose: bool, as_json: bool) -> None:
    if as_json:
        written: dict[str, Any] = {"files": {"json": str(files.json), "html": str(files.html)}}
        print_json(report.to_json() | written)
        return
    from kafka_native.cli.walk_table import print_walk  # noqa: PLC0415 - rich takes long to load

    print_walk(report, verbose=verbose)
    print_line(f"report  {files.html}")
    print_line(f"result  {files.json}")


def _fail(report: WalkReport, *, strict: bool) -> None:
    """Raise when the walk is not what it should be."""
    bad = [(column.target, "failed", len(column.with_outcome("failed"))) for column in report.columns]
    if strict:
        bad += [(column.target, "not run", len(column.with_outcome("not run"))) for column in report.columns]
    crashed = [column.target for column in report.columns if column.runs[-1].ending == "crashed"]
    words = [
        f"{count} {'row' if count == 1 else 'rows'} {outcome} on {target}" for target, outcome, count in bad if count
    ]
    words += [f"pytest did not come to an end on {target}" for target in crashed]
    if words:
        raise SystemTestError(f"the feature walk: {', '.join(words)}", hint="the report has the messages and logs")
