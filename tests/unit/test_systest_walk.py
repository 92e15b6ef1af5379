"""The feature walk on small suites, with real pytest runs: what is recorded, tallied, shown and left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native._system.processes import start_ticks
from kafka_native.cli import systest_commands
from kafka_native.cli.main import main
from kafka_native.errors import PrerequisiteError, SettingsError, SystemTestError
from kafka_native.settings import Settings
from kafka_native.systest import Selection, WalkReport, WalkSpec, collect_selected, spec, walk
from kafka_native.systest.collecting import check_tests

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka_native.systest import RowResult

_DOUBLE = Path(__file__).with_name("broker_double.py")
_CONFTEST = """
import pytest

def pytest_addoption(parser):
    parser.addoption("--engine")
    parser.addoption("--executable")
    parser.addoption("--kafka-version")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.failed:
        report.sections.append(("the end of kafka.log", "FATAL the last line"))
    return report
"""
_HEADER = """
import ctypes, os, pathlib, signal, time
import pytest

tls = pytest.mark.feature("Security", "TLS")
scram = pytest.mark.feature("Security", "SCRAM")
roll = pytest.mark.feature("Log", "Segments roll")
"""
_PASSING = """
@tls
def test_tls(pytestconfig):
    assert pytestconfig.option.engine == "native"
    assert pytestconfig.option.executable.endswith("/kafka")
    assert "NATIVE_KAFKA_GATE" not in os.environ

@tls
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_versions(version):
    pass

def test_of_another_kind():
    raise AssertionError

@roll
def test_roll(tmp_path):
    pass
"""
_MIXED = """
@pytest.fixture
def broken():
    raise RuntimeError("no broker\\nanswers")

@pytest.fixture
def not_cleaned():
    yield
    raise OSError("still running")

@tls
def test_of_tls():
    print("said by the test")
    assert 1 + 1 == 3

@tls
def test_that_passes():
    pass

@scram
def test_setup(broken):
    pass

@roll
def test_teardown(not_cleaned):
    pass

@pytest.mark.feature("Log", "Compaction")
def test_skipped():
    pytest.skip("not run: no KDC; install krb5-kdc")

@pytest.mark.feature("Log", "Compaction")
def test_not_skipped():
    pass

@pytest.mark.feature("Log", "Known")
@pytest.mark.xfail(reason="KAFKA-1")
def test_known():
    raise AssertionError
