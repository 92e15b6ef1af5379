"""The machine that is measured on, and whether it is idle enough. Linux only: it reads /proc and /sys (proc(5))."""

from __future__ import annotations

import os
import platform
import re
import time
from dataclasses import dataclass
from pathlib import Path

from kafka_native import reporting
from kafka_native.errors import BenchError

__all__ = ["CpuUse", "Machine", "check_idle", "fingerprint", "is_busy", "sample_cpu_use"]

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_STAT = Path("/proc/stat")
_HIGHEST_BUSY = 0.15
_HIGHEST_STEAL = 0.02
_SAMPLE_SECONDS = 2.0


@dataclass(frozen=True)
class CpuUse:
    """What the processors did, as shares of 1.

    Args:
        busy: They worked for somebody on this machine, or waited for its disk.
        steal: The host gave them to another machine.
    """

    busy: float
    steal: float


@dataclass(frozen=True)
class Machine:
    """A fingerprint: figures are compared only when it is the same.

    Args:
        cpu_model: As the kernel tells it.
        cpu_count: The processors that we may run on.
        memory_bytes: All of its memory.
        kernel: Name and release.
        governor: How the frequency is chosen; None where the kernel does not tell (virtual machines).
        load_1m: The load average over a minute, before the measurement.
        cpu_use: What the processors did before the measurement.
        boot_id: Tells apart two boots, and two machines that look alike.
    """

    cpu_model: str
    cpu_count: int
    memory_bytes: int
    kernel: str
    governor: str | None
    load_1m: float
    cpu_use: CpuUse
    boot_id: str


def fingerprint(cpu_use: CpuUse) -> Machine:
    """Return what this machine is.

    Args:
        cpu_use: What its processors do.
    """
    model = re.search(r"^(?:model name|Processor|CPU part)\s*:\s*(.+)$", _read("/proc/cpuinfo") or "", re.MULTILINE)
    return Machine(
        cpu_model=model.group(1) if model else platform.machine(),
        cpu_count=len(os.sched_getaffinity(0)),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        kernel=f"{platform.system()} {platform.release()}",
        governor=_read(_GOVERNOR),
        load_1m=os.getloadavg()[0],
        cpu_use=cpu_use,
        boot_id=_read("/proc/sys/kernel/random/boot_id") or "",
    )


def _read(path: Path | str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def sample_cpu_use(seconds: float = _SAMPLE_SECONDS, stat: Path = _STAT) -> CpuUse:
    """Watch the processors for a while and return what they did.

    The load average would not do: it remembers the measurement before this one for minutes.
    """
    before = _ticks(stat)
    time.sleep(seconds)
    return _use_between(before, _ticks(stat))


def _ticks(stat: Path) -> list[int]:
    return [int(each) for each in stat.read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]


def _use_between(before: list[int], after: list[int]) -> CpuUse:
    """`cpu user nice system idle iowait irq softirq steal`, see proc_stat(5)."""
    delta = [later - earlier for earlier, later in zip(before, after, strict=True)]
    total = sum(delta)
    return CpuUse((total - delta[3] - delta[7]) / total, delta[7] / total) if total else CpuUse(0.0, 0.0)


def is_busy(use: CpuUse) -> bool:
    """Return whether others take so much of the processors that figures are worth little."""
    return use.busy > _HIGHEST_BUSY or use.steal > _HIGHEST_STEAL


def check_idle(use: CpuUse, *, allow_busy: bool) -> None:
    """Refuse a machine on which others work.

    Args:
        use: What its processors did.
        allow_busy: Whether to measure nevertheless, with a warning.

    Raises:
        BenchError: When it is busy.
    """
    if not is_busy(use):
        return
    message = (
        f"the machine is busy: others use {use.busy:.0%} of its processors (at most {_HIGHEST_BUSY:.0%} is fine), "
        f"and its host takes {use.steal:.0%} (at most {_HIGHEST_STEAL:.0%})"
    )
    if not allow_busy:
        raise BenchError(message, hint="wait until it is idle, or add --allow-busy and do not trust the figures")
    reporting.current().warn(f"{message}; the figures are marked")
