"""Finds the cause in the output of a builder that failed: known failures first, then its own error lines."""

from __future__ import annotations

import re
import signal
import tomllib
from importlib import resources
from typing import TYPE_CHECKING

from kafka_native.errors import NativeBuildError

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native._system.commands import CommandResult

__all__ = ["build_failure"]

_ERROR_LINE = re.compile(r"^(?:Fatal error|Error|Caused by|fatal error)\b.*", re.MULTILINE)


def build_failure(result: CommandResult, title: str, log: Path) -> NativeBuildError:
    """Return the error that tells why a build failed.

    Args:
        result: What the builder left.
        title: What was being built.
        log: Where all of its output is.
    """
    cause, hint = _known(result.output) or _by_signal(result.returncode) or (_first_error(result), None)
    return NativeBuildError(
        f"building the {title} failed: {cause}",
        hint=hint or "report it, with the log",
        details=f"{_evidence(result)}\nthe whole log: {log}",
    )


def _known(output: str) -> tuple[str, str] | None:
    table = tomllib.loads((resources.files("kafka_native.native") / "known_failures.toml").read_text(encoding="utf-8"))
    for failure in table["failure"]:
        if found := re.search(failure["pattern"], output):
            names = {name: value or "" for name, value in found.groupdict().items()}
            return failure["cause"].format(**names), failure["hint"]
    return None


def _by_signal(returncode: int) -> tuple[str, str] | None:
    # GraalVM's driver ends with 137 when its builder was killed (com.oracle.svm.core.util.ExitStatus).
    if returncode not in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return None
    return (
        "the builder was killed; the kernel does this when memory runs out",
        "free about 6 GB of memory, or build with --optimize quick",
    )


def _first_error(result: CommandResult) -> str:
    found = _ERROR_LINE.search(result.output)
    return found.group().strip() if found else f"the builder ended with status {result.returncode}"


def _evidence(result: CommandResult) -> str:
    lines = [found.group().strip() for found in _ERROR_LINE.finditer(result.output)]
    return "\n".join(dict.fromkeys(lines[:5])) or result.tail(8)
