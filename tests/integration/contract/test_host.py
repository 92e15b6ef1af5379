"""`kafka-native config render`: the same rules, asked from the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from ..command_line import CommandLine
    from .launchers import Launcher


def _engine(command_line: CommandLine) -> tuple[str, ...]:
    options = command_line.engine_options()
    return tuple(word for word in options if word not in ("--kafka-version", command_line.spec.kafka_version))


def test_it_says_what_the_launcher_says(launcher: Launcher, command_line: CommandLine, tmp_path: Path) -> None:
    (launcher.mount / "server.properties").write_text("log.retention.hours=5\n")
    (launcher.secrets / "server.pem").write_text("bytes")
    file = tmp_path / "broker.env"
    file.write_text("# a comment\nKAFKA_NUM_PARTITIONS=6\nKAFKA_SSL_KEYSTORE_FILENAME=server.pem\n")
    folders = ("--mount", str(launcher.mount), "--secrets", str(launcher.secrets))
    arguments = ("--env-file", str(file), "--env", "NATIVE_KAFKA_LOG_DIRS=/data", *folders, *_engine(command_line))
    told = command_line.run("config", "render", "--json", *arguments).json()
    rendered = launcher.render(
        KAFKA_NUM_PARTITIONS="6", KAFKA_SSL_KEYSTORE_FILENAME="server.pem", NATIVE_KAFKA_LOG_DIRS="/data"
    )
    assert told == rendered.document
    table = command_line.run("config", "render", *arguments).stdout.splitlines()
    assert [line.split() for line in table if line.startswith("num.partitions ")] == [
        ["num.partitions", "variable", "KAFKA_NUM_PARTITIONS", "6"]
    ]


def test_what_kafka_would_refuse_ends_with_2(command_line: CommandLine) -> None:
    bad = command_line.run("config", "render", "--env", "KAFKA_NUM_PARTITIONS=many", *_engine(command_line))
    assert bad.exit_code == 2
    assert "error: reading the configuration: num.partitions=many" in bad.stderr
    unusable = command_line.run("config", "render", "--env", "KAFKA_JMX_PORT=jmx", *_engine(command_line))
    assert unusable.exit_code == 2
    assert "error: reading the variable KAFKA_JMX_PORT: 'jmx' is no port" in unusable.stderr
    assert "hint: for example KAFKA_JMX_PORT=9999" in unusable.stderr
