"""A program that found the disk full says so in its output only; this makes it the error that it is."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from kafka_native._system.commands import run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from kafka_native._system.commands import CommandResult

__all__ = ["run_writing"]

_NUMBERS = (errno.ENOSPC, errno.EDQUOT)


def run_writing(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    log: Path | None = None,
) -> CommandResult:
    """Run a program that writes files, as `commands.run` does, in the locale whose messages are known.

    Args:
        argv: The program and its arguments.
        cwd: Its working folder.
        on_line: Called with each line of its output.
        log: A file that receives all of the output.

    Raises:
        OSError: With ENOSPC or EDQUOT, when the program failed and says that the disk or the quota is full;
            `explain_os_errors` puts it into words.
        PrerequisiteError: As `commands.run` does.
    """
    result = run(argv, cwd=cwd, environment=os.environ | {"LC_ALL": "C"}, on_line=on_line, log=log)
    if result.returncode != 0:
        # Python leaves the language of messages at "C", so these are the program's own words.
        for number in _NUMBERS:
            if os.strerror(number) in result.output:
                raise OSError(number, os.strerror(number))
    return result
