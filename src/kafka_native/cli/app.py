"""The commands and their help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import App, Parameter

from kafka_native import __version__
from kafka_native.cli import broker_commands, build_commands, metadata_commands, systest_commands, toolchain_commands

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["app"]

_HELP = "The real Apache Kafka, compiled ahead of time, for local development and tests."
_VARIABLES = (
    "Variables: NATIVE_KAFKA_EXECUTABLE, NATIVE_KAFKA_CACHE_DIR, NATIVE_KAFKA_DATA_DIR, NATIVE_KAFKA_MAVEN_URL."
)

_EXAMPLES = {
    "": """\
kafka-native up --topic orders:6    # a broker, until Ctrl-C
kafka-native up --detach            # the same in the background
kafka-native logs -f                # its log
kafka-native down                   # stop it; its data stays""",
    "up": """\
kafka-native up --topic orders:6 --topic events
kafka-native up --detach --json
kafka-native up second --port 9192 --ephemeral
kafka-native up --property auto.create.topics.enable=false
kafka-native up yardstick --engine jvm --detach""",
    "down": """\
kafka-native down
kafka-native down second --timeout 5
kafka-native down second --delete-data --yes""",
    "status": """\
kafka-native status
kafka-native status default --json""",
    "logs": """\
kafka-native logs -n 50
kafka-native logs second -f""",
    "build": """\
kafka-native build
kafka-native build --march native --output ./kafka
kafka-native build --kafka-dir ~/kafka_2.13-4.3.1""",
    "walk": """\
kafka-native systest walk
kafka-native systest walk --engine native --executable ./kafka --area Security
kafka-native systest walk --engine native --gate --strict""",
}


def _examples(command: str) -> str:
    return f"Examples:\n{_EXAMPLES[command]}"


def _make_app() -> App:
    made = App(
        name="kafka-native",
        help=_HELP,
        help_epilogue=f"{_examples('')}\n\n{_VARIABLES}",
        help_format="plaintext",
        version=f"kafka-native {__version__}",
        default_parameter=Parameter(negative=(), show_default=False),
        suppress_keyboard_interrupt=False,
    )
    _add(made, "up", broker_commands.up_command)
    _add(made, "down", broker_commands.down_command)
    _add(made, "status", broker_commands.status_command)
    made.command(broker_commands.list_command, name="list", help_epilogue="")
    _add(made, "logs", broker_commands.logs_command)
    _add(made, "build", build_commands.build_command)
    made.command(_toolchain())
    made.command(_metadata())
    made.command(_systest())
    return made


def _add(parent: App, name: str, function: Callable[..., int | None]) -> None:
    parent.command(function, name=name, help_epilogue=_examples(name))


def _toolchain() -> App:
    group = App(name="toolchain", help="Find, install and check what compiles native executables.", help_epilogue="")
    group.command(toolchain_commands.status_command, name="status")
    group.command(toolchain_commands.install_command, name="install")
    group.command(toolchain_commands.verify_command, name="verify")
    return group


def _metadata() -> App:
    group = App(
        name="metadata", help="Make and check the reachability metadata that a native build needs.", help_epilogue=""
    )
    group.command(metadata_commands.trace_command, name="trace")
    group.command(metadata_commands.merge_command, name="merge")
    group.command(metadata_commands.check_command, name="check")
    group.command(metadata_commands.diff_command, name="diff")
    group.command(metadata_commands.explain_command, name="explain")
    return group


def _systest() -> App:
    group = App(name="systest", help="Test what Kafka can do, against real brokers.", help_epilogue="")
    _add(group, "walk", systest_commands.walk_command)
    group.command(systest_commands.list_command, name="list")
    group.command(systest_commands.report_command, name="report")
    return group


app = _make_app()
