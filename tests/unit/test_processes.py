"""Processes told apart for certain, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from kafka_native._system.processes import is_alive, start_ticks, stop


def child(program: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", program + "; print(flush=True); import time; time.sleep(60)"],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_start_ticks_tell_processes_apart() -> None:
    ours = start_ticks(os.getpid())
    assert ours is not None
    assert is_alive(os.getpid(), ours)
    assert not is_alive(os.getpid(), ours + 1)


def test_a_process_that_ended_is_gone_also_as_a_zombie() -> None:
    with child("pass") as process:
        ticks = start_ticks(process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert ticks is not None
        assert not is_alive(process.pid, ticks)
    assert start_ticks(process.pid) is None


def test_a_process_whose_first_thread_ended_is_alive() -> None:
    """A killed process of many threads is for a moment what this one is for a minute."""
    program = (
        "import ctypes, threading, time; t = threading.Thread(target=lambda: (time.sleep(.3), print(flush=True), "
        "time.sleep(60))); t.start(); ctypes.CDLL(None).pthread_exit(None)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert start_ticks(process.pid) is not None
        process.kill()


def test_stopping_lets_a_process_end_by_itself() -> None:
    with child("pass") as process:
        assert stop(process.pid, start_ticks(process.pid) or 0, timeout_seconds=10)
    assert process.returncode == -signal.SIGTERM


def test_stopping_kills_after_the_deadline() -> None:
    with child("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)") as process:
        started = time.monotonic()
        assert not stop(process.pid, start_ticks(process.pid) or 0, timeout_seconds=0.2)
        assert time.monotonic() - started < 5
    assert process.returncode == -signal.SIGKILL


def test_stopping_leaves_another_process_with_the_same_pid_alone() -> None:
    with child("pass") as process:
        assert stop(process.pid, 1, timeout_seconds=1)
        assert process.poll() is None
        process.kill()
