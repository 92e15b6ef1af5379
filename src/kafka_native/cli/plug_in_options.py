"""The options of `build` and `up` that name plug-ins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import Annotated

from cyclopts import Parameter

from kafka_native.plugins import PlugInSpec

__all__ = ["PlugInOptions", "plug_in_spec"]


@Parameter(name="*")
@dataclass(frozen=True)
class PlugInOptions:
    """Jars beside Kafka's own.

    Args:
        jar: Jar file with plug-ins, without what it needs; may be given several times.
        maven: GROUP:ARTIFACT:VERSION of plug-ins, with all that they need; may be given several times.
        preset: Set of plug-ins that is pinned here, see `build --list-presets`; may be given several times.
        metadata: Folder with a reachability-metadata.json of your own; may be given several times.
    """

    jar: Annotated[tuple[Path, ...], Parameter(negative="")] = ()
    maven: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    preset: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    metadata: Annotated[tuple[Path, ...], Parameter(negative="")] = ()


def plug_in_spec(options: PlugInOptions | None) -> PlugInSpec:
    """Return what the options ask for."""
    if options is None:
        return PlugInSpec()
    return PlugInSpec(options.jar, options.maven, options.preset, options.metadata)
