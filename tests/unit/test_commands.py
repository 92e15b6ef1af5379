"""Running other programs: what is left of them when we are killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from kafka_native._system.commands import capture, run
from kafka_native.errors import PrerequisiteError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_STARTS_A_GRANDCHILD = """
import sys
from kafka_native._system.commands import run
run(["/bin/sh", "-c", "sleep 600 & echo $! > $0; wait", sys.argv[1]])
"""
_LAUNCHES_A_NODE = """
import sys, time
from pathlib import Path
from kafka_native.bench.node import launched, prepare
note = Path(sys.argv[1])
with launched((sys.executable, "-c", "import time; time.sleep(600)"), prepare(note.with_name("node"))) as node:
    note.write_text(str(node.pid))
    time.sleep(600)
"""
_ASKS_FOR_A_COMMAND = """
import sys, time
from pathlib import Path
from kafka_native._system.commands import running_if_killed
with running_if_killed('touch "$1"', sys.argv[2]):
    Path(sys.argv[1]).touch()
    while Path(sys.argv[1]).exists():
        time.sleep(0.01)
"""


@pytest.mark.parametrize("program", [_STARTS_A_GRANDCHILD, _LAUNCHES_A_NODE], ids=["command", "node of the bench"])
def test_what_was_started_ends_when_we_are_killed(program: str, tmp_path: Path) -> None:
    """A compiler that make has started is not our child, so that the kernel would not end it with us."""
    note = tmp_path / "pid"
    ours = subprocess.Popen([sys.executable, "-c", program, str(note)])
    _wait(lambda: note.is_file() and note.read_text().strip())
    started = psutil.Process(int(note.read_text()))
    ours.kill()
    ours.wait()
    _wait(lambda: not started.is_running() or started.status() == psutil.STATUS_ZOMBIE)


@pytest.mark.parametrize("how", [signal.SIGKILL, None])
def test_a_command_is_run_for_us_only_if_we_are_killed(how: signal.Signals | None, tmp_path: Path) -> None:
    ours = subprocess.Popen([sys.executable, "-c", _ASKS_FOR_A_COMMAND, tmp_path / "here", tmp_path / "run"])
    _wait((tmp_path / "here").exists)
    if how is None:
        (tmp_path / "here").unlink()
        assert ours.wait() == 0
        assert not (tmp_path / "run").exists()
    else:
        ours.send_signal(how)
        ours.wait()
        _wait((tmp_path / "run").exists)


def test_no_watcher_is_left_when_a_command_has_ended() -> None:
    assert run(["/bin/true"]).returncode == 0
    assert [each.name() for each in psutil.Process().children() if each.name() == "sh"] == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="no such folder"):
        run(["/bin/true"], cwd=tmp_path / "missing")


@pytest.mark.parametrize(
    ("content", "mode", "problem"),
    [
        ("no program", 0o755, "Exec format error"),
        ("#!/bin/sh", 0o644, "Permission denied"),
        (None, 0, "no such program"),
    ],
)
def test_a_program_that_cannot_be_executed_is_told(
    tmp_path: Path, content: str | None, mode: int, problem: str
) -> None:
    program = tmp_path / "program"
    if content is not None:
        program.write_text(content)
        program.chmod(mode)
    for call in (lambda: run([program]), lambda: capture([program], timeout_seconds=10)):
        with pytest.raises(PrerequisiteError, match=f"cannot run {program}: .*{problem}"):
            call()


def _wait(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
