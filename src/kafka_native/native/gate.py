"""What a gate executable registers besides the reachability metadata: classes whose members may be listed.

With exact metadata the builder takes the older format of jars (`reflect-config.json`) at its word: the members that are
named may be used, but the members of their class not be listed. log4j lists the fields of its builders all the time,
and is content with those that its jar names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native._system.files import write_json
from kafka_native.reachability import FILE_NAME
from kafka_native.toolchain.embedded import legacy_reflection

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["GRAALVM_BEANS", "write_gate_metadata"]

GRAALVM_BEANS = (
    "com.oracle.svm.core.code.CodeCacheManagerMXBean",
    "com.oracle.svm.core.code.CodeCachePoolMXBean$CodeAndDataPool",
    "com.oracle.svm.core.code.CodeCachePoolMXBean$NativeMetadataPool",
    "com.oracle.svm.core.genscavenge.CompleteGarbageCollectorMXBean",
    "com.oracle.svm.core.genscavenge.GenScavengeMemoryPoolMXBeans$EdenMemoryPoolMXBean",
    "com.oracle.svm.core.genscavenge.GenScavengeMemoryPoolMXBeans$OldGenerationMemoryPoolMXBean",
    "com.oracle.svm.core.genscavenge.GenScavengeMemoryPoolMXBeans$SurvivorMemoryPoolMXBean",
    "com.oracle.svm.core.genscavenge.HeapImplMemoryMXBean",
    "com.oracle.svm.core.genscavenge.IncrementalGarbageCollectorMXBean",
    "com.oracle.svm.core.jdk.management.SubstrateClassLoadingMXBean",
    "com.oracle.svm.core.jdk.management.SubstrateCompilationMXBean",
    "com.oracle.svm.core.jdk.management.SubstrateRuntimeMXBean",
    "com.oracle.svm.core.jdk.management.SubstrateThreadMXBean",
)
"""JMX lists the constructors of each bean, though nobody makes one (com.sun.jmx.mbeanserver.MBeanIntrospector,
findConstructors). A tracing executable does not record GraalVM's own classes."""


def write_gate_metadata(folder: Path, class_path: Iterable[Path]) -> Path:
    """Write the metadata.

    Args:
        folder: Where; it is made.
        class_path: Kafka's jars.

    Returns:
        The folder.
    """
    types = {*GRAALVM_BEANS, *(entry["name"] for entry in legacy_reflection(class_path))}
    folder.mkdir()
    write_json(folder / FILE_NAME, {"reflection": [{"type": each} for each in sorted(types)]})
    return folder
