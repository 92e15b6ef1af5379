"""Runs other programs to their end, with their output in a file or in memory, and never leaves one behind."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from kafka_native._system.processes import die_with_parent
from kafka_native.errors import PrerequisiteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "CapturedCommand",
    "CommandResult",
    "capture",
    "find_program",
    "killing_with_us",
    "run",
    "running_if_killed",
]

_KEPT_LINES = 2000


@dataclass(frozen=True)
class CommandResult:
    """What a finished command left.

    Args:
        argv: The command.
        returncode: Its exit status; negative when a signal ended it.
        output: Standard output and standard error, as they came, at most the last 2,000 lines.
    """

    argv: tuple[str, ...]
    returncode: int
    output: str = field(repr=False)

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of the output."""
        return "\n".join(self.output.rstrip().splitlines()[-lines:])

    def __str__(self) -> str:
        """Return the command as one would type it."""
        return shlex.join(self.argv)


@dataclass(frozen=True)
class CapturedCommand:
    """What a finished command left, with its two outputs apart.

    Args:
        argv: The command.
        returncode: Its exit status; negative when a signal ended it.
        stdout: Standard output.
        stderr: Standard error.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)


def capture(
    argv: Sequence[str | Path],
    *,
    timeout_seconds: float,
    stdin: str = "",
    environment: Mapping[str, str] | None = None,
) -> CapturedCommand:
    """Run a short command to its end, and keep what it wrote to stdout apart from what it wrote to stderr.

    Args:
        argv: The program and its arguments; no shell is involved.
        timeout_seconds: When it is killed, whatever it is doing.
        stdin: What it reads.
        environment: All of its variables, or None for ours.

    Raises:
        PrerequisiteError: When there is no such program, or it cannot be executed.
        TimeoutError: When it took too long.
    """
    words = tuple(str(word) for word in argv)
    try:
        done = subprocess.run(
            words,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
            env=dict(environment) if environment is not None else None,
        )
    except OSError as error:
        raise _cannot_run(words[0], error) from error
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{shlex.join(words)} did not end in {timeout_seconds:g} s") from error
    return CapturedCommand(words, done.returncode, done.stdout, done.stderr)


def _cannot_run(program: str, error: OSError) -> PrerequisiteError:
    missing = isinstance(error, FileNotFoundError)
    return PrerequisiteError(
        f"cannot run {program}: {'there is no such program' if missing else error.strerror}",
        hint=None if missing else "is it an executable file, and made for this machine?",
    )


def find_program(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the path of a program on `PATH`, or None."""
    return shutil.which(name, path=environment.get("PATH", ""))


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
    log: Path | None = None,
    grace_seconds: float = 0,
) -> CommandResult:
    """Run a command to its end, in a process group of its own that ends when we do.

    Args:
        argv: The program and its arguments; no shell is involved.
        cwd: Its working folder.
        environment: All of its variables, or None for ours.
        on_line: Called with each line of its output, without the newline, as it comes.
        log: A file that receives all of the output.
        grace_seconds: How long it may take to end by itself when we are interrupted, which it hears as SIGINT; then,
            or when we are interrupted again, it is killed with all that it has started.

    Returns:
        The result, whatever the exit status is.

    Raises:
        PrerequisiteError: When there is no such program or folder, or the program cannot be executed.
    """
    words = tuple(str(word) for word in argv)
    if cwd is not None and not cwd.is_dir():
        raise PrerequisiteError(f"cannot run {words[0]} in {cwd}: there is no such folder")
    kept: list[str] = []
    with killing_with_us() as kill_with_us:
        process = _start(words, cwd, environment, kill_with_us)
        try:
            with process, _opened(log) as log_file, _interrupted(process, grace_seconds):
                assert process.stdout is not None  # noqa: S101 - told to the type checker
                for line in process.stdout:
                    kept.append(line)
                    del kept[:-_KEPT_LINES]
                    log_file.write(line)
                    if on_line:
                        on_line(line.rstrip("\n"))
        except BaseException:
            _end_group(process)
            raise
    return CommandResult(words, process.returncode, "".join(kept))


def _start(
    words: tuple[str, ...],
    cwd: Path | None,
    environment: Mapping[str, str] | None,
    kill_with_us: Callable[[int], None],
) -> subprocess.Popen[str]:
    def before_it_runs() -> None:
        die_with_parent()
        kill_with_us(os.getpid())  # told here: we may be killed before we get to it

    try:
        return subprocess.Popen(
            words,
            cwd=cwd,
            env=dict(environment) if environment is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=before_it_runs,  # noqa: PLW1509 - only prctl(2) and write(2)
        )
    except OSError as error:
        raise _cannot_run(words[0], error) from error


@contextlib.contextmanager
def killing_with_us() -> Iterator[Callable[[int], None]]:
    """Yield a function that takes the number of a process group, which is killed when we are, while the block runs.

    `die_with_parent` reaches a child, but not what make has started, and nothing that `posix_spawn` starts. A shell
    waits for the end of a pipe that only we hold, so the kernel tells it that we are gone. It can run before there is
    a group, and to tell it the group costs microseconds.
    """
    watcher = subprocess.Popen(
        ("/bin/sh", "-c", 'read -r group && { read -r _; kill -s KILL -- "-$group"; }'),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    pipe = watcher.stdin
    assert pipe is not None  # noqa: S101 - told to the type checker

    def kill_with_us(group: int) -> None:
        os.write(pipe.fileno(), b"%d\n" % group)

    try:
        yield kill_with_us
    finally:
        watcher.kill()  # before its pipe closes
        watcher.communicate()


@contextlib.contextmanager
def running_if_killed(script: str, *words: str) -> Iterator[None]:
    """Have a shell command run when we are killed while the block runs; when we end otherwise it is not run.

    Args:
        script: The command, in the shell's language.
        words: Its arguments, `$1` and so on.
    """
    watcher = subprocess.Popen(
        ("/bin/sh", "-c", f"read -r _\n{script}", "sh", *words),
        stdin=subprocess.PIPE,  # which the kernel closes when we are gone
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        watcher.kill()  # before its pipe closes
        watcher.communicate()


@contextlib.contextmanager
def _interrupted(process: subprocess.Popen[str], grace_seconds: float) -> Iterator[None]:
    """When we are interrupted, interrupt the command and wait for it, so that it can put away what it has started."""
    try:
        yield
    except BaseException:
        if grace_seconds:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=grace_seconds)  # reads on: a full pipe would hold it up
        _end_group(process)
        raise


def _opened(log: Path | None) -> IO[str]:
    return log.open("w", buffering=1, encoding="utf-8") if log else open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


def _end_group(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
