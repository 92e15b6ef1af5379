"""Jars of the user's that Kafka loads classes from: which they are, what is in them, and what native-image must know.

It builds and starts nothing; the rooms above hand the result to the builder and to the JVM.
"""

from kafka_native.plugins.classes import Findings
from kafka_native.plugins.folder import ensure_plug_in_folder
from kafka_native.plugins.model import PlugInJar, PlugIns, PlugInSpec
from kafka_native.plugins.presets import Preset, load_presets
from kafka_native.plugins.resolving import resolve_plug_ins

__all__ = [
    "Findings",
    "PlugInJar",
    "PlugInSpec",
    "PlugIns",
    "Preset",
    "ensure_plug_in_folder",
    "load_presets",
    "resolve_plug_ins",
]