"""


@dataclass
class Suite:
    """A folder of tests, and an executable that is none."""

    folder: Path

    def write(self, tests: str, name: str = "test_features") -> Suite:
        """Write a module of tests."""
        (self.folder / "suite" / f"{name}.py").write_text(_HEADER + tests)
        return self

    @property
    def settings(self) -> Settings:
        """Return places of its own."""
        return Settings(cache_dir=self.folder / "cache", data_dir=self.folder / "data")

    def spec(self, **changes: Any) -> WalkSpec:
        """Return a spec of this suite."""
        given: dict[str, Any] = {
            "engines": ("native",),
            "tests": self.folder / "suite",
            "executable": self.folder / "kafka",
        }
        return WalkSpec(**given | changes)

    def walk(self, **changes: Any) -> dict[str, RowResult]:
        """Walk, and return the rows of the one column by feature."""
        (column,) = walk(self.spec(**changes), self.settings).columns
        return {result.row.feature: result for result in column.rows}


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suite:
    made = Suite(tmp_path)
    (tmp_path / "suite").mkdir()
    (tmp_path / "tmp").mkdir()
    (tmp_path / "suite/conftest.py").write_text(_CONFTEST)
    (tmp_path / "suite/pytest.ini").write_text("[pytest]\nmarkers = feature\n")
    (tmp_path / "kafka").write_text("#!/bin/sh\necho kafka 9.9.9\n")
    (tmp_path / "kafka").chmod(0o755)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    monkeypatch.setenv("NATIVE_KAFKA_GATE", "1")
    monkeypatch.setattr(spec, "bundled", lambda _name: tmp_path / "suite")
    monkeypatch.setattr(systest_commands, "bundled", lambda _name: tmp_path / "suite")
    return made


def test_rows_that_pass(suite: Suite) -> None:
    (column,) = walk(suite.write(_PASSING).spec(), suite.settings).columns
    assert str(column.target) == "native 9.9.9"
    assert [(each.row.area, each.row.feature, each.outcome, each.tests) for each in column.rows] == [
        ("Log", "Segments roll", "passed", 1),
        ("Security", "TLS", "passed", 3),
    ]
    (run,) = column.runs
    assert (run.ending, run.work_dir, run.detail) == ("complete", None, "")
    assert run.executable
    assert (run.executable.path, run.executable.size_bytes) == (str(suite.folder / "kafka"), 27)
    assert list((suite.folder / "tmp").iterdir()) == []


def test_rows_that_do_not_pass(suite: Suite) -> None:
    rows = suite.write(_MIXED).walk()
    assert {name: each.outcome for name, each in rows.items()} == {
        "TLS": "failed",
        "SCRAM": "failed",
        "Segments roll": "failed",
        "Compaction": "not run",
        "Known": "not run",
    }
    (failure,) = rows["TLS"].failures
    assert (failure.test, failure.phase) == ("test_features.py::test_of_tls", "call")
    assert failure.message == "assert (1 + 1) == 3"
    assert "assert 1 + 1 == 3" in failure.text
    assert {each.title: each.text for each in failure.sections} == {
        "Captured stdout call": "said by the test\n",
        "the end of kafka.log": "FATAL the last line",
    }
    assert [(each.phase, each.message) for each in rows["SCRAM"].failures] == [("setup", "RuntimeError: no broker")]
    assert [(each.phase, each.message) for each in rows["Segments roll"].failures] == [
        ("teardown", "OSError: still running")
    ]
    assert rows["Compaction"].reasons == ("not run: no KDC; install krb5-kdc",)
    assert rows["Known"].reasons == ("known to fail: KAFKA-1",)


def test_what_is_known_is_told_after_each_row(suite: Suite) -> None:
    reports: list[WalkReport] = []
    walk(suite.write(_PASSING).spec(), suite.settings, on_change=reports.append)
    first, last = reports[0].columns[0], reports[-1].columns[0]
    assert (first.runs[0].ending, last.runs[0].ending) == ("under way", "complete")
    assert [each.outcome for each in first.rows] == ["not run", "passed"]
    assert first.rows[0].reasons == ("not reached: the walk is under way",)


@pytest.mark.parametrize(
    ("end", "how"), [("os.kill(os.getpid(), signal.SIGKILL)", "was ended by SIGKILL"), ("os._exit(7)", "ended with 7")]
)
def test_after_a_crash_it_goes_on_with_the_next_test(suite: Suite, end: str, how: str) -> None:
    rows = suite.write(f"{_PASSING}\n@scram\ndef test_crash():\n    {end}\n@scram\ndef test_after(): pass\n").walk()
    assert {name: each.outcome for name, each in rows.items()} == {
        "TLS": "passed",
        "SCRAM": "failed",
        "Segments roll": "passed",
    }
    (failure,) = rows["SCRAM"].failures
    assert (failure.phase, failure.message) == ("run", f"pytest {how} while this test ran")
    assert "test_features.py::test_crash" in failure.text
    assert rows["SCRAM"].reached
    (work,) = (suite.folder / "tmp").iterdir()  # it stays, since something failed
    assert {each.name for each in work.glob("*.log")} == {"pytest-1.log", "pytest-2.log"}


def test_a_test_that_hangs_is_ended(suite: Suite) -> None:
    # No signal and no exception gets through to Python here.
    hangs = "@scram\ndef test_hangs():\n    ctypes.PyDLL(None).sleep(60)\n"
    rows = suite.write(_PASSING + hangs).walk(test_timeout_seconds=0.5)
    assert rows["SCRAM"].outcome == "failed"
    assert "in test_hangs" in rows["SCRAM"].failures[0].text


def test_a_run_that_ends_before_its_tests_is_a_crash(suite: Suite) -> None:
    (suite.folder / "suite/conftest.py").write_text(f"""{_CONFTEST}
