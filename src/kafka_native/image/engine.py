"""The docker or podman command line, as far as images and their tests need it. No daemon's library, no socket."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kafka_native._system.commands import CapturedCommand, capture, find_program
from kafka_native.errors import ImageError, PrerequisiteError

__all__ = ["ContainerEngine", "EngineName", "compose_command", "find_engine"]

EngineName = Literal["docker", "podman"]

_PROGRAMS: tuple[EngineName, ...] = ("docker", "podman")
_SECONDS = 180.0
_LOAD_SECONDS = 300.0
_TAIL_LINES = 20
_INSTALL_HINT = "install Docker (on Debian or Ubuntu: sudo apt-get install docker.io) or Podman"
_PERMISSION = re.compile(r"permission denied", re.IGNORECASE)
_NO_DAEMON = re.compile(
    r"cannot connect to the docker daemon|is the docker daemon running|cannot connect to podman", re.IGNORECASE
)
_NO_IMAGE = re.compile(r"no such (image|object)|not known|pull access denied|unable to find image", re.IGNORECASE)
_DOCKER_WITH_ZSTD = 23


@dataclass(frozen=True)
class ContainerEngine:
    """A container engine that answers.

    Args:
        program: The command, whose words docker and podman share.
        version: The version of what runs the containers.
    """

    program: str
    version: str

    @property
    def name(self) -> EngineName:
        """What it is called, whatever its program is."""
        return "podman" if Path(self.program).name == "podman" else "docker"

    @property
    def unpacks_zstd(self) -> bool:
        """Whether it takes layers that are compressed with Zstandard: podman does, and Docker from version 23 on."""
        return self.name == "podman" or int(self.version.partition(".")[0]) >= _DOCKER_WITH_ZSTD

    def try_call(
        self, *words: str | Path, doing: str = "", timeout_seconds: float = _SECONDS, stdin: str = ""
    ) -> CapturedCommand:
        """Run a command of the engine, whatever comes of it.

        Args:
            words: The command's words, without the program.
            doing: What this is for, as the beginning of an error message; the command itself when empty.
            timeout_seconds: When to give it up.
            stdin: What it reads.

        Raises:
            ImageError: When it took too long.
        """
        try:
            return capture([self.program, *words], timeout_seconds=timeout_seconds, stdin=stdin)
        except TimeoutError as error:
            raise ImageError(
                f"{doing or ' '.join(map(str, (self.program, *words[:2])))}: "
                f"{self.program} did not end in {timeout_seconds:g} s",
                hint=f"when '{self.program} info' hangs too, restart its daemon; else the machine may be too busy",
                details=str(error),
            ) from error

    def call(self, *words: str | Path, doing: str, timeout_seconds: float = _SECONDS) -> str:
        """Run a command of the engine and return what it wrote to stdout.

        Args:
            words: The command's words, without the program.
            doing: What this is for, as the beginning of an error message.
            timeout_seconds: When to give it up.

        Raises:
            ImageError: When it failed or took too long.
        """
        result = self.try_call(*words, doing=doing, timeout_seconds=timeout_seconds)
        if result.returncode != 0:
            raise ImageError(f"{doing}: {self.program} said: {_last_line(result.stderr)}", details=_tail(result.stderr))
        return result.stdout.strip()

    def load(self, archive: Path) -> None:
        """Load an image archive."""
        self.call("load", "--input", archive, doing=f"loading {archive.name}", timeout_seconds=_LOAD_SECONDS)

    def inspect_image(self, reference: str) -> dict[str, Any]:
        """Return what the engine knows of an image that it has.

        Raises:
            ImageError: When it has no such image. None is ever pulled: a test must not run something else.
        """
        result = self.try_call("image", "inspect", reference)
        if result.returncode != 0:
            missing = _NO_IMAGE.search(result.stderr)
            problem = "there is no such image here" if missing else _last_line(result.stderr)
            raise ImageError(
                f"looking up the image {reference}: {problem}",
                hint=f"'{self.program} images' lists those that are here; 'kafka-native image build' makes one",
            )
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found[0]

    def inspect_container(self, container: str) -> dict[str, Any] | None:
        """Return what the engine knows of a container, or None when there is none."""
        result = self.try_call("container", "inspect", container)
        return json.loads(result.stdout)[0] if result.returncode == 0 else None


def find_engine(name: EngineName | None = None) -> ContainerEngine:
    """Return a container engine that answers.

    Args:
        name: Which; the first of docker and podman that is installed when None.

    Raises:
        PrerequisiteError: When none is installed, its daemon does not run, or this user may not talk to it.
    """
    names = (name,) if name else _PROGRAMS
    program = next((found for each in names if (found := find_program(each))), None)
    if program is None:
        raise PrerequisiteError(f"{' and '.join(names)}: no such program is on the PATH", hint=_INSTALL_HINT)
    try:
        result = capture([program, "version", "--format", "json"], timeout_seconds=_SECONDS)
    except TimeoutError as error:
        raise PrerequisiteError(f"{program} does not answer: {error}", hint="restart its daemon") from error
    if result.returncode != 0:
        raise _unusable(program, result)
    return ContainerEngine(program, _version(result.stdout))


def _version(text: str) -> str:
    try:
        told = json.loads(text)
    except ValueError:
        return "unknown"
    side = told.get("Server") or told.get("Client") or {}
    return str(side.get("Version", "unknown"))


def _unusable(program: str, result: CapturedCommand) -> PrerequisiteError:
    said = result.stderr.strip() or result.stdout.strip()
    if _PERMISSION.search(said):
        problem = "this user may not talk to its daemon"
        hint = 'run: sudo usermod -aG docker "$USER", and log in again'
    elif _NO_DAEMON.search(said):
        problem, hint = "its daemon does not run", "run: sudo systemctl start docker (or: sudo service docker start)"
    else:
        problem, hint = f"it said: {_last_line(said)}", f"see what '{program} version' says"
    return PrerequisiteError(f"{program} cannot be used: {problem}", hint=hint, details=_tail(said))


def compose_command(engine: ContainerEngine) -> tuple[str, ...] | None:
    """Return the words that run compose files: `docker compose` (version 2), else `docker-compose`, or None."""
    if engine.try_call("compose", "version").returncode == 0:
        return (engine.program, "compose")
    old = find_program("docker-compose")
    return (old,) if old else None


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "nothing"


def _tail(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_TAIL_LINES:])
