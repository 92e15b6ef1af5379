"""Records are read back as they were written, whatever ended the writer, and anything else is refused with a reason."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from kafka_native.bench.docker import bench_docker
from kafka_native.bench.machine import CpuUse, check_idle, fingerprint, is_busy, sample_cpu_use
from kafka_native.bench.page import newest_recordings
from kafka_native.bench.process_use import cpu_seconds, memory_use
from kafka_native.bench.records import Recorder, find_records, load_recording
from kafka_native.bench.spec import BenchSpec, default_records, engine_names
from kafka_native.bench.start import bench_start
from kafka_native.bench.timeline import STAGES, _logged, _marks
from kafka_native.bench.tool import bench_tool
from kafka_native.errors import BenchError, SettingsError
from kafka_native.settings import load_settings

from .recordings import everything, header, recording, starts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kafka_native.bench.records import Recording


def _write(made: Recording, folder: Path) -> Path:
    with Recorder(made.header, folder) as recorder:
        for sample in made.samples:
            recorder.add(sample)
    return recorder.path


@pytest.mark.parametrize("scenario", ["start", "memory", "throughput", "growth", "size"])
def test_what_is_written_is_read_back(scenario: str, tmp_path: Path) -> None:
    made = everything()[scenario]
    path = _write(made, tmp_path / "new" / "folder")
    assert path.name == f"2026-11-26T22-00-00Z-{scenario}.jsonl"
    read = load_recording(path)
    assert read.header.machine == made.header.machine
    assert read.header.engines == made.header.engines
    assert json.loads(json.dumps([vars(each) for each in read.samples])) == json.loads(
        json.dumps([vars(each) for each in made.samples])
    )


def test_samples_are_on_disk_at_once(tmp_path: Path) -> None:
    made = starts()
    with Recorder(made.header, tmp_path) as recorder:
        recorder.add(made.samples[0])
        assert load_recording(recorder.path).samples == made.samples[:1]


def test_a_line_that_a_kill_has_cut_is_left_out(tmp_path: Path) -> None:
    path = _write(starts(), tmp_path)
    path.write_text(path.read_text()[:-20])
    assert load_recording(path).samples == starts().samples[:-1]


def test_records_are_never_overwritten(tmp_path: Path) -> None:
    _write(starts(), tmp_path)
    with pytest.raises(FileExistsError):
        _write(starts(), tmp_path)


@pytest.mark.parametrize("text", ["", "{}\n", "no json\n", '{"schema": 1}\n', "[]\n"])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(BenchError, match=r"x\.jsonl"):
        load_recording(tmp_path / "x.jsonl")


def test_damage_in_the_middle_is_told(tmp_path: Path) -> None:
    path = _write(starts(), tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][:-5], *lines[2:]]))
    with pytest.raises(BenchError, match="damaged"):
        load_recording(path)


def test_another_schema_is_told(tmp_path: Path) -> None:
    path = _write(starts(), tmp_path)
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 99'))
    with pytest.raises(BenchError, match="schema 99"):
        load_recording(path)


def test_a_folder_without_records_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="no records"):
        find_records([tmp_path])


def test_the_newest_recording_with_a_sample_counts(tmp_path: Path) -> None:
    old = starts()
    empty = recording("start", [], runs=1)
    _write(old, tmp_path)
    text = next(tmp_path.iterdir()).read_text()
    (tmp_path / "2026-11-27T00-00-00Z-start.jsonl").write_text(text.replace("11-26", "11-27"))
    _write(empty, tmp_path / "later")
    (tmp_path / "later" / "2026-11-26T22-00-00Z-start.jsonl").rename(tmp_path / "2026-11-28T00-00-00Z-start.jsonl")
    newest = newest_recordings(find_records([tmp_path]))
    assert newest["start"].header.started_at == "2026-11-27T22:00:00Z"
    assert newest["start"].samples == old.samples


@pytest.mark.parametrize(("busy", "steal"), [(0.5, 0.0), (0.0, 0.1)])
def test_a_busy_machine_is_refused(busy: float, steal: float) -> None:
    with pytest.raises(BenchError, match="busy") as caught:
        check_idle(CpuUse(busy, steal), allow_busy=False)
    assert caught.value.exit_code == 10
    assert "--allow-busy" in (caught.value.hint or "")


def test_a_busy_machine_is_warned_of_when_it_is_allowed(caplog: pytest.LogCaptureFixture) -> None:
    check_idle(CpuUse(0.5, 0.0), allow_busy=True)
    assert "busy" in caplog.text


def test_an_idle_machine_is_fine() -> None:
    check_idle(CpuUse(0.1, 0.01), allow_busy=False)
    assert not is_busy(CpuUse(0.1, 0.01))


def test_cpu_use_is_read_from_the_first_line_of_stat(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 0 50 800 20 0 10 20 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n")
    before = [100, 0, 50, 800, 20, 0, 10, 20]
    assert sample_cpu_use(0, stat) == CpuUse(0.0, 0.0)
    from kafka_native.bench.machine import _use_between  # noqa: PLC0415

    after = [130, 0, 60, 840, 25, 0, 15, 30]
    assert _use_between(before, after) == CpuUse(0.5, 0.1)


def test_the_fingerprint_names_this_machine() -> None:
    machine = fingerprint(CpuUse(0.0, 0.0))
    assert machine.cpu_count == len(os.sched_getaffinity(0))
    assert machine.memory_bytes > 1 << 28
    assert machine.kernel.startswith("Linux ")
    assert machine.cpu_model


def test_the_memory_of_a_process() -> None:
    use = memory_use(os.getpid())
    assert use.rss_anonymous + use.rss_file <= use.rss <= use.peak_rss
    assert 0 < use.pss_anonymous <= use.pss <= use.rss * 1.1


def test_the_processor_time_of_a_process(tmp_path: Path) -> None:
    folder = tmp_path / "7"
    folder.mkdir()
    (folder / "stat").write_text("7 (a (strange) name) S 1 1 1 0 -1 0 0 0 0 0 150 50 9 9 20 0 1 0 5\n")
    assert cpu_seconds(7, tmp_path) == 200 / os.sysconf("SC_CLK_TCK")


def test_engines_have_names() -> None:
    assert engine_names(["jvm", "native"]) == ("jvm", "native")
    with pytest.raises(SettingsError, match="'graal'"):
        engine_names(["graal"])


@pytest.mark.parametrize("measure", [bench_start, bench_tool, bench_docker])
def test_no_runs_are_refused(measure: Callable[..., object], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="0 runs"):
        measure(BenchSpec(tmp_path), load_settings(), runs=0)


def test_records_of_a_clone_are_kept_with_it() -> None:
    assert default_records().parts[-2:] == ("bench", "records")
    assert header("start").name == "2026-11-26T22-00-00Z-start"


def test_marks_of_the_launcher() -> None:
    text = "1700000000000000 main\n1700000000500000 configured\ncut of\n1700000001000000 unknown-stage\n17000"
    assert _marks(text) == {"main": 1.7e9, "configured": 1.7e9 + 0.5}


def test_moments_in_kafkas_log() -> None:
    text = """\
[2026-11-26 22:00:00,100] INFO [RaftManager id=1] Completed transition to Leader(localId=1) from Candidate (a.B)
[2026-11-26 22:00:00,150] INFO [SocketServer listenerType=CONTROLLER, nodeId=1] Enabling request processing. (k.S)
[2026-11-26 22:00:00,200] INFO [SocketServer listenerType=BROKER, nodeId=1] Enabling request processing. (k.S)
not a line of the log: The broker has been unfenced
[2026-11-26 22:00:00,300] INFO [x] The broker has been unfenced. Transitioning from RECOVERY to RUNNING. (x)
[2026-11-26 22:00:01,300] INFO [x] The broker has been unfenced. Transitioning from RECOVERY to RUNNING. (x)
"""
    found = _logged(text)
    assert list(found) == ["leader", "controller", "listening", "unfenced"]
    assert [round(found[name] - found["leader"], 3) for name in found] == [0, 0.05, 0.1, 0.2]
    assert set(found) <= set(STAGES)
