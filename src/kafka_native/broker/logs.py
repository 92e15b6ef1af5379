"""Reads the log file of an instance, and follows it while it grows, is cut or is replaced."""

from __future__ import annotations

import codecs
import os
import time
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["follow_log", "read_log"]

_PAUSE_SECONDS = 0.05
_DECODER = codecs.getincrementaldecoder("utf-8")


def read_log(path: Path, last_lines: int | None = None) -> list[str]:
    """Return the lines of a log file, without newlines.

    Args:
        path: The file; when it does not exist there are no lines.
        last_lines: How many of them, counted from the end; None for all.
    """
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines if last_lines is None else lines[len(lines) - min(last_lines, len(lines)) :]


def follow_log(path: Path, goes_on: Callable[[], bool], *, last_lines: int | None = None) -> Iterator[str]:
    """Yield the lines of a log file as they are written, without newlines.

    When the file is cut it is read from its beginning again, and when another one takes its place (the next start of
    the broker), that one is read.

    Args:
        path: The file; it need not exist yet.
        goes_on: Asked whenever there is nothing new; when it says no, and then nothing is left to read, it is over.
        last_lines: How many of the lines that are there already to yield first; None for all.
    """
    follower = _Follower(path)
    backlog = follower.read()
    yield from backlog if last_lines is None else backlog[len(backlog) - min(last_lines, len(backlog)) :]
    while True:
        more_to_come = goes_on()
        yield from follower.read()
        if not more_to_come:
            yield from follower.rest()
            return
        time.sleep(_PAUSE_SECONDS)


class _Follower:
    """Keeps the file open, and what was read of a line or a character that has no end yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._decoder = _DECODER("replace")
        self._partial = ""

    def read(self) -> list[str]:
        """Return the complete lines that are new."""
        text = self._partial + (self._decoder.decode(self._file.read()) if self._file else "")
        if self._was_replaced():
            text += self._decoder.decode(b"", final=True) + self._reopen()
        *lines, self._partial = text.split("\n")
        return lines

    def rest(self) -> list[str]:
        """Return the last line, when it has no end."""
        if self._file:
            self._file.close()
        last = self._partial + self._decoder.decode(b"", final=True)
        return [last] if last else []

    def _was_replaced(self) -> bool:
        try:
            there = self._path.stat()
        except OSError:
            return False
        if self._file is None:
            return True
        open_one = os.fstat(self._file.fileno())
        return there.st_ino != open_one.st_ino or there.st_size < self._file.tell()

    def _reopen(self) -> str:
        if self._file:
            self._file.close()
        self._file = self._path.open("rb")
        self._decoder.reset()
        return self._decoder.decode(self._file.read())
