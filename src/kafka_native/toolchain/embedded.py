"""Finds the native-image metadata that jars carry under META-INF/native-image, as GraalVM's driver does.

Rule: class com.oracle.svm.driver.NativeImage, processClasspathNativeImageMetaInf; file names of
https://www.graalvm.org/jdk25/reference-manual/native-image/metadata/.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["embedded_metadata"]

_OPTIONS = {
    "reachability-metadata.json": "ReachabilityMetadataResources",
    "reflect-config.json": "ReflectionConfigurationResources",
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
