"""Tracing with a real pytest run, whose tests write what a tracing executable would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kafka_native import metadata, reachability
from kafka_native.errors import ReachabilityMetadataError
from kafka_native.reachability import versions
from kafka_native.settings import Settings

HEADER = """
import json, os, pathlib, pytest

def record(run, *types):
    folder = pathlib.Path(os.environ["NATIVE_KAFKA_TRACE_DIR"], run + ".1")
    folder.mkdir()
    if types:
        value = {"reflection": [{"type": each} for each in types]}
        (folder / "reachability-metadata.json").write_text(json.dumps(value))
"""
PASSING = """
@pytest.mark.trace
def test_plain():
    assert os.environ["NATIVE_KAFKA_EXECUTABLE"] == "/the/tracing/executable"
    record("plain", "a.A", "a.B")

@pytest.mark.trace
def test_sasl():
    record("sasl", "a.A", "a.C")

@pytest.mark.trace
def test_killed():
    record("killed")

def test_of_another_kind():
    raise AssertionError
"""
FAILING = """
@pytest.mark.trace
def test_plain():
    raise AssertionError("the broker did not start")
"""
SILENT = """
@pytest.mark.trace
def test_plain():
    record("killed")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(versions, "bundled", tmp_path.joinpath)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return tmp_path / "native-image-configs/4.3.1"


def traced(tmp_path: Path, tests: str) -> metadata.TraceReport:
    place = tmp_path / "tests"
    place.mkdir(exist_ok=True)
    (place / "pytest.ini").write_text("[pytest]\nmarkers = trace\n", encoding="utf-8")
    (place / "test_broker.py").write_text(HEADER + tests, encoding="utf-8")
    settings = Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")
    return metadata.trace("4.3.1", settings, executable=Path("/the/tracing/executable"), tests=place)


def test_what_the_runs_saw_is_merged_and_written(folder: Path, tmp_path: Path) -> None:
    report = traced(tmp_path, PASSING)
    written = json.loads((folder / reachability.FILE_NAME).read_text(encoding="utf-8"))
    assert written == {"reflection": [{"type": "a.A"}, {"type": "a.B"}, {"type": "a.C"}]}
    provenance = json.loads((folder / reachability.PROVENANCE_FILE_NAME).read_text(encoding="utf-8"))
    assert provenance["seen_by"]["reflection"] == {"a.A": ["*"], "a.B": ["plain"], "a.C": ["sasl"]}
    assert report.entries == 3
    assert report.entries_by_run == {"plain": 2, "sasl": 2}
    assert report.silent_runs == ("killed.1",)
    assert report.added == ("reflection a.A", "reflection a.B", "reflection a.C")
    assert json.loads(json.dumps(report.to_json()))["folder"] == str(folder)
    assert not list((tmp_path / "cache/traces").iterdir())


def test_the_report_tells_what_changed_against_what_was_committed(folder: Path, tmp_path: Path) -> None:
    old = reachability.parse_reachability_metadata('{"reflection": [{"type": "a.A"}, {"type": "a.Old"}]}', "old")
    reachability.write_version(folder, reachability.merge({"old": old}))
    report = traced(tmp_path, PASSING)
    assert report.added == ("reflection a.B", "reflection a.C")
    assert report.removed == ("reflection a.Old",)


def test_a_failing_test_is_an_error_with_its_output(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ReachabilityMetadataError, match=r"failed on the tracing executable \(pytest ended with 1\)"
    ) as e:
        traced(tmp_path, FAILING)
    assert "the broker did not start" in (e.value.details or "")
    assert not folder.exists()


def test_no_test_at_all_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ReachabilityMetadataError, match="pytest ended with 5"):
        traced(tmp_path, "")


def test_no_record_at_all_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ReachabilityMetadataError, match=r"no broker recorded anything \(runs: killed.1\)"):
        traced(tmp_path, SILENT)
    assert not folder.exists()
