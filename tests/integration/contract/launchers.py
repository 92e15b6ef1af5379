"""The launcher of the engine under test, with exactly the variables and files that a test gives it."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native._system.ports import free_ports

from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["READY", "Finished", "Launcher", "Rendered", "Running"]

READY = "Transitioning from RECOVERY to RUNNING"
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Finished:
    """What a run of the launcher left.

    Args:
        exit_code: Its exit code.
        stdout: What it wrote for programs, and Kafka's log.
        stderr: Its own lines.
    """

    exit_code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Rendered:
    """What `config render --json` printed.

    Args:
        document: All of it.
    """

    document: dict[str, Any]

    @property
    def properties(self) -> dict[str, str]:
        """The values by the names."""
        return {each["name"]: each["value"] for each in self.document["properties"]}

    @property
    def sources(self) -> dict[str, str]:
        """Where each came from."""
        return {each["name"]: each["source"] for each in self.document["properties"]}

    @property
    def given(self) -> dict[str, str]:
        """What is no default of ours."""
        return {name: value for name, value in self.properties.items() if not self.sources[name].startswith("default")}

    def __getitem__(self, key: str) -> Any:
        """Return another part of the document."""
        return self.document[key]


@dataclass(frozen=True)
class Running:
    """A node that was started.

    Args:
        process: Its process.
        log: Where stdout and stderr go.
        port: Of its client listener.
        variables: What it was started with.
    """

    process: subprocess.Popen[bytes]
    log: Path
    port: int
    variables: Mapping[str, str]

    @property
    def bootstrap_servers(self) -> str:
        """Its address for clients."""
        return f"127.0.0.1:{self.port}"

    def text(self) -> str:
        """Return what it wrote."""
        return self.log.read_text(errors="replace")

    def wait_for(self, text: str) -> None:
        """Wait until it wrote something."""

        def written() -> bool:
            if text in self.text():
                return True
            assert self.process.poll() is None, self.text()[-4000:]
            return False

        wait_until(written, f"the node writes {text!r}", timeout_seconds=_TIMEOUT_SECONDS)

    def stop(self) -> int:
        """End it as `docker stop` does, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_TIMEOUT_SECONDS)


class Launcher:
    """The launcher, with folders of this test for what the image has at fixed places.

    Args:
        argv: What runs it.
        folder: A folder of the test's own.
    """

    def __init__(self, argv: tuple[str, ...], folder: Path) -> None:
        self.argv = argv
        self.mount, self.secrets, self.data = (folder / name for name in ("mount", "secrets", "data"))
        self._log = folder / "log"
        for each in (self.mount, self.secrets):
            each.mkdir()

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Finished:
        """Run one command to its end."""
        result = subprocess.run(
            [*self.argv, *arguments],
            env=self.environment(environment or {}),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
        return Finished(result.returncode, result.stdout, result.stderr)

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the variables given, and those that stand for the image's folders."""
        return {
            "NATIVE_KAFKA_MOUNT_DIR": str(self.mount),
            "NATIVE_KAFKA_SECRETS_DIR": str(self.secrets),
            "NATIVE_KAFKA_LOG_DIRS": str(self.data),
            "NATIVE_KAFKA_CONFIG_DIR": str(self.mount / "nowhere"),
        } | dict(given)

    def render(self, **variables: str) -> Rendered:
        """Return what the variables give."""
        result = self.run("config", "render", "--json", environment=variables)
        assert result.exit_code == 0 or '"problems"' in result.stdout, result.stderr
        return Rendered(json.loads(result.stdout))

    def refused(self, **variables: str) -> str:
        """Return what the launcher says of variables that it cannot use."""
        result = self.run("config", "render", environment=variables)
        assert result.exit_code == 2, result.stdout
        assert "\tat " not in result.stderr
        return result.stderr

    @contextlib.contextmanager
    def started(self, *command: str, **variables: str) -> Iterator[Running]:
        """Start a node on a free port, by `server-start` unless another command is given; at the end it is killed."""
        port, controller = free_ports(2)
        given = {
            "KAFKA_LISTENERS": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        } | variables
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                [*self.argv, *(command or ("server-start",))],
                env=self.environment(given),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Running(process, self._log, port, self.environment(given))
        finally:
            process.kill()
            process.wait()
