"""What a process holds and has used. Linux only: it reads /proc (proc(5))."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MemoryUse", "cpu_seconds", "memory_use"]

_KIB = 1024
_LINE = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)
_UTIME_AT, _STIME_AT = 11, 12
"""Behind the name of the program, which may hold blanks."""


@dataclass(frozen=True)
class MemoryUse:
    """What a process holds, in bytes; see `MemorySample`."""

    rss: int
    rss_anonymous: int
    rss_file: int
    pss: int
    pss_anonymous: int
    pss_file: int
    peak_rss: int


def memory_use(pid: int, proc: Path = Path("/proc")) -> MemoryUse:
    """Return what a process holds.

    Raises:
        OSError: When it is gone.
    """
    status = _kib(proc / str(pid) / "status")
    rollup = _kib(proc / str(pid) / "smaps_rollup")
    return MemoryUse(
        rss=status["VmRSS"],
        rss_anonymous=status["RssAnon"],
        rss_file=status["RssFile"],
        pss=rollup["Pss"],
        pss_anonymous=rollup["Pss_Anon"],
        pss_file=rollup["Pss_File"],
        peak_rss=status["VmHWM"],
    )


def _kib(path: Path) -> dict[str, int]:
    text = path.read_text(encoding="utf-8", errors="replace")
    return {name: int(number) * _KIB for name, number in _LINE.findall(text)}


def cpu_seconds(pid: int, proc: Path = Path("/proc")) -> float:
    """Return the processor time of a process, of all its threads, in user and kernel mode.

    Raises:
        OSError: When it is gone.
    """
    fields = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return (int(fields[_UTIME_AT]) + int(fields[_STIME_AT])) / os.sysconf("SC_CLK_TCK")