def pytest_runtestloop(session):
    if not session.config.option.collectonly:
        raise pytest.UsageError("the JDK is gone")
""")
    (column,) = walk(suite.write(_PASSING).spec(), suite.settings).columns
    assert [each.outcome for each in column.rows] == ["not run", "not run"]
    assert column.rows[0].reasons == ("not reached: pytest ended with 4",)
    assert column.runs[0].ending == "crashed"
    assert "the JDK is gone" in column.runs[0].detail


def test_a_module_that_is_left_out_is_a_row_that_is_not_run(suite: Suite) -> None:
    suite.write(_PASSING).write('pytest.skip("needs Linux 9", allow_module_level=True)', "test_new")
    rows = suite.walk()
    assert (rows["test_new.py"].row.area, rows["test_new.py"].outcome) == ("Not collected", "not run")
    assert rows["test_new.py"].reasons == ("needs Linux 9",)
    assert rows["TLS"].outcome == "passed"


def test_brokers_that_a_crashed_run_has_left_are_ended(suite: Suite) -> None:
    kafka = suite.folder / "broker"
    kafka.write_text(f'#!/bin/sh\nDOUBLE= exec {sys.executable} -I -S {_DOUBLE} "$@"\n')
    kafka.chmod(0o755)
    note = suite.folder / "pid"
    suite.write(f"""
from kafka_native import broker
from kafka_native.settings import Settings

@tls
def test_tls(tmp_path):
    node = broker.NodeSpec(name="left", port=0, executable=pathlib.Path({str(kafka)!r}))
    report = broker.up(node, Settings(cache_dir=tmp_path, data_dir=tmp_path / "data"))
    pathlib.Path({str(note)!r}).write_text(str(report.node.pid))
    os._exit(1)
