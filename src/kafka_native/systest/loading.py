"""Reads results that were written before; whoever wrote them, a mistake is told with its file and place."""

from __future__ import annotations

import dataclasses
import json
import types
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from kafka_native.errors import SettingsError
from kafka_native.systest.results import SCHEMA, WalkReport

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RESULT_PATTERN", "find_results", "load_report"]

RESULT_PATTERN = "walk-*.json"
"""The results of single walks in a folder."""

_HINT = "leave it out, or run kafka-native systest walk again"


class _MismatchError(ValueError):
    """A value that is not what the schema says."""


def find_results(path: Path) -> tuple[Path, ...]:
    """Return the result files that a path stands for: itself, or those in the folder.

    Raises:
        SettingsError: When there is none.
    """
    found = tuple(sorted(path.glob(RESULT_PATTERN))) if path.is_dir() else (path,) if path.is_file() else ()
    if not found:
        what = f"no {RESULT_PATTERN} is in the folder {path}" if path.is_dir() else f"there is no {path}"
        raise SettingsError(
            f"reading results of the feature walk: {what}", hint="name a folder or file of systest walk"
        )
    return found


def load_report(path: Path) -> WalkReport:
    """Read a result file.

    Raises:
        SettingsError: When it cannot be read, is malformed, or of another schema version.
    """
    doing = f"reading the result {path}"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        _check_schema(value)
        report: WalkReport = _decode(value, WalkReport, "the document")
    except json.JSONDecodeError as error:
        raise SettingsError(f"{doing}: line {error.lineno}: {error.msg}", hint=_HINT) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{doing}: it is not a text in UTF-8", hint=_HINT) from error
    except OSError as error:
        raise SettingsError(f"{doing}: {error.strerror}") from error
    except _MismatchError as error:
        raise SettingsError(f"{doing}: {error}", hint=_HINT) from error
    return report


def _check_schema(value: Any) -> None:  # noqa: ANN401 - whatever json can read
    schema = value.get("schema") if isinstance(value, dict) else None
    if type(schema) is not int:
        raise _MismatchError("it is no result of a feature walk (it has no schema number)")
    if schema != SCHEMA:
        raise _MismatchError(f"it has schema {schema}, and this kafka-native reads schema {SCHEMA}")


def _decode(value: Any, kind: Any, place: str) -> Any:  # noqa: ANN401 - one type of results.py
    if dataclasses.is_dataclass(kind):
        return _decode_object(value, kind, place)
    if get_origin(kind) is tuple:
        items = _expect(value, list, place)
        return tuple(_decode(item, get_args(kind)[0], f"{place}[{number}]") for number, item in enumerate(items))
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise _MismatchError(f"{place} is {value!r}, not one of {', '.join(map(str, get_args(kind)))}")
        return value
    if get_origin(kind) in (Union, types.UnionType):
        return None if value is None else _decode(value, get_args(kind)[0], place)
    return _expect(value, kind, place)


def _decode_object(value: Any, kind: Any, place: str) -> Any:  # noqa: ANN401 - as above
    _expect(value, dict, place)
    hints, names = get_type_hints(kind), [field.name for field in dataclasses.fields(kind)]
    if missing := sorted(set(names) - value.keys()):
        raise _MismatchError(f"{place} has no {missing[0]!r}")
    return kind(**{name: _decode(value[name], hints[name], f"{place}.{name}") for name in names})


def _expect(value: Any, kind: type, place: str) -> Any:  # noqa: ANN401 - as above
    accepted = (int, float) if kind is float else (kind,)
    if type(value) not in accepted:
        raise _MismatchError(f"{place} is {type(value).__name__}, not {kind.__name__}")
    return value
