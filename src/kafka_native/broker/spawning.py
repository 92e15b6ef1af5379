"""Starts a program that outlives us, and finds one again.

Linux only: it reads /proc (proc(5)).
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["exit_status", "find_process_with_argument", "is_child", "spawn_detached"]

_RESTORED_SIGNALS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def spawn_detached(argv: tuple[str, ...], log: Path, environment: Mapping[str, str] = os.environ) -> int:
    """Start a program in a session of its own, so that neither our end nor Ctrl-C in our terminal ends it.

    Args:
        argv: The path of the program, and its arguments.
        log: The file to which its output is appended.
        environment: All of its variables.

    Returns:
        Its pid. `posix_spawn` returns once the program runs, so the process can be found by its arguments from then on.

    Raises:
        OSError: When it cannot be executed.
    """
    actions = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    )
    return os.posix_spawn(
        argv[0], argv, environment, file_actions=actions, setsid=True, setsigmask=(), setsigdef=_RESTORED_SIGNALS
    )


def exit_status(pid: int) -> int | None:
    """Return the exit status of a child of ours that ended (negative for a signal), and forget it.

    None means that it still runs, or is not (or no longer) a child of ours.
    """
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if ended else None


def is_child(pid: int) -> bool:
    """Return whether a process was started by this very program, and was not forgotten by `exit_status`."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def find_process_with_argument(argument: str) -> int | None:
    """Return the pid of a process that has this among its arguments, or None."""
    wanted = argument.encode()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid() and wanted in _arguments(folder):
            return int(folder.name)
    return None


def _arguments(folder: Path) -> list[bytes]:
    try:
        return (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []
