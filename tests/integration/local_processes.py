"""Looks for processes of this machine by their command lines. Linux only: it reads /proc (proc(5))."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_processes", "leaked_processes"]


def find_processes(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield pid and command line of each process that names something inside a folder."""
    for process in Path("/proc").iterdir():
        words = _command_line(process) if process.name.isdigit() else []
        if any(f"{folder}/" in word for word in words):
            yield int(process.name), words


def leaked_processes(folder: Path) -> list[str]:
    """Return the command lines of the processes that name something inside a folder."""
    return [" ".join(words) for _, words in find_processes(folder)]


def _command_line(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []
