"""What the user wants measured. Only values and their checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native.bench.engines import ENGINE_NAMES
from kafka_native.broker.spec import NodeSpec
from kafka_native.errors import SettingsError
from kafka_native.settings import bundled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafka_native.bench.engines import EngineName

__all__ = ["BenchSpec", "default_records", "engine_names"]


@dataclass(frozen=True)
class BenchSpec:
    """What all scenarios are told.

    Args:
        records: The folder for the records.
        engines: What to compare; the usual ones of the scenario when empty.
        node: Kafka version, executable and heap, for all engines alike.
        allow_busy: Whether to measure on a machine on which others work.
        work_dir: Where nodes get their folders; the system's folder for temporary files when None.
    """

    records: Path
    engines: tuple[EngineName, ...] = ()
    node: NodeSpec = field(default_factory=NodeSpec)
    allow_busy: bool = False
    work_dir: Path | None = None


def engine_names(words: Iterable[str]) -> tuple[EngineName, ...]:
    """Read the names of engines.

    Raises:
        SettingsError: When there is no engine of that name.
    """
    known: dict[str, EngineName] = {each: each for each in ENGINE_NAMES}
    try:
        return tuple(known[each] for each in words)
    except KeyError as error:
        raise SettingsError(f"no engine is called {error.args[0]!r}", hint=f"there are: {', '.join(known)}") from error


def default_records() -> Path:
    """Return the folder for records: in a clone, the one that is kept with the sources."""
    clone = bundled("bench")
    return clone / "records" if clone.is_dir() else Path("kafka-native-bench")