""")
    assert suite.walk()["TLS"].outcome == "failed"
    assert start_ticks(int(note.read_text())) is None


def test_only_the_rows_that_are_asked_for(suite: Suite) -> None:
    suite.write(_MIXED)
    assert set(suite.walk(selection=Selection(areas=("log",), features=("COMP", "segm")))) == {
        "Compaction",
        "Segments roll",
    }


@pytest.mark.parametrize(
    ("selection", "message", "hint"),
    [
        (Selection(areas=("Securty",)), "no area 'Securty'; there are: Log, Security", "did you mean 'Security'?"),
        (Selection(areas=("xyz",)), "no area 'xyz'", "kafka-native systest list shows all rows"),
        (Selection(features=("segmnts",)), "no feature of the walk has 'segmnts'", "did you mean 'Segments roll'?"),
        (Selection(("Log",), ("TLS",)), "no feature of the walk has 'TLS'", "systest list shows all rows"),
    ],
)
def test_rows_that_do_not_exist(suite: Suite, selection: Selection, message: str, hint: str) -> None:
    suite.write(_PASSING)
    with pytest.raises(SettingsError, match=message.replace("?", r"\?")) as caught:
        collect_selected(suite.folder / "suite", selection, "systest list")
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("tests", "message", "evidence"),
    [
        ("import no_such_module", "test_features.py cannot be loaded", "No module named 'no_such_module'"),
        ("def test_of_another_kind(): pass", "no test is marked with @pytest.mark.feature", ""),
        ("@pytest.mark.feature('Log')\ndef test_log(): pass", "pytest ended with 4", "not of the form @pytest.mark"),
    ],
)
def test_tests_that_cannot_be_collected(suite: Suite, tests: str, message: str, evidence: str) -> None:
    with pytest.raises(SystemTestError, match=message) as caught:
        suite.write(tests).walk()
    assert evidence in (caught.value.details or "")


def test_without_a_clone(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="systest walk runs the integration tests, which need a clone"):
        check_tests(tmp_path / "nowhere", "systest walk")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"engines": ("jvm",)}, "--executable is about the native engine, which is not run"),
        ({"engines": ("jvm",), "executable": None, "gate": True}, "--gate is about the native engine"),
        ({"gate": True}, "--gate compiles an executable of its own"),
        ({"kafka_versions": ("4.3.1", "4.4.0")}, "is of one Kafka version, not of 4.3.1, 4.4.0"),
    ],
)
def test_wishes_that_do_not_fit_together(suite: Suite, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        suite.spec(**changes)


def test_each_engine_and_version_is_taken_once(suite: Suite) -> None:
    made = suite.spec(engines=("jvm", "native", "jvm"), kafka_versions=("4.3.1", "4.3.1"))
    assert (made.engines, made.kafka_versions) == (("jvm", "native"), ("4.3.1",))
    assert suite.spec(engines=()).engines == ("native", "jvm")


@pytest.mark.parametrize(
    ("output", "versions", "message"),
    [
        ("nothing of use", (), "does not tell its version"),
        ("kafka 4.3.1", ("4.4.0",), "is Kafka 4.3.1, not 4.4.0"),
    ],
)
def test_an_executable_of_unfit_version(suite: Suite, output: str, versions: tuple[str, ...], message: str) -> None:
    suite.write(_PASSING)
    (suite.folder / "kafka").write_text(f"#!/bin/sh\necho {output}\n")
    with pytest.raises(SettingsError, match=message):
        suite.walk(kafka_versions=versions)


def run_main(suite: Suite, *words: str, code: int = 0) -> None:
    output = ("--output", str(suite.folder / "out")) if words[0] == "walk" else ()
    engine = ("--engine", "native", "--executable", str(suite.folder / "kafka")) if words[0] == "walk" else ()
    assert main(["systest", *words, *engine, *output]) == code


def test_the_command_shows_what_did_not_pass(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    suite.write(_MIXED)
    run_main(suite, "walk", code=9)
    out, err = capsys.readouterr()
    assert "Security         0 of 2 passed" in out
    assert "failed  Security: TLS, native 9.9.9\n  test_features.py::test_of_tls\n  assert (1 + 1) == 3\n" in out
    assert "test_features.py::test_setup (setup)" in out
    assert "not run  Log: Compaction, native 9.9.9\n  not run: no KDC; install krb5-kdc\n" in out
    assert "native 9.9.9: 0 passed, 3 failed, 2 not run in " in out
    assert "error: the feature walk: 3 rows failed on native 9.9.9\n" in err
    html, result = sorted((suite.folder / "out").iterdir(), key=lambda path: path.suffix)
    assert f"report  {html}\nresult  {result}\n" in out
    assert json.loads(result.read_text())["columns"][0]["runs"][0]["ending"] == "complete"


def test_rows_that_are_not_run_fail_only_when_told_so(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    suite.write(_PASSING + "\n@scram\ndef test_skipped():\n    pytest.skip('no KDC')\n")
    run_main(suite, "walk", "--verbose")
    out = capsys.readouterr().out
    assert "native 9.9.9: 2 passed, 1 not run in " in out
    assert "  TLS            passed" in out
    run_main(suite, "walk", "--strict", "--json", code=9)
    out, err = capsys.readouterr()
    assert "error: the feature walk: 1 row not run on native 9.9.9\n" in err
    assert Path(json.loads(out)["files"]["html"]).is_file()


def test_the_rows_are_listed(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    suite.write(_PASSING)
    run_main(suite, "list")
    assert capsys.readouterr().out.splitlines()[1:] == ["Log       Segments roll  1", "Security  TLS            3"]
    run_main(suite, "list", "--json", "--area", "Log")
    assert json.loads(capsys.readouterr().out) == [{"area": "Log", "feature": "Segments roll", "tests": 1}]
    run_main(suite, "list", "--area", "Lg", code=2)
    assert "hint: did you mean 'Log'?" in capsys.readouterr().err


_INTERRUPTED = """
@pytest.fixture
def cleaned():
    yield
    pathlib.Path("{folder}/cleaned").touch()

@scram
def test_first(): pass

