"""Results of the feature walk as values: tallied from records, written and read again, merged, and drawn as a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native.cli.main import main
from kafka_native.errors import SettingsError, SystemTestError
from kafka_native.systest import (
    Column,
    Row,
    RowResult,
    Run,
    Target,
    WalkReport,
    load_report,
    merge_reports,
    write_report,
)
from kafka_native.systest.records import CollectedTest, RecordFile, Tally
from kafka_native.systest.report import render_page
from kafka_native.systest.results import Ending, Executable, Failure, Outcome, Section

if TYPE_CHECKING:
    from pathlib import Path

_TLS, _ROLL, _OLD = Row("Security", "TLS <1.3>"), Row("Log", "Segments roll"), Row("Log", "Old")
_SECTION = Section("the end of kafka.log", "FATAL & the last line")
_FAILURE = Failure("test_tls.py::test_tls", "setup", "no <broker>", "the traceback", (_SECTION,))
_MONDAY, _TUESDAY = "2026-11-23T10:00:00.000+00:00", "2026-11-24T10:00:00.000+00:00"


def result(row: Row, outcome: Outcome, run: str = _MONDAY, *, reached: bool = True) -> RowResult:
    failures = (_FAILURE,) if outcome == "failed" else ()
    reasons = ("not run: no KDC",) if outcome == "not run" else ()
    return RowResult(row, outcome, reached, 2, 61.5, failures, reasons, run)


def column(*rows: RowResult, engine: Any = "native", ending: Ending = "complete") -> Column:
    executable = Executable("/the/kafka", 129_000_000, "a1b2c3d4" * 8) if engine == "native" else None
    detail = "pytest ended with 3\nINTERNAL ERROR" if ending == "crashed" else ""
    run = Run(rows[0].run, 75.0, ending, detail, executable, "kafka-native 0.1.0", "/tmp/work")
    return Column(Target(engine, "4.3.1"), (run,), rows)


REPORT = WalkReport(
    (
        column(result(_ROLL, "passed"), result(_TLS, "failed"), ending="crashed"),
        column(result(_ROLL, "passed"), result(_OLD, "not run"), result(_TLS, "passed"), engine="jvm"),
    )
)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return write_report(REPORT, tmp_path, "walk-1").json


def test_a_report_is_read_as_it_was_written(written: Path) -> None:
    assert load_report(written) == REPORT


def _changed(written: Path, old: str, new: str) -> str:
    text = written.read_text()
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"columns"', "columns", "line 2: Expecting property name"),
        ('"schema": 1', '"schema": 2', "it has schema 2, and this kafka-native reads schema 1"),
        ('"schema": 1', '"scheme": 1', "it is no result of a feature walk"),
        ('"columns"', '"rows"', "the document has no 'columns'"),
        ('"outcome": "passed"', '"outcome": "fine"', r"columns\[0\].rows\[0\].outcome is 'fine', not one of passed"),
        ('"tests": 2', '"tests": true', r"rows\[0\].tests is bool, not int"),
        ('"rows": [', '"rows": {}, "others": [', r"columns\[0\].rows is dict, not list"),
        ('"reasons": []', '"reasons": [1]', r"reasons\[0\] is int, not str"),
        ('"row": {', '"row": 1, "other": {', r"rows\[0\].row is int, not dict"),
    ],
)
def test_a_result_that_cannot_be_used_is_told_with_file_and_place(
    written: Path, old: str, new: str, message: str
) -> None:
    written.write_text(_changed(written, old, new))
    with pytest.raises(SettingsError, match=f"reading the result {written}: .*{message}"):
        load_report(written)


def test_files_that_are_no_results_at_all(tmp_path: Path) -> None:
    (tmp_path / "walk-2.json").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="it is not a text in UTF-8"):
        load_report(tmp_path / "walk-2.json")
    with pytest.raises(SettingsError, match="Is a directory"):
        load_report(tmp_path)
    (tmp_path / "walk-3.json").write_text("[]")
    with pytest.raises(SettingsError, match="it is no result of a feature walk"):
        load_report(tmp_path / "walk-3.json")


def test_of_each_row_the_newest_run_that_came_to_an_end_counts() -> None:
    monday = WalkReport((column(result(_TLS, "failed"), result(_ROLL, "passed"), result(_OLD, "passed")),))
    rows = [result(_TLS, "passed", _TUESDAY), result(_ROLL, "not run", _TUESDAY, reached=False)]
    tuesday = WalkReport((column(*rows, ending="interrupted"), column(result(_TLS, "passed"), engine="jvm")))
    merged = merge_reports([tuesday, monday, tuesday])
    native, jvm = merged.columns
    assert [(each.row, each.outcome, each.run) for each in native.rows] == [
        (_OLD, "passed", _MONDAY),
        (_ROLL, "passed", _MONDAY),
        (_TLS, "passed", _TUESDAY),
    ]
    assert [run.started_at for run in native.runs] == [_MONDAY, _TUESDAY]
    assert str(jvm.target) == "jvm 4.3.1"
    assert merge_reports([merged, merged]) == merged


def test_a_run_whose_rows_are_all_replaced_is_forgotten() -> None:
    merged = merge_reports(WalkReport((column(result(_TLS, "failed", day)),)) for day in (_MONDAY, _TUESDAY))
    assert [run.started_at for run in merged.columns[0].runs] == [_TUESDAY]


def test_a_finished_run_replaces_what_was_written_of_it_before() -> None:
    early = WalkReport((column(result(_TLS, "not run", reached=False), ending="under way"),))
    late = WalkReport((column(result(_TLS, "passed")),))
    for order in ([early, late], [late, early]):
        (made,) = merge_reports(order).columns
        assert (made.rows[0].outcome, made.runs[0].ending) == ("passed", "complete")


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.partition("<body>")[2].partition("<script>")[0]))


def test_the_page_shows_totals_rows_and_evidence() -> None:
    page = render_page(REPORT)
    text = _text(page)
    assert "native4.3.1 1 1 0 1 min 15 s" in text
    assert "129.0 MB, SHA-256 a1b2c3d4a1b2c3d4, /the/kafka" in text
    assert "crashed" in text
    assert "INTERNAL ERROR" in text
    assert "native 4.3.1: no &lt;broker&gt; test_tls.py::test_tls (setup) the traceback" in text
    assert "FATAL &amp; the last line" in text
    assert "jvm 4.3.1: not run: no KDC" in text
    assert "✗ failed 1 min 1 s, 2 tests ✓ passed" in text
    assert "Old \N{EN DASH}" in text
    assert re.findall(r'data-outcomes="([^"]*)"', page) == ["not run", "passed", "failed|passed|differs"]
    assert re.findall(r'(?:src|href)="', page) == []  # it needs no other file


def test_a_file_that_is_not_ours_is_not_overwritten(tmp_path: Path) -> None:
    for name, text in (("walk-1.html", "<html>"), ("walk-2.json", "{}")):
        (tmp_path / name).write_text(text)
        with pytest.raises(SettingsError, match=f"{name} is there, and is no report of the feature walk"):
            write_report(REPORT, tmp_path, name.partition(".")[0])
        assert (tmp_path / name).read_text() == text
    write_report(REPORT, tmp_path, "walk-3")
    write_report(REPORT, tmp_path, "walk-3")


def test_the_command_draws_one_result_again(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = written.with_suffix(".html")
    page.unlink()
    assert main(["systest", "report", str(written)]) == 0
    assert page.is_file()
    out = capsys.readouterr().out
    assert "native 4.3.1: 1 passed, 1 failed in 1 min 15 s; crashed" in out
    assert "jvm 4.3.1: 2 passed, 1 not run in 1 min 15 s\n" in out
    assert f"report  {page}\n" in out


def test_the_command_merges_a_folder(written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = WalkReport((column(result(_TLS, "passed", _TUESDAY)),))
    write_report(later, tmp_path, "walk-2")
    assert main(["systest", "report", str(tmp_path), str(written), "--output", str(tmp_path / "all"), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    outcomes = [row["outcome"] for row in value["columns"][0]["rows"]]
    assert outcomes == ["passed", "passed"]
    assert value["files"]["html"].startswith(str(tmp_path / "all/merged-"))


def test_the_command_without_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["systest", "report", str(tmp_path)]) == 2
    assert f"no walk-*.json is in the folder {tmp_path}" in capsys.readouterr().err
    assert main(["systest", "report", str(tmp_path / "walk-9.json")]) == 2
    assert "there is no " in capsys.readouterr().err


def test_what_was_under_way_is_shown_as_never_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    killed = WalkReport((column(result(_TLS, "not run", reached=False), ending="under way"),))
    write_report(killed, tmp_path, "walk-1")
    assert main(["systest", "report", str(tmp_path)]) == 0
    assert "0 passed, 1 not run in 1 min 15 s; it never ended" in capsys.readouterr().out
    assert "never ended" in _text(render_page(killed))


def _record(event: str, test: str = "t", **facts: Any) -> str:
    return json.dumps({"event": event, "test": test} | facts) + "\n"


def test_records_are_read_on_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    records = RecordFile(path)
    assert list(records.new()) == []
    path.write_text(_record("started") + '{"event": "fin')
    assert [each["event"] for each in records.new()] == ["started"]
    assert list(records.new()) == []
    path.write_text(_record("started") + _record("finished"))
    assert [each["event"] for each in records.new()] == ["finished"]


@pytest.mark.parametrize("line", ["{", "1", '{"event": "started"}'])
def test_a_line_that_is_no_record_is_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(f"{_record('started')}{line}\n")
    with pytest.raises(SystemTestError, match=f"{path}, line 2, is no record") as caught:
        list(RecordFile(path).new())
    assert caught.value.details == line


def test_a_row_of_which_some_tests_were_not_reached_is_not_run() -> None:
    tally = Tally(CollectedTest(test, _TLS) for test in ("a", "b", "c"))
    for event in ("started", "finished"):
        tally.take(json.loads(_record(event, "a")))
    tally.take(json.loads(_record("started", "of another kind")))
    (row,) = tally.results(_MONDAY, "the walk was interrupted")
    assert (row.outcome, row.reached, row.reasons) == (
        "not run",
        False,
        ("2 of 3 tests not reached: the walk was interrupted",),
    )
    assert (tally.rows_done, tally.unreached, tally.row_of("x")) == (0, ("b", "c"), None)
    assert not tally.crash("pytest is gone", "")
    assert replace(row, outcome="passed") != row


def test_a_table_for_the_docs(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["systest", "report", str(written), "--markdown"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "| area | feature | native 4.3.1 | jvm 4.3.1 |",
        "|---|---|---|---|",
        "| Log | Old |  | not run: no KDC |",
        "| Log | Segments roll | passed | passed |",
        "| Security | TLS &lt;1.3> | failed: no &lt;broker> | passed |",
    ]
    assert sorted(path.name for path in written.parent.iterdir()) == ["walk-1.html", "walk-1.json"]
