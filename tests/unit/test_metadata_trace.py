"""Tracing with a real pytest run, whose tests write what a tracing executable would."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from kafka_native import reachability
from kafka_native.errors import ReachabilityMetadataError
from kafka_native.metadata import jars, recording, trace
from kafka_native.reachability import versions
from kafka_native.settings import Settings

OPTIONS = """
def pytest_addoption(parser):
    for name in ("--engine", "--executable", "--kafka-version"):
        parser.addoption(name)
"""
HEADER = """
import json, os, pathlib, pytest

def record(run, *types):
    folder = pathlib.Path(os.environ["NATIVE_KAFKA_TRACE_DIR"], "test_broker", run + ".1")
    folder.mkdir(parents=True)
    if types:
        value = {"reflection": [{"type": each} for each in types]}
        (folder / "reachability-metadata.json").write_text(json.dumps(value))
"""
PASSING = """
@pytest.mark.trace
def test_plain(request):
    assert request.config.option.engine == "native"
    assert request.config.option.executable == "/the/tracing/executable"
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
FAILING_LATE = """
@pytest.mark.trace
def test_plain():
    record("plain", "a.Partial")

@pytest.mark.trace
def test_sasl():
    raise AssertionError("the broker did not start")
"""
NOTHING = reachability.parse_reachability_metadata("{}", "nothing")
DERIVED = {"rule:plug-ins": reachability.parse_reachability_metadata('{"reflection": [{"type": "a.B"}]}', "rule")}
NO_SETTINGS = Settings(cache_dir=Path("/nowhere"), data_dir=Path("/nowhere"))
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


def recorded_folder(tmp_path: Path, version: str = "4.3.1", name: str = "native") -> Path:
    return tmp_path / "recordings" / version / name


def recorded(tmp_path: Path, tests: str, version: str = "4.3.1", name: str = "native", **how: Any) -> Path:
    place = tmp_path / "tests"
    place.mkdir(exist_ok=True)
    (place / "pytest.ini").write_text("[pytest]\nmarkers =\n  trace\n  feature\n", encoding="utf-8")
    (place / "conftest.py").write_text(OPTIONS, encoding="utf-8")
    (place / "test_broker.py").write_text(HEADER + tests, encoding="utf-8")
    folder = recorded_folder(tmp_path, version, name)
    executable = Path("/the/tracing/executable")
    spec = recording.RecordSpec("native", version, place, executable=executable, **how)
    recording.record(spec, folder, NO_SETTINGS)
    return folder


def traced(tmp_path: Path, tests: str) -> trace.TraceReport:
    return trace.write_merged(recording.load_recordings([recorded(tmp_path, tests)]), DERIVED, NOTHING)


def test_what_the_runs_saw_is_merged_and_written(folder: Path, tmp_path: Path) -> None:
    report = traced(tmp_path, PASSING)
    written = json.loads((folder / reachability.FILE_NAME).read_text(encoding="utf-8"))
    assert written == {"reflection": [{"type": "a.A"}, {"type": "a.B"}, {"type": "a.C"}]}
    provenance = json.loads((folder / reachability.PROVENANCE_FILE_NAME).read_text(encoding="utf-8"))
    assert provenance["seen_by"]["reflection"] == {
        "a.A": ["native:test_broker"],
        "a.B": ["native:test_broker", "rule:plug-ins"],
        "a.C": ["native:test_broker"],
    }
    assert report.entries == 3
    assert report.entries_by_run == {"native:test_broker": 3, "rule:plug-ins": 1}
    assert report.silent_starts == ("test_broker/killed.1",)
    assert report.added == ("reflection a.A", "reflection a.B", "reflection a.C")
    assert json.loads(json.dumps(report.to_json()))["folder"] == str(folder)


def test_the_report_tells_what_changed_against_what_was_committed(folder: Path, tmp_path: Path) -> None:
    old = reachability.parse_reachability_metadata('{"reflection": [{"type": "a.A"}, {"type": "a.Old"}]}', "old")
    reachability.write_version(folder, reachability.merge({"old": old}))
    report = traced(tmp_path, PASSING)
    assert report.added == ("reflection a.B", "reflection a.C")
    assert report.removed == ("reflection a.Old",)


def test_a_failing_test_is_an_error_with_its_output(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ReachabilityMetadataError, match=r"failed on a broker that records \(pytest ended with 1\)"
    ) as e:
        traced(tmp_path, FAILING)
    assert "the broker did not start" in (e.value.details or "")
    assert not folder.exists()


def test_no_test_at_all_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ReachabilityMetadataError, match="pytest ended with 5"):
        traced(tmp_path, "")


def test_no_record_at_all_is_an_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ReachabilityMetadataError, match=r"no broker recorded anything"):
        traced(tmp_path, SILENT)
    assert not folder.exists()


def test_only_selected_tests_record(tmp_path: Path) -> None:
    recordings = recording.load_recordings([recorded(tmp_path, PASSING, select="plain or another")])
    entries = recordings.traces["native:test_broker"].entries
    assert sorted(json.loads(entry.identity)["type"] for entry in entries) == ["a.A", "a.B"]


def test_what_earlier_recordings_brought_stays_when_others_are_added(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace, "_from_jars", lambda *_arguments: (DERIVED, NOTHING))
    trace.merge_recordings([recorded(tmp_path, PASSING)], NO_SETTINGS)
    before = (folder / reachability.PROVENANCE_FILE_NAME).read_text(encoding="utf-8")
    again = trace.merge_recordings([], NO_SETTINGS, add_to="4.3.1")
    assert (again.added, again.removed) == ((), ())
    assert (folder / reachability.PROVENANCE_FILE_NAME).read_text(encoding="utf-8") == before

    more = recorded(tmp_path, PASSING.replace("a.C", "a.D"), name="more", select="sasl")
    report = trace.merge_recordings([more], NO_SETTINGS, add_to="4.3.1")
    assert (report.added, report.removed) == (("reflection a.D",), ())
    written = json.loads((folder / reachability.FILE_NAME).read_text(encoding="utf-8"))
    assert [each["type"] for each in written["reflection"]] == ["a.A", "a.B", "a.C", "a.D"]


