"""What the user wants of a feature walk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from kafka_native.broker import Engine
from kafka_native.errors import SettingsError
from kafka_native.settings import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.systest.results import Row

__all__ = ["Selection", "WalkSpec"]


@dataclass(frozen=True)
class Selection:
    """The rows that the user asks for; all when nothing is said.

    Args:
        areas: Areas, by name.
        features: Texts that a feature has in it; upper and lower case are the same.
    """

    areas: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    def has(self, row: Row) -> bool:
        """Return whether a row is asked for."""
        area, feature = row.area.casefold(), row.feature.casefold()
        in_areas = not self.areas or area in map(str.casefold, self.areas)
        return in_areas and (not self.features or any(text.casefold() in feature for text in self.features))


@dataclass(frozen=True)
class WalkSpec:
    """What to walk through, and on what.

    Args:
        engines: What runs the brokers, one after another; both when empty.
        kafka_versions: Pinned versions; when empty that of the given executable, else the default one.
        executable: A native executable to use instead of a built one.
        selection: The rows.
        gate: Run a native executable in which a missing registration of reachability metadata is fatal.
        tests: The folder of the tests.
        test_timeout_seconds: After so long in one test, pytest is ended, and goes on with the next test.

    Raises:
        SettingsError: When these do not fit together.
    """

    engines: tuple[Engine, ...] = ()
    kafka_versions: tuple[str, ...] = ()
    executable: Path | None = None
    selection: Selection = Selection()
    gate: bool = False
    tests: Path = field(default_factory=lambda: bundled("tests/integration"))
    test_timeout_seconds: float = 900

    def __post_init__(self) -> None:
        # Each one once, in the order given.
        object.__setattr__(self, "engines", tuple(dict.fromkeys(self.engines)) or get_args(Engine))
        object.__setattr__(self, "kafka_versions", tuple(dict.fromkeys(self.kafka_versions)))
        self._check()

    def _check(self) -> None:
        for option, is_given in (("--executable", self.executable is not None), ("--gate", self.gate)):
            if is_given and "native" not in self.engines:
                raise SettingsError(
                    f"{option} is about the native engine, which is not run", hint="add --engine native"
                )
        if self.executable and self.gate:
            raise SettingsError(
                "--gate compiles an executable of its own, so --executable cannot be used with it",
                hint="leave one of them out",
            )
        if self.executable and len(self.kafka_versions) > 1:
            raise SettingsError(
                f"the executable {self.executable} is of one Kafka version, not of {', '.join(self.kafka_versions)}",
                hint="leave out --executable, or name one --kafka-version",
            )
