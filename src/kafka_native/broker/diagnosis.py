"""Turns the log of a broker that ended into an error that tells the cause.

Our launcher writes `kafka: error: ...` and `hint: ...`; what dies otherwise leaves stack traces.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kafka_native.errors import BrokerError, KafkaNativeError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["explain_end", "kafka_version_in", "last_lines"]

_TAIL_BYTES = 256 * 1024
_LAUNCHER_ERROR = re.compile(r"^kafka: error: (.*)$", re.MULTILINE)
_LAUNCHER_HINT = re.compile(r"^(?:kafka: )?hint: (.*)$", re.MULTILINE)
_KAFKA_VERSION = re.compile(r"Kafka version: (\S+)")
_CAUSES = (
    re.compile(r"^Caused by: (.*)$", re.MULTILINE),
    re.compile(r"^(?:Exception in thread \".*\" )?((?:[\w$]+\.)+[\w$]*(?:Exception|Error)(?:: .*)?)$", re.MULTILINE),
    re.compile(r"^.*\b(?:ERROR|FATAL)\b\s*(.*)$", re.MULTILINE),
)


def explain_end(doing: str, log_file: Path, status: int | None) -> KafkaNativeError:
    """Return the error that tells why a broker ended.

    Args:
        doing: What it was doing, as the beginning of a sentence ("the broker 'default' ended while starting").
        log_file: What it printed.
        status: Its exit status, or None when it cannot be known.

    Returns:
        A SettingsError when it refused its configuration, else a BrokerError.
    """
    text = _tail(log_file)
    told, hint = _last(_LAUNCHER_ERROR, text), _last(_LAUNCHER_HINT, text)
    cause = told or next((found for found in (_last(each, text) for each in _CAUSES) if found), None)
    kind = SettingsError if told and status == SettingsError.exit_code else BrokerError
    ending = f" ({_describe(status)})" if status is not None else ""
    return kind(
        f"{doing}{ending}: {cause}" if cause else f"{doing}{ending} and said nothing about the cause",
        hint=_in_our_words(hint) if hint else f"the whole log is in {log_file}",
        details=f"{last_lines(log_file)}\n(log file: {log_file})",
    )


def _in_our_words(hint: str) -> str:
    """The launcher speaks of its own option where ours is the opposite one."""
    return hint.replace("leave --strict-properties out", "give --allow-unknown-properties")


def last_lines(log_file: Path, count: int = 20) -> str:
    """Return the last lines of a log file, or nothing when there is none."""
    return "\n".join(_tail(log_file).rstrip().splitlines()[-count:])


def kafka_version_in(log_file: Path) -> str | None:
    """Return the version that the broker told in its log (AppInfoParser), or None."""
    try:
        with log_file.open(encoding="utf-8", errors="replace") as file:
            match = _KAFKA_VERSION.search(file.read(_TAIL_BYTES))
    except OSError:
        return None
    return match.group(1) if match else None


def _tail(log_file: Path) -> str:
    try:
        with log_file.open("rb") as file:
            file.seek(max(0, log_file.stat().st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _last(pattern: re.Pattern[str], text: str) -> str | None:
    found: list[str] = pattern.findall(text)
    return found[-1].strip() if found else None


def _describe(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
