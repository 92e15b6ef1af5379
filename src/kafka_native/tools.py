"""The table of Kafka's command-line tools (`tools.tsv`), which the launcher reads as well."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from kafka_native.settings import bundled

__all__ = ["Tool", "find_tool", "is_tool", "load_tools"]

_TABLE: Final = "src/java/launcher/resources/kafkanative/launcher/tools.tsv"
_NONE: Final = "-"
_AFTER: Final = " after"


@dataclass(frozen=True)
class Tool:
    """One of Kafka's command-line tools: what the script `kafka-NAME.sh` of a release runs.

    Args:
        name: Such as "topics".
        group: The heading under which help lists it.
        main_classes: Names that its main class has, or had in other versions of Kafka.
        brokers_option: The option that names brokers, such as "--bootstrap-server"; None when it talks to none.
        option_is_last: Whether that option belongs to a sub-command, and so stands after all others.
        summary: What it does, in one line.
    """

    name: str
    group: str
    main_classes: tuple[str, ...]
    brokers_option: str | None
    option_is_last: bool
    summary: str

    @property
    def script(self) -> str:
        """The name of the script of a release that runs it."""
        return f"kafka-{self.name}.sh"


@cache
def load_tools() -> tuple[Tool, ...]:
    """Return all tools, in the order in which help lists them."""
    lines = bundled(_TABLE).read_text(encoding="utf-8").splitlines()
    return tuple(_parse(line) for line in lines if not line.startswith("#"))


def is_tool(name: str) -> bool:
    """Return whether a tool has this name, or this is its script's, such as "kafka-topics.sh"."""
    return any(name in (tool.name, tool.script) for tool in load_tools())


def find_tool(name: str) -> Tool:
    """Return the tool that `is_tool` finds by this name; there must be one."""
    return next(tool for tool in load_tools() if name in (tool.name, tool.script))


def _parse(line: str) -> Tool:
    name, group, main_classes, option, summary = line.split("\t")
    brokers_option = None if option == _NONE else option.removesuffix(_AFTER)
    return Tool(name, group, tuple(main_classes.split(",")), brokers_option, option.endswith(_AFTER), summary)
