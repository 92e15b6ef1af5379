"""Finds the native-image metadata that jars carry under META-INF/native-image, as GraalVM's driver does.

Rule: class com.oracle.svm.driver.NativeImage, processClasspathNativeImageMetaInf; file names of
https://www.graalvm.org/jdk25/reference-manual/native-image/metadata/.
"""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["embedded_metadata", "legacy_reflection"]

_LEGACY_REFLECTION: Final = "ReflectionConfigurationResources"
_OPTIONS = {
    "reachability-metadata.json": "ReachabilityMetadataResources",
    "reflect-config.json": _LEGACY_REFLECTION,
    "resource-config.json": "ResourceConfigurationResources",
    "jni-config.json": "JNIConfigurationResources",
    "proxy-config.json": "DynamicProxyConfigurationResources",
    "serialization-config.json": "SerializationConfigurationResources",
}


def embedded_metadata(class_path: Iterable[Path]) -> dict[str, tuple[str, ...]]:
    """Return the builder's options for metadata inside jars.

    Args:
        class_path: Jars and folders; folders carry none of it here.

    Returns:
        Builder option, without `-H:`, to the sorted names of the resources.
    """
    found: dict[str, set[str]] = {}
    for jar in (entry for entry in class_path if entry.suffix == ".jar"):
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                option = _OPTIONS.get(name.rpartition("/")[2])
                if option and name.startswith("META-INF/native-image/"):
                    found.setdefault(option, set()).add(name)
    return {option: tuple(sorted(names)) for option, names in found.items()}


def legacy_reflection(class_path: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the elements of each `reflect-config.json`, the format before GraalVM 23, without those under a condition.

    Args:
        class_path: Jars and folders.
    """
    jars = [entry for entry in class_path if entry.suffix == ".jar"]
    return [element for jar in jars for element in _legacy_elements(jar) if "condition" not in element]


def _legacy_elements(jar: Path) -> list[dict[str, Any]]:
    names = embedded_metadata([jar]).get(_LEGACY_REFLECTION, ())
    with zipfile.ZipFile(jar) as archive:
        return [element for name in names for element in json.loads(archive.read(name))]
