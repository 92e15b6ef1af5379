"""Reads JSON documents that others have made: they have the shape that is expected, or an error names the field."""

from __future__ import annotations

import json
from typing import Any, Final

__all__ = ["Shape", "read_document"]

Shape = type | list[Any] | dict[str, Any]
"""A type, a list with the shape of its elements, or an object with the shapes of its fields.

A field whose name ends with `!` must be there. Others may be missing or null; those that are not named are left out.
"""

_REQUIRED: Final = "!"
_NAMES: Final = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}


def read_document(content: bytes, shape: Shape) -> Any:  # noqa: ANN401 - whatever the shape says
    """Return what a JSON document holds, as far as its shape names it.

    Args:
        content: The document, UTF-8.
        shape: What it must look like.

    Raises:
        ValueError: When it is no JSON, or has another shape; the message names the place.
    """
    try:
        value = json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is not JSON: {error}") from error
    return _read(value, shape, "")


def _read(value: Any, shape: Shape, place: str) -> Any:  # noqa: ANN401 - as above
    if isinstance(shape, dict):
        return _fields(_of(dict, value, place), shape, place)
    if isinstance(shape, list):
        return [_read(each, shape[0], f"{place}[{at}]") for at, each in enumerate(_of(list, value, place))]
    return _of(shape, value, place)


def _fields(found: dict[str, Any], shape: dict[str, Any], place: str) -> dict[str, Any]:
    read = {}
    for marked, inner in shape.items():
        name = marked.removesuffix(_REQUIRED)
        inside = f"{place}.{name}" if place else name
        if found.get(name) is not None:
            read[name] = _read(found[name], inner, inside)
        elif marked != name:
            raise ValueError(f"{inside} is missing")
    return read


def _of(kind: type, value: Any, place: str) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, kind):
        return value
    found = _NAMES.get(type(value), "a number")
    raise ValueError(f"{place or 'the document'} should be {_NAMES[kind]}, and is {found}")
