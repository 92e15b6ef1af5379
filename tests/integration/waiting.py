"""Waiting for a condition with a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["wait_until"]

_T = TypeVar("_T")
_PAUSE_SECONDS = 0.02


def wait_until(condition: Callable[[], _T], what: str, timeout_seconds: float = 30) -> _T:
    """Poll until the condition returns something true, and return that.

    Args:
        condition: Asked again and again.
        what: What is waited for, as the message says it when it does not come.
        timeout_seconds: The deadline.

    Raises:
        AssertionError: When the deadline passes; the last value is in the message.
    """
    deadline = time.monotonic() + timeout_seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout_seconds:g} s; it is {value!r}")
        time.sleep(_PAUSE_SECONDS)
    return value
