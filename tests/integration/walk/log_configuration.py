"""log4j2 configurations in JSON, and brokers that log as they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import write_text

from ..adapters import Confluent
from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode

__all__ = [
    "STARTED",
    "configuration",
    "file_appender",
    "log_something",
    "pattern_layout",
    "start_logging",
    "text_of",
    "wait_for_text",
]

STARTED = "Kafka Server started"
"""What a broker logs last when it starts."""


def pattern_layout(pattern: str = "[%d] %p %m (%c)%n") -> dict[str, Any]:
    """Return a PatternLayout, with Kafka's own pattern when none is given."""
    return {"PatternLayout": {"pattern": pattern}}


def file_appender(path: Path, **more: Any) -> dict[str, Any]:
    """Return a File appender named after its file, with layout and filters as given."""
    return {"File": {"name": path.name, "fileName": str(path), **(more or pattern_layout())}}


def configuration(
    appenders: Mapping[str, Any],
    *refs: str,
    loggers: Iterable[Mapping[str, Any]] = (),
    **more: Any,
) -> str:
    """Return a configuration.

    Args:
        appenders: By their type; a list when there are several of a type.
        refs: Names of those that the root logger writes to; all when none is given.
        loggers: Other loggers.
        more: Attributes of the configuration itself.
    """
    lists = (each if isinstance(each, list) else [each] for each in appenders.values())
    names = refs or tuple(appender["name"] for each in lists for appender in each)
    root = {"level": "INFO", "AppenderRef": [{"ref": name} for name in names]}
    content = {"Appenders": appenders, "Loggers": {"Root": root, "Logger": list(loggers)}}
    return json.dumps({"Configuration": more | content})


def start_logging(start: StartNode, folder: Path, text: str, *, suffix: str = "json", option: str = "log4j2") -> Node:
    """Start a broker that logs as a configuration says, which finds the folder as `${sys:logs}`."""
    path = folder / f"log4j2.{suffix}"
    write_text(path, text)
    return start(ephemeral=True, java_options=(f"-D{option}.configurationFile={path}", f"-Dlogs={folder}"))


def text_of(path: Path) -> str:
    """Return what a log file holds, nothing when there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def wait_for_text(path: Path, wanted: str) -> str:
    """Wait until a log file has a text in it, and return all of it."""
    wait_until(lambda: wanted in text_of(path), f"{wanted!r} in {path.name}")
    return text_of(path)


def log_something(node: Node) -> None:
    """Have controller and broker log: a topic is created and deleted."""
    with Confluent().admin(node.bootstrap_servers) as admin:
        admin.create_topic("something")
        admin.delete_topics("something")