@tls
def test_waits(cleaned):
    pathlib.Path("{folder}/waiting").touch()
    time.sleep(60)

@roll
def test_later(): pass
"""
_PROGRAM = """
import pathlib, sys
from kafka_native.cli.main import main
from kafka_native.systest import spec
spec.bundled = lambda name: pathlib.Path(sys.argv[1], "suite")
sys.exit(main(["systest", "walk", "--engine", "native", "--executable", sys.argv[1] + "/kafka",
    "--output", sys.argv[1] + "/out"]))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_an_interrupted_walk_has_found_is_kept(suite: Suite, number: signal.Signals, code: int) -> None:
    suite.write(_INTERRUPTED.format(folder=suite.folder))
    environment = os.environ | {"TMPDIR": str(suite.folder / "tmp")}
    argv = [sys.executable, "-c", _PROGRAM, str(suite.folder)]
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_for((suite.folder / "waiting").exists)
        process.send_signal(number)
        out, err = process.communicate(timeout=100)
    assert process.returncode == code, err
    assert (suite.folder / "cleaned").exists()  # the tests put away what they had started
    assert "native 9.9.9: 1 passed, 2 not run in " in out
    assert "not run  2 rows, native 9.9.9\n  not reached: the walk was interrupted\n" in out
    (result,) = (suite.folder / "out").glob("*.json")
    assert json.loads(result.read_text())["columns"][0]["runs"][0]["ending"] == "interrupted"


def test_a_walk_that_is_killed_leaves_what_it_had(suite: Suite) -> None:
    suite.write(_INTERRUPTED.format(folder=suite.folder))
    environment = os.environ | {"TMPDIR": str(suite.folder / "tmp")}
    with subprocess.Popen([sys.executable, "-c", _PROGRAM, str(suite.folder)], env=environment) as process:
        wait_for(lambda: list((suite.folder / "out").glob("*.html")))
        process.kill()
    (result,) = (suite.folder / "out").glob("*.json")
    column = json.loads(result.read_text())["columns"][0]
    assert [each["outcome"] for each in column["rows"]] == ["not run", "passed", "not run"]
    assert column["runs"][0]["ending"] == "under way"


def wait_for(condition: Callable[[], object], timeout_seconds: float = 100) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_engines_are_resolved_before_any_test(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that cannot be used is told at once, and each engine is given its own words."""
    from kafka_native import native  # noqa: PLC0415
    from kafka_native.systest import targets  # noqa: PLC0415

    built: list[native.BuildSpec] = []

    def ensure(wanted: native.BuildSpec, _settings: Settings) -> native.NativeExecutable:
        built.append(wanted)
        return native.NativeExecutable(suite.folder / "kafka", wanted.kafka_version, "key", {})

    monkeypatch.setattr(native, "ensure_executable", ensure)
    monkeypatch.setattr(native, "ensure_jvm_command", lambda _spec, _settings: ("java", "-cp", "jars"))
    gate = WalkSpec(kafka_versions=("4.4.0",), gate=True, tests=suite.folder)
    native_target, jvm_target = targets.resolve_targets(gate, suite.settings)
    assert built == [native.BuildSpec(kafka_version="4.4.0", optimize="quick", gate=True)]
    assert str(native_target.target) == "native 4.4.0 (gate)"
    assert native_target.options() == ("--engine", "native", "--executable", str(suite.folder / "kafka"))
    assert str(jvm_target.target) == "jvm 4.4.0"
    assert jvm_target.options() == ("--engine", "jvm", "--kafka-version", "4.4.0")


def test_a_gate_run_says_so_to_the_broker(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    from kafka_native.systest import targets  # noqa: PLC0415

    monkeypatch.setattr(targets, "_gate_executable", lambda _version, _settings: suite.folder / "kafka")
    suite.write("@tls\ndef test_tls():\n    assert os.environ['NATIVE_KAFKA_GATE'] == '1'\n")
    (column,) = walk(suite.spec(executable=None, gate=True), suite.settings).columns
    assert (str(column.target), column.rows[0].outcome) == ("native 4.3.1 (gate)", "passed")