class _FakeToolchain:
    jdk = None


def test_what_another_version_recorded_is_carried_over_as_far_as_this_one_has_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = """{"reflection": [{"type": "a.A"}, {"type": "a.Gone", "methods": [{"name": "is", "parameterTypes": []}]},
        {"type": "a.LookedFor"}, {"type": "a.Smaller", "methods": [{"name": "no", "parameterTypes": []}]}]}"""
    there = {"native:test_a": reachability.parse_reachability_metadata(types, "there"), **DERIVED}
    reachability.write_version(folder, reachability.merge(there))
    absent = {"4.3.1": {"a.LookedFor"}, "4.4.0": {"a.LookedFor", "a.Gone", "a.Smaller#no()"}}
    monkeypatch.setattr(trace, "_from_jars", lambda *_arguments: (DERIVED, NOTHING))
    monkeypatch.setattr(trace, "ensure_distribution", lambda version, _settings: version)
    monkeypatch.setattr(trace, "ensure_toolchain", lambda _settings: _FakeToolchain)
    monkeypatch.setattr(
        jars,
        "missing",
        lambda metadata, version, _jdk: frozenset(
            each for each in metadata.facts if reachability.label(each) in absent[version]
        ),
    )
    other = folder.with_name("4.4.0")
    reachability.write_version(other, reachability.merge({"native:test_b": DERIVED["rule:plug-ins"]}))
    report = trace.merge_recordings([], NO_SETTINGS, add_to="4.4.0", carry_from="4.3.1")
    assert report.added == ("reflection a.A", "reflection a.LookedFor", "reflection a.Smaller")
    provenance = reachability.load_provenance(other / reachability.PROVENANCE_FILE_NAME)
    assert provenance.runs == ("carried:4.3.1", "native:test_b", "rule:plug-ins")
    assert provenance.seen_by["reflection", "a.B"] == ("native:test_b", "rule:plug-ins")

    again = trace.merge_recordings([], NO_SETTINGS, add_to="4.4.0")
    assert (again.added, again.removed) == ((), ())

    shutil.rmtree(other)  # a version that has no metadata yet
    report = trace.merge_recordings([], NO_SETTINGS, add_to="4.4.0", carry_from="4.3.1")
    assert report.entries_by_run == {"carried:4.3.1": 3, "rule:plug-ins": 1}


def test_a_version_is_not_carried_over_to_itself(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ReachabilityMetadataError, match=r"of Kafka 4.3.1 cannot be carried over to itself"):
        trace.merge_recordings([recorded(tmp_path, PASSING)], NO_SETTINGS, carry_from="4.3.1")


def test_recordings_are_added_to_their_own_version_only(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ReachabilityMetadataError, match=r"of Kafka 4.3.1 cannot be added to the metadata of 4.4.0"):
        trace.merge_recordings([recorded(tmp_path, PASSING)], NO_SETTINGS, add_to="4.4.0")


def test_recordings_of_several_versions_are_refused(tmp_path: Path) -> None:
    folders = [recorded(tmp_path, PASSING, version) for version in ("4.3.1", "4.4.0")]
    with pytest.raises(ReachabilityMetadataError, match="several Kafka versions cannot be merged"):
        recording.load_recordings(folders)


def test_a_folder_that_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReachabilityMetadataError, match="holds no recording that ended well"):
        recording.load_recordings([tmp_path])


def test_a_recording_is_not_mixed_into_another(tmp_path: Path) -> None:
    recorded(tmp_path, PASSING)
    with pytest.raises(ReachabilityMetadataError, match=r"holds another recording: .*select None"):
        recorded(tmp_path, PASSING, select="sasl")


def test_nothing_is_recorded_beside_other_files(tmp_path: Path) -> None:
    (tmp_path / "recordings/4.3.1/native").mkdir(parents=True)
    (tmp_path / "recordings/4.3.1/native/mine").touch()
    with pytest.raises(ReachabilityMetadataError, match="is not empty"):
        recorded(tmp_path, PASSING)


@pytest.mark.parametrize("jobs", [1, 2])
def test_only_modules_that_have_not_passed_run_again(folder: Path, tmp_path: Path, jobs: int) -> None:
    (tmp_path / "tests").mkdir()
    once = HEADER.replace("test_broker", "test_once") + SILENT.replace("killed", "first", 1).replace(
        'record("first")', 'record("first", "a.Once")'
    )
    (tmp_path / "tests/test_once.py").write_text(once, encoding="utf-8")
    with pytest.raises(ReachabilityMetadataError, match="failed on a broker that records"):
        recorded(tmp_path, FAILING_LATE, jobs=jobs)
    (tmp_path / "tests/test_once.py").write_text(
        once.replace('record("first"', 'raise OSError("again"'), encoding="utf-8"
    )

    report = trace.write_merged(recording.load_recordings([recorded(tmp_path, PASSING, jobs=jobs)]), DERIVED, NOTHING)
    assert report.entries_by_run == {"native:test_broker": 3, "native:test_once": 1, "rule:plug-ins": 1}
    (tmp_path / "tests").rename(tmp_path / "gone")
    recording.record(
        recording.RecordSpec("native", "4.3.1", tmp_path), recorded_folder(tmp_path), NO_SETTINGS
    )  # no test runs
