"""Compiles the launcher (`src/java/launcher`), the executable's main class, against the jars of a Kafka version."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from kafka_native._system.commands import run
from kafka_native._system.files import digest_of_text, digest_of_tree, exclusive, replace_folder, staging_folder
from kafka_native.errors import NativeBuildError
from kafka_native.settings import Settings, bundled

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.distribution import Distribution
    from kafka_native.toolchain.jdk import Jdk

__all__ = ["MAIN_CLASS", "ensure_launcher", "launcher_digest"]

MAIN_CLASS: Final = "kafkanative.launcher.Main"
_RELEASE = "17"  # the oldest Java that Kafka 4 runs on (KIP-1013), so that the JVM engine takes any of them


def launcher_digest() -> str:
    """Return one SHA-256 over the launcher's sources and resources."""
    return digest_of_tree(bundled("src/java/launcher"), ("*",))


def ensure_launcher(distribution: Distribution, jdk: Jdk, settings: Settings) -> Path:
    """Compile the launcher, unless it is in the cache.

    Args:
        distribution: The jars that it is compiled against.
        jdk: Whose `javac` compiles it.
        settings: Tells where the cache is.

    Returns:
        A folder of classes and resources.

    Raises:
        NativeBuildError: When it does not compile.
    """
    key = digest_of_text(launcher_digest(), distribution.digest)[:16]
    destination = settings.cache_dir / "launcher" / key
    with exclusive(settings.cache_dir / "locks" / f"launcher-{key}", "compiling the launcher"):
        if not destination.is_dir():
            with staging_folder(destination.parent, "launcher") as staged:
                _compile(distribution, jdk, staged)
                replace_folder(staged, destination)
    return destination


def _compile(distribution: Distribution, jdk: Jdk, classes: Path) -> None:
    root = bundled("src/java/launcher")
    sources = sorted(root.rglob("*.java"))
    class_path = ":".join(map(str, distribution.class_path))
    options = ["--release", _RELEASE, "-encoding", "UTF-8", "-proc:none", "-g", "-nowarn", "-d", str(classes)]
    result = run([jdk.javac, *options, "-cp", class_path, *sources])
    if result.returncode != 0:
        raise NativeBuildError(
            f"the launcher does not compile against Kafka {distribution.kafka_version}",
            details=result.tail(30),
            hint="this Kafka version is not supported by this release of kafka-native",
        )
    for resource in (path for path in (root / "resources").rglob("*") if path.is_file()):
        target = classes / resource.relative_to(root / "resources")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(resource, target)
