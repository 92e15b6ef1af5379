"""Asks a short program something on its standard input and reads its answer, neither of which is logged anywhere."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field

from kafka_native.errors import PrerequisiteError

__all__ = ["Answer", "exchange"]


@dataclass(frozen=True)
class Answer:
    """What a program answered.

    Args:
        returncode: Its exit status.
        stdout: Its standard output.
        stderr: Its standard error.
    """

    returncode: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)


def exchange(argv: tuple[str, ...], question: str = "", *, timeout_seconds: float = 30) -> Answer:
    """Run a program with a text on its standard input, and return what it answers.

    Args:
        argv: The program and its arguments; no shell is involved. Secrets belong into the question.
        question: What it reads.
        timeout_seconds: When it is given up and killed.

    Raises:
        PrerequisiteError: When there is no such program, or it does not answer in time.
    """
    try:
        done = subprocess.run(
            argv, input=question, capture_output=True, text=True, timeout=timeout_seconds, check=False
        )
    except FileNotFoundError as error:
        raise PrerequisiteError(f"cannot run {argv[0]}: there is no such program") from error
    except subprocess.TimeoutExpired as error:
        raise PrerequisiteError(f"{argv[0]} did not answer in {timeout_seconds:.0f} s") from error
    return Answer(done.returncode, done.stdout, done.stderr)
