"""Runs `kafka-native` as a user would: as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kafka_native

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

__all__ = ["CommandLine", "Result"]

_TIMEOUT_SECONDS = 120
_SOURCE = Path(kafka_native.__file__).parent.parent


@dataclass(frozen=True)
class Result:
    """What a command left.

    Args:
        exit_code: Its exit code.
        stdout: What it wrote for programs.
        stderr: What it wrote for people.
    """

    exit_code: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """Return its output as JSON."""
        assert self.exit_code == 0, self.stderr
        return json.loads(self.stdout)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let programs that are started here react to Ctrl-C, also when a shell made these tests ignore it (`pytest &`)."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True)
class CommandLine:
    """The command, for one engine.

    Args:
        spec: Tells the engine, the version and the executable.
        settings: Where instances live.
        wrapper: A program with options that runs the command, such as `setpriv`.
        environment: Variables instead of all that this process has.
    """

    spec: NodeSpec
    settings: Settings
    wrapper: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None

    def engine_options(self) -> tuple[str, ...]:
        """Return the options of `up` that choose what runs the broker."""
        pairs = {
            "--engine": self.spec.engine,
            "--kafka-version": self.spec.kafka_version,
            "--executable": self.spec.executable,
        }
        return tuple(word for name, value in pairs.items() if value is not None for word in (name, str(value)))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command, which may be interrupted."""
        environment = dict(os.environ if self.environment is None else self.environment)
        environment |= {"NATIVE_KAFKA_DATA_DIR": str(self.settings.data_dir), "PYTHONPATH": str(_SOURCE)}
        with _interruptible():
            return subprocess.Popen(
                [*self.wrapper, sys.executable, "-m", "kafka_native", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
            )

    def run(self, *arguments: str) -> Result:
        """Run a command to its end."""
        with self.start(*arguments) as process:
            return self.finish(process)

    def finish(self, process: subprocess.Popen[str]) -> Result:
        """Wait for the end of a started command."""
        try:
            stdout, stderr = process.communicate(timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Result(process.returncode, stdout, stderr)

    def up(self, *arguments: str) -> Result:
        """Run `up` with the engine under test."""
        return self.run("up", *self.engine_options(), *arguments)
