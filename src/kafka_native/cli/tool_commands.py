"""Kafka's command-line tools: `kafka-native topics ...` and the others. See `kafka_native.broker.tool_runs`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

from cyclopts import App, Group, Parameter

from kafka_native.errors import SettingsError
from kafka_native.tools import find_tool, load_tools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafka_native.tools import Tool

__all__ = ["add_tools", "run_tool"]

_INSTANCE = "--instance"


def run_tool(name: str, arguments: Sequence[str]) -> NoReturn:
    """Become one of Kafka's tools.

    Args:
        name: The tool.
        arguments: Its own, and `--instance NAME` anywhere among them.
    """
    from kafka_native import broker  # noqa: PLC0415 - the command line loads this module for the names of the tools alone
    from kafka_native.settings import load_settings  # noqa: PLC0415

    own, instance = _without_instance(list(arguments))
    argv = broker.tool_command(find_tool(name), own, load_settings(), instance)
    sys.stdout.flush()
    broker.execute(argv)


def _without_instance(arguments: list[str]) -> tuple[list[str], str | None]:
    for at, word in enumerate(arguments):
        option, equals, value = word.partition("=")
        if option == _INSTANCE:
            if not equals and at + 1 == len(arguments):
                raise SettingsError(f"{_INSTANCE} needs a name", hint="'kafka-native list' shows them")
            rest = arguments[at + 1 :] if equals else arguments[at + 2 :]
            return arguments[:at] + rest, value if equals else arguments[at + 1]
    return arguments, None


def add_tools(parent: App) -> None:
    """Make all tools commands, each with any arguments."""
    groups: dict[str, Group] = {}
    for tool in load_tools():
        group = groups.setdefault(tool.group, Group(f"Kafka's tools: {tool.group.lower()}", sort_key=len(groups) + 1))
        parent.command(_command(tool, group))


def _command(tool: Tool, group: Group) -> App:
    made = App(name=tool.name, help=f"{tool.summary[0].upper()}{tool.summary[1:]}.", group=group, help_epilogue="")

    @made.default
    def command(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
        run_tool(tool.name, arguments)

    return made
