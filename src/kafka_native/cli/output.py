"""Writes results to stdout, as one JSON document or as lines for people, and errors to stderr."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["JsonFlag", "facts", "print_error", "print_json", "print_line", "table", "words"]

JsonFlag = Annotated[bool, Parameter(name="--json", help="Print one JSON document to stdout.")]


def print_line(line: str) -> None:
    """Write a line to stdout at once, so that a reader sees it when it happens."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever json can write
    """Write a value to stdout as one JSON document."""
    print_line(json.dumps(value, indent=2))


def print_error(message: str, *, details: str | None = None, hint: str | None = None) -> None:
    """Write an error to stderr: the evidence, what happened, and what to do, so that the last line helps most."""
    parts = [details.rstrip() if details else None, f"error: {message}", f"hint: {hint}" if hint else None]
    sys.stderr.write("".join(f"{part}\n" for part in parts if part))


def facts(pairs: Mapping[str, object]) -> None:
    """Write names and values in two columns, leaving out what is None."""
    known = {name: words(value) for name, value in pairs.items() if value is not None}
    width = max(map(len, known), default=0)
    for name, value in known.items():
        print_line(f"{name:<{width}}  {value}")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows in columns under a header."""
    lines = [tuple(header), *(tuple(words(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for line in lines:
        print_line("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())


def words(value: object) -> str:
    """Return a value as a person would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(words(each) for each in value) or "none"
    return "-" if value is None else str(value)
