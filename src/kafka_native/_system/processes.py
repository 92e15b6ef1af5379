"""Processes told apart for certain: a pid together with its start time, so that a reused pid is never mistaken.

Linux only: it reads /proc (proc(5)).
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path

__all__ = ["die_with_parent", "is_alive", "start_ticks", "stop", "stop_now"]

_PR_SET_PDEATHSIG = 1


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot, or None when there is no such process.

    A zombie counts as gone, but only once its last thread is: a killed process of many threads holds its ports and
    file locks a little longer than its first thread lives.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *fields = stat.rpartition(")")[2].split()
    threads, ticks = int(fields[16]), int(fields[18])
    return None if state in "ZX" and threads <= 1 else ticks


def is_alive(pid: int, ticks: int) -> bool:
    """Return whether the process that had this pid and start time still runs."""
    return start_ticks(pid) == ticks


def stop(pid: int, ticks: int, *, timeout_seconds: float) -> bool:
    """Ask a process to end with SIGTERM, and kill it when it has not ended in time.

    Args:
        pid: Its process id.
        ticks: Its start time from `start_ticks`; another process with the same pid is left alone.
        timeout_seconds: How long it may take to end by itself.

    Returns:
        Whether it ended by itself.
    """
    if _signal_and_wait(pid, ticks, signal.SIGTERM, timeout_seconds):
        return True
    stop_now(pid, ticks)
    return False


def stop_now(pid: int, ticks: int) -> None:
    """Kill a process, see `stop`, and wait until it is gone."""
    _signal_and_wait(pid, ticks, signal.SIGKILL, 10)


def _signal_and_wait(pid: int, ticks: int, number: signal.Signals, timeout_seconds: float) -> bool:
    if not is_alive(pid, ticks):
        return True
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return True
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if not is_alive(pid, ticks):
            return True
        time.sleep(0.005)
    return False


def die_with_parent() -> None:
    """Make the calling process receive SIGTERM when its parent dies (prctl(2)); for `preexec_fn`.

    So a killed build leaves no compiler behind that goes on for minutes.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
