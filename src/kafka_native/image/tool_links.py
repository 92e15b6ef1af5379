"""The names under which the image's executable is found: each is a link, and all but `kafka` make it that tool."""

from __future__ import annotations

from kafka_native.tools import load_tools

__all__ = ["tool_links"]


def tool_links() -> tuple[str, ...]:
    """Return the file names, as Apache's distribution has them and, without `.sh`, as Confluent's has them.

    Beside them stands `kafka`, so that what the docs show (`kafka config render`) works in a container.
    """
    names = ["server-start", *(tool.name for tool in load_tools())]
    return ("kafka", *(f"kafka-{name}{suffix}" for name in names for suffix in (".sh", "")))
