"""Which commands an engine runs, and what happens when its broker does not start, on stand-ins for executables."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from kafka_native.bench.engines import BenchEngine, resolve_engines
from kafka_native.bench.records import load_recording
from kafka_native.bench.samples import StartSample
from kafka_native.broker import NodeSpec
from kafka_native.cli.main import main
from kafka_native.errors import BenchError
from kafka_native.settings import load_settings
from kafka_native.tools import find_tool

_HELP = """\
Usage: kafka COMMAND

Broker:
  server-start    format storage when it is new, and run a broker or controller
"""


def _executable(path: Path, **answers: str) -> Path:
    """Make a program that prints what belongs to its last argument, and otherwise fails as a launcher does."""
    known = {f"--{name}": text for name, text in answers.items()}
    path.write_text(
        f"#!{sys.executable} -IS\n"
        "import sys\n"
        f"if sys.argv[-1] in {known!r}: print({known!r}[sys.argv[-1]]); sys.exit()\n"
        "print('kafka: error: the disk is on fire\\nhint: put it out'); sys.exit(8)\n"
    )
    path.chmod(0o755)
    return path


def test_a_native_engine_tells_what_is_in_it(tmp_path: Path) -> None:
    path = _executable(tmp_path / "kafka", version="kafka 4.3.1 (commit 0)")
    (engine,) = resolve_engines(["native"], NodeSpec(executable=path), load_settings(), cluster_id="id")
    assert engine.start == (str(path), "-Xmx512m", "server-start")
    assert engine.format is None
    record = engine.record()
    assert (record.kafka_version, record.executable_bytes, record.java_version) == ("4.3.1", path.stat().st_size, None)
    assert len(record.executable_sha256 or "") == 64


def test_a_record_does_not_tell_whose_home_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    spec = NodeSpec(executable=_executable(tmp_path / "kafka"))
    (engine,) = resolve_engines(["native"], spec, load_settings(), cluster_id="id")
    assert engine.record().argv[0] == "~/kafka"


def test_an_engine_that_is_named_twice_is_measured_once(tmp_path: Path) -> None:
    spec = NodeSpec(executable=_executable(tmp_path / "kafka"))
    assert len(resolve_engines(["native", "native"], spec, load_settings(), cluster_id="id")) == 1


@pytest.mark.parametrize("more", ["", "  storage         format log dirs (not in this executable)\n"])
def test_two_launches_need_a_command_that_formats(tmp_path: Path, more: str) -> None:
    spec = NodeSpec(executable=_executable(tmp_path / "kafka", help=_HELP + more))
    with pytest.raises(BenchError, match="no command that formats"):
        resolve_engines(["native-two-launches"], spec, load_settings(), cluster_id="id")


def test_two_launches_format_with_kafkas_defaults_and_then_start(tmp_path: Path) -> None:
    path = _executable(tmp_path / "kafka", help=_HELP + "  storage         format log dirs\n")
    spec = NodeSpec(executable=path, max_heap="96m")
    (engine,) = resolve_engines(["native-two-launches"], spec, load_settings(), cluster_id="id")
    assert engine.format == (str(path), "-Xmx96m", "storage", "format", "--cluster-id", "id", "--config")
    assert engine.start == (str(path), "-Xmx96m", "server-start")
    assert engine.kafka_defaults


def test_a_tool_of_the_native_engine_is_run_by_its_name(tmp_path: Path) -> None:
    spec = NodeSpec(executable=_executable(tmp_path / "kafka"))
    (engine,) = resolve_engines(["native"], spec, load_settings(), cluster_id="id")
    assert engine.tool_command(find_tool("topics")) == (str(tmp_path / "kafka"), "-Xmx512m", "topics")


def test_a_tool_of_kafkas_scripts_is_run_by_its_class() -> None:
    engine = BenchEngine("jvm-scripts", ("/java", "-cp", "a.jar", "kafka.Kafka"))
    assert engine.tool_command(find_tool("topics"))[-2:] == ("a.jar", "org.apache.kafka.tools.TopicCommand")


def test_a_start_that_fails_is_recorded_and_the_command_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _executable(tmp_path / "kafka")
    words = ["--runs", "2", "--engine", "native", "--executable", str(path), "--allow-busy"]
    places = ["--records", str(tmp_path / "records"), "--work-dir", str(tmp_path)]
    assert main(["bench", "start", *words, *places, "--json"]) == 10
    shown = capsys.readouterr()
    assert "2 starts failed" in shown.err
    assert json.loads(shown.out)["results"][0]["failures"] == 2
    samples = load_recording(Path(json.loads(shown.out)["records"])).samples
    assert len(samples) == 2  # that of the warm-up is not recorded
    assert all(isinstance(each, StartSample) and "the disk is on fire" in (each.failure or "") for each in samples)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["kafka", "records"]
