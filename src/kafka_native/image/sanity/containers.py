"""Containers, networks and volumes of one scenario, which are gone when it ends. A container that died is told."""

from __future__ import annotations

import contextlib
import itertools
import re
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kafka_native.broker.readiness import ask
from kafka_native.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from kafka_native.image.engine import ContainerEngine

__all__ = ["Bed", "Container", "moment_seconds", "wait_until"]

_LABEL = "kafka-native.sanity"
_START_SECONDS = 60.0
_POLL_SECONDS = 0.02
_LOOK_SECONDS = 0.3
"""How often it is looked whether a container that is waited for still lives."""
_TAIL_LINES = 20
_LAUNCHER_ERROR = re.compile(r"^kafka: error: (.*)$", re.MULTILINE)


def wait_until(condition: Callable[[], bool], what: str, timeout_seconds: float) -> None:
    """Wait for a condition.

    Args:
        condition: What is asked again and again.
        what: What is waited for, for the message.
        timeout_seconds: When to give up.

    Raises:
        TimeoutError: When it did not come true.
    """
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout_seconds:g} s")
        time.sleep(_POLL_SECONDS)


@dataclass(frozen=True)
class Container:
    """A container of a scenario.

    Args:
        engine: What runs it.
        name: Its name.
    """

    engine: ContainerEngine
    name: str

    def state(self) -> dict[str, Any]:
        """Return the engine's `State` of it."""
        found = self.engine.inspect_container(self.name)
        if found is None:
            raise ImageError(f"the container {self.name} is gone")
        state: dict[str, Any] = found["State"]
        return state

    def logs(self) -> str:
        """Return all that it wrote."""
        result = self.engine.try_call("logs", self.name)
        return result.stdout + result.stderr

    def wait_until_serving(self, port: int, protocol: str = "PLAINTEXT") -> None:
        """Wait until the broker answers on a port of this machine.

        Raises:
            ImageError: When the container ends first; its last lines tell why.
            TimeoutError: When it takes longer than a minute.
        """
        self._wait(lambda: ask("127.0.0.1", port, protocol) is not None, f"{self.name} answers on port {port}")

    def wait_until_logged(self, text: str) -> None:
        """Wait until a text is in what it wrote.

        Raises:
            ImageError: When the container ends first.
            TimeoutError: When it takes longer than a minute.
        """
        self._wait(lambda: text in self.logs(), f"{self.name} logs {text!r}")

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        looked = time.monotonic()

        def met() -> bool:
            nonlocal looked
            if condition():
                return True
            if time.monotonic() - looked > _LOOK_SECONDS:
                looked = time.monotonic()
                self.check_alive()
            return False

        try:
            wait_until(met, what, _START_SECONDS)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; its last lines:\n{_tail(self.logs())}") from None

    def check_alive(self) -> None:
        """See that it still runs.

        Raises:
            ImageError: When it has ended, with the reason and its last lines.
        """
        state = self.state()
        if not state["Running"]:
            raise self.death(state)

    def death(self, state: Mapping[str, Any]) -> ImageError:
        """Return the error that tells why it ended."""
        logs = self.logs()
        told = _LAUNCHER_ERROR.findall(logs)
        reason = "the kernel killed it, since its memory limit was reached" if state.get("OOMKilled") else None
        reason = reason or (told[-1] if told else None) or state.get("Error") or "it said nothing about the cause"
        return ImageError(f"the container {self.name} ended with {state['ExitCode']}: {reason}", details=_tail(logs))

    def signal_and_wait(self, signal: str, timeout_seconds: float) -> tuple[int, float]:
        """Send a signal to its first process and wait for its end.

        Returns:
            The exit code, and the seconds until it ended by the engine's clock.
        """
        sent = time.time()
        self.engine.call("kill", "--signal", signal, self.name, doing=f"sending SIG{signal} to {self.name}")
        wait_until(lambda: not self.state()["Running"], f"{self.name} ends after SIG{signal}", timeout_seconds)
        state = self.state()
        return int(state["ExitCode"]), max(0.0, moment_seconds(state["FinishedAt"]) - sent)

    def start(self) -> None:
        """Start it again after it has ended."""
        self.engine.call("start", self.name, doing=f"starting {self.name} again")

    def stop(self, timeout_seconds: int = 30) -> int:
        """Stop it as `docker stop` does and return its exit code."""
        self.engine.call("stop", "--time", str(timeout_seconds), self.name, doing=f"stopping {self.name}")
        return int(self.state()["ExitCode"])


def moment_seconds(moment: str) -> float:
    """Return an engine's time (RFC 3339, perhaps with nanoseconds) in seconds since 1970."""
    trimmed = re.sub(r"(\.\d{1,6})\d*", r"\1", moment.replace("Z", "+00:00"))
    return datetime.fromisoformat(trimmed).timestamp()


class Bed:
    """Makes containers, networks and volumes of one scenario, and removes them.

    Args:
        engine: What runs them.
        image: The image under test.
        folder: A folder of the scenario's own, for files that are mounted.
    """

    def __init__(self, engine: ContainerEngine, image: str, folder: Path) -> None:
        self.engine, self.image, self.folder = engine, image, folder
        self.timings: dict[str, float] = {}
        self.containers: list[Container] = []
        self._prefix = f"kafka-native-sanity-{uuid.uuid4().hex[:8]}"
        self._numbers = itertools.count(1)
        self._others: list[tuple[str, str]] = []

    def name(self, role: str) -> str:
        """Return a name that nobody else has."""
        return f"{self._prefix}-{role}-{next(self._numbers)}"

    def network(self) -> str:
        """Make a network and return its name."""
        return self._make("network")

    def volume(self) -> str:
        """Make a volume and return its name."""
        return self._make("volume")

    def _make(self, kind: str) -> str:
        name = self.name(kind)
        self.engine.call(kind, "create", "--label", f"{_LABEL}={self._prefix}", name, doing=f"making a {kind}")
        self._others.append((kind, name))
        return name

    def run(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        name: str | None = None,
        options: Sequence[str] = (),
        ports: Mapping[int, int] | None = None,
        command: Sequence[str] = (),
    ) -> Container:
        """Start a container of the image.

        Args:
            environment: Its variables.
            name: Its name; one is made up when None.
            options: More options of `docker run`.
            ports: Port of this machine, on 127.0.0.1 only, to port of the container.
            command: What it runs instead of the image's own command.
        """
        container = Container(self.engine, name or self.name("broker"))
        self.containers.append(container)
        words = ["run", "--detach", "--name", container.name, "--label", f"{_LABEL}={self._prefix}"]
        words += [word for pair in (environment or {}).items() for word in ("--env", "=".join(pair))]
        words += [word for pair in (ports or {}).items() for word in ("--publish", "127.0.0.1:{}:{}".format(*pair))]
        self.engine.call(*words, *options, self.image, *command, doing=f"starting a container of {self.image}")
        return container

    def evidence(self) -> str:
        """Return the last lines of all containers."""
        return "\n\n".join(f"{each.name}:\n{_tail(each.logs())}" for each in self.containers)

    def close(self) -> None:
        """Remove all that was made; what cannot be removed is left to the next prune, as the label tells."""
        with contextlib.suppress(ImageError):
            if self.containers:
                self.engine.try_call("rm", "--force", "--volumes", *(each.name for each in self.containers))
            for kind, name in reversed(self._others):
                self.engine.try_call(kind, "rm", name)


def _tail(text: str) -> str:
    return "\n".join(text.rstrip().splitlines()[-_TAIL_LINES:])
