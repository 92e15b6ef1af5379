"""`config render`: see `kafka_native.broker.rendering`."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import Annotated

from cyclopts import Parameter

from kafka_native import broker  # noqa: TC001 - as above
from kafka_native.broker.rendering import RenderedConfig, read_env_file, render_config
from kafka_native.cli.output import JsonFlag, print_json, table
from kafka_native.config import parse_assignments
from kafka_native.errors import SettingsError
from kafka_native.settings import load_settings

__all__ = ["render_command"]


def render_command(
    *,
    env: Annotated[tuple[str, ...], Parameter(name=("--env", "-e"))] = (),
    env_file: Path | None = None,
    mount: Path | None = None,
    secrets: Path | None = None,
    engine: broker.Engine | None = None,
    executable: Path | None = None,
    as_json: JsonFlag = False,
) -> int:
    """Show the configuration that variables and mounted files give a node, and where each value comes from.

    Nothing is started. The exit code is 2 when Kafka would refuse the configuration.

    Args:
        env: Variable NAME=VALUE, as for `docker run`; may be given several times.
        env_file: File with such lines, as for `docker run --env-file`.
        mount: Folder that would be mounted at /mnt/shared/config.
        secrets: Folder that would be mounted at /etc/kafka/secrets.
        engine: What answers: the native executable (when left out), or the same jars on a JDK.
        executable: Native executable that answers.
        as_json: Print one JSON document to stdout.
    """
    variables = (read_env_file(env_file) if env_file else {}) | parse_assignments(
        env, option="--env", example="KAFKA_NUM_PARTITIONS=3"
    )
    rendered = render_config(
        variables, load_settings(), mount=mount, secrets=secrets, engine=engine, executable=executable
    )
    if as_json:
        print_json(rendered.to_json())
    else:
        _show(rendered)
    return SettingsError.exit_code if rendered.problems else 0


def _show(rendered: RenderedConfig) -> None:
    table(("PROPERTY", "FROM", "VALUE"), [(each.name, each.source, each.value) for each in rendered.properties])
    for warning in rendered.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    for problem in rendered.problems:
        sys.stderr.write(f"error: {problem}\n")
