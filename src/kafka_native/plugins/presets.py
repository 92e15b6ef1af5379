"""Sets of plug-ins that are often asked for, pinned by digest: `pins/presets.json` and a lock file each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka_native import pins
from kafka_native.errors import SettingsError
from kafka_native.settings import bundled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Preset", "load_preset", "load_presets"]


@dataclass(frozen=True)
class Preset:
    """A set of plug-ins.

    Args:
        name: What `--preset` names it.
        description: What it is for, in one line.
        roots: GROUP:ARTIFACT:VERSION of what is wanted; the lock file has what that needs as well.
        properties: Kafka properties that `up` gives a node with this preset; the user's own win.
        example: Properties that depend on the user's surroundings, as an example.
    """

    name: str
    description: str
    roots: tuple[str, ...]
    properties: Mapping[str, str]
    example: Mapping[str, str]

    @property
    def artifacts(self) -> tuple[pins.PinnedArtifact, ...]:
        """Its jars; none when all is in Kafka's own."""
        return pins.load_lock(f"preset-{self.name}") if self.roots else ()

    @property
    def metadata_folder(self) -> Path | None:
        """The folder with the reachability metadata that was recorded of it, beyond what is found in its jars."""
        folder = bundled("native-image-configs") / "presets" / self.name
        return folder if folder.is_dir() else None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "name": self.name,
            "description": self.description,
            "artifacts": [f"{each.name}:{each.version}" for each in self.artifacts],
            "properties": dict(self.properties),
            "example": dict(self.example),
        }


def load_presets() -> tuple[Preset, ...]:
    """Return all presets, by name."""
    table = json.loads(pins.text_of("presets.json"))
    return tuple(
        Preset(name, each["description"], tuple(each["roots"]), each["properties"], each["example"])
        for name, each in sorted(table.items())
    )


def load_preset(name: str) -> Preset:
    """Return one preset.

    Raises:
        SettingsError: When there is none of that name.
    """
    presets = {preset.name: preset for preset in load_presets()}
    if name not in presets:
        raise SettingsError(
            f"there is no preset {name!r}; there are: {', '.join(presets)}",
            hint="kafka-native build --list-presets tells what is in them",
        )
    return presets[name]
