"""A program that found the disk full says so in its output only; this makes it the error that it is."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kafka_native._system.commands import CommandResult

__all__ = ["refuse_full_disk"]

_MESSAGE = "No space left on device"


def refuse_full_disk(result: CommandResult) -> None:
    """Raise when a program that failed says that the disk is full.

    Raises:
        OSError: With ENOSPC, which `explain_os_errors` puts into words.
    """
    if result.returncode != 0 and _MESSAGE in result.output:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
