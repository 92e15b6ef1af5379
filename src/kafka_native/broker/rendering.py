"""Shows what an environment and mounted files make of a node, by asking the launcher, which has the rules."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from kafka_native._system.commands import capture
from kafka_native.broker.engines import EngineCommand, resolve_engine
from kafka_native.broker.spec import NodeSpec
from kafka_native.errors import BrokerError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kafka_native._system.commands import CapturedCommand
    from kafka_native.broker.spec import Engine
    from kafka_native.settings import Settings

__all__ = ["RenderedConfig", "RenderedProperty", "read_env_file", "render_config"]

_MOUNT = "NATIVE_KAFKA_MOUNT_DIR"
_SECRETS = "NATIVE_KAFKA_SECRETS_DIR"
_PREFIX = "kafka: error: "
_HINT = "hint: "
_SECONDS = 60.0
_BLANKS = (" ", "\t")


@dataclass(frozen=True)
class RenderedProperty:
    """One property that Kafka would get.

    Args:
        name: The property.
        value: Its value; `[hidden]` for a password.
        source: Where it came from, such as "variable KAFKA_NODE_ID".
    """

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class RenderedConfig:
    """What an environment gives.

    Args:
        properties: In alphabetical order.
        warnings: What looks wrong.
        problems: Why Kafka would refuse it; empty when it would not.
        others: What is no property: topics, cluster id, heap, system properties, levels of loggers.
    """

    properties: tuple[RenderedProperty, ...]
    warnings: tuple[str, ...]
    problems: tuple[str, ...]
    others: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as the launcher printed it."""
        return {"properties": [asdict(each) for each in self.properties]} | {
            **self.others,
            "warnings": list(self.warnings),
            "problems": list(self.problems),
        }


def render_config(
    environment: Mapping[str, str],
    settings: Settings,
    *,
    mount: Path | None = None,
    secrets: Path | None = None,
    engine: Engine | None = None,
    executable: Path | None = None,
) -> RenderedConfig:
    """Ask the launcher what it would give to Kafka.

    Args:
        environment: All variables that the node would have; none of ours are added.
        settings: Where executables live.
        mount: The folder that would be mounted at `/mnt/shared/config`.
        secrets: The folder that would be mounted at `/etc/kafka/secrets`.
        engine: What answers: `native` (also what None means) or `jvm`; both say the same.
        executable: A native executable to ask.

    Raises:
        SettingsError: When the launcher cannot use what is given.
        BrokerError: When the launcher fails, or takes too long.
    """
    command = resolve_engine(NodeSpec(engine=engine, executable=executable), settings)
    folders = {_MOUNT: mount, _SECRETS: secrets}
    variables = dict(environment) | {name: str(path.absolute()) for name, path in folders.items() if path}
    return _parse(command, variables)


def _parse(command: EngineCommand, variables: Mapping[str, str]) -> RenderedConfig:
    argv = (*command.argv, "config", "render", "--json")
    try:
        result = capture(argv, timeout_seconds=_SECONDS, environment=variables)
    except TimeoutError as error:
        raise BrokerError(
            f"rendering the configuration: {error}", hint="is the machine very busy? run the command again"
        ) from error
    start = result.stdout.find("{\n")  # a JVM writes its own warnings before it
    if start < 0:
        raise _explain(result)
    document = json.loads(result.stdout[start:])
    return RenderedConfig(
        properties=tuple(RenderedProperty(**each) for each in document.pop("properties")),
        warnings=tuple(document.pop("warnings")),
        problems=tuple(document.pop("problems")),
        others=document,
    )


def _explain(result: CapturedCommand) -> SettingsError | BrokerError:
    lines = result.stderr.splitlines()
    told = [line.removeprefix(_PREFIX) for line in lines if line.startswith(_PREFIX)]
    hints = [line.removeprefix(_HINT) for line in lines if line.startswith(_HINT)]
    if not told or result.returncode != SettingsError.exit_code:
        return BrokerError("rendering the configuration failed", details=result.stdout + result.stderr)
    return SettingsError("; ".join(told), hint=hints[0] if hints else None)


def read_env_file(path: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Read variables as `docker run --env-file` does (https://github.com/docker/cli, pkg/kvfile).

    Lines are NAME=VALUE; what begins with `#` is a comment. Blanks before a name are left out, and a value is taken as
    it is, with its quotes and the blanks at its end. A name alone stands for the variable of this environment, if it
    is set. A byte order mark, as some editors write it, is left out.

    Args:
        path: The file, UTF-8.
        environment: Where names alone are looked up.

    Raises:
        SettingsError: When it cannot be read, or a name is missing or has blanks in it or after it.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the file of variables {path} cannot be read: {error}", hint="check --env-file") from error
    variables = {}
    for line in (each.removesuffix("\r").lstrip() for each in lines):
        name, equals, value = line.partition("=")
        if not line or line.startswith("#"):
            continue
        if not name or any(blank in name for blank in _BLANKS):
            raise SettingsError(f"{line!r} in {path} is not of the form NAME=VALUE", hint="for example KAFKA_NODE_ID=1")
        if equals or name in environment:
            variables[name] = value if equals else environment[name]
    return variables
