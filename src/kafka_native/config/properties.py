"""The `.properties` format of java.util.Properties, both ways, and `name=value` options.

It knows nothing of which properties Kafka has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["parse_assignments", "parse_properties", "render_properties"]

_BLANKS = " \t\f"
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_KEY_END = re.compile(r"(?:[^\\=: \t\f]|\\.)*", re.DOTALL)
_SEPARATOR = re.compile(r"[ \t\f]*[=:]?[ \t\f]*")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|u|.|$)", re.DOTALL)
_TO_ESCAPE = {"\\": r"\\"} | {char: "\\" + name for name, char in _ESCAPES.items()}


def parse_properties(text: str) -> dict[str, str]:
    r"""Read properties as `java.util.Properties.load(Reader)` does.

    Args:
        text: Lines `name=value`, `name: value` or `name value`; comments begin with `#` or `!`, a line that ends with
            a backslash goes on, and `\t`, `\n`, `\r`, `\f` and `\uXXXX` are escapes.

    Returns:
        The properties, in their order; the last of two with the same name wins.

    Raises:
        SettingsError: When a backslash and `u` are not followed by four hexadecimal digits.
    """
    properties = {}
    for line in _logical_lines(text):
        key = _matched(_KEY_END, line)
        value = line[len(key) + len(_matched(_SEPARATOR, line[len(key) :])) :]
        properties[_unescape(key)] = _unescape(value)
    return properties


def _matched(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return match.group() if match else ""


def _logical_lines(text: str) -> Iterator[str]:
    """Yield the lines that hold a property, with their continuations joined."""
    pending = ""
    for natural in re.split(r"\r\n|\r|\n", text):
        line = natural.lstrip(_BLANKS)
        if not pending and (not line or line[0] in "#!"):
            continue
        if (len(line) - len(line.rstrip("\\"))) % 2:
            pending += line[:-1]
            continue
        yield pending + line
        pending = ""
    if pending:
        yield pending


def _unescape(text: str) -> str:
    unescaped = _ESCAPE.sub(_unescape_one, text)
    # Characters outside the basic plane come as two escapes, a surrogate pair.
    return unescaped.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape_one(match: re.Match[str]) -> str:
    escape = match.group(1)
    if escape == "u":
        raise SettingsError(
            f"the properties hold {match.string!r}, in which \\u is not followed by four hexadecimal digits",
            hint="write \\\\ for a backslash",
        )
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPES.get(escape, escape)


def render_properties(properties: Mapping[str, str]) -> str:
    """Write properties so that Java and `parse_properties` read back the same, in ASCII, in the given order."""
    return "".join(f"{_escape_key(name)}={_escape_value(value)}\n" for name, value in properties.items())


def _escape_key(name: str) -> str:
    return re.sub(r"([ =:#!])", r"\\\1", _escape(name))


def _escape_value(value: str) -> str:
    return re.sub(r"^ ", r"\\ ", _escape(value))


def _escape(text: str) -> str:
    return "".join(_TO_ESCAPE.get(char) or (char if " " <= char <= "~" else _unicode(char)) for char in text)


def _unicode(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def parse_assignments(
    options: Iterable[str], *, option: str = "--property", example: str = "num.partitions=3"
) -> dict[str, str]:
    """Read options of the form `name=value`.

    Args:
        options: What the user typed; everything after the first `=` is the value.
        option: What the option is called, for the message.
        example: What could stand behind it, for the hint.

    Returns:
        The assignments; the last of two with the same name wins.

    Raises:
        SettingsError: When one has no `=`, or nothing before it.
    """
    assignments = {}
    for each in options:
        name, equals, value = each.partition("=")
        if not equals or not name.strip():
            raise SettingsError(
                f"{option} {each!r} is not of the form NAME=VALUE", hint=f"for example {option} {example}"
            )
        assignments[name.strip()] = value.strip()
    return assignments
