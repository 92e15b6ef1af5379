"""Compiles the substitutions (`src/java/substitutions`): methods of Kafka that the native executable has otherwise.

The JVM has no part in them, so the yardstick stays what the Apache project released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafka_native._system.commands import run
from kafka_native._system.files import digest_of_text, digest_of_tree, exclusive, replace_folder, staging_folder
from kafka_native.distribution import ensure_artifacts
from kafka_native.errors import NativeBuildError
from kafka_native.pins import load_lock
from kafka_native.settings import Settings, bundled
from kafka_native.toolchain import GRAALVM_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.toolchain.jdk import Jdk

__all__ = ["ensure_substitutions", "substitutions_digest"]

_SOURCES: Final = "src/java/substitutions"
_ANNOTATIONS: Final = "nativeimage"
"""The artifact with @TargetClass and @Substitute: for `javac` only, since the builder brings its own."""


def substitutions_digest() -> str:
    """Return one SHA-256 over the sources."""
    return digest_of_tree(bundled(_SOURCES), ("*",))


def ensure_substitutions(jdk: Jdk, settings: Settings) -> Path:
    """Compile the substitutions, unless they are in the cache.

    They name Kafka's classes as text, so one result serves every Kafka version; the builder refuses what does not fit.

    Args:
        jdk: Whose `javac` compiles them.
        settings: Tells where the cache is.

    Returns:
        A folder of classes, for the builder's class path.

    Raises:
        FetchError: When the annotations cannot be downloaded.
        NativeBuildError: When they do not compile.
    """
    key = digest_of_text(substitutions_digest(), GRAALVM_VERSION)[:16]
    destination = settings.cache_dir / "substitutions" / key
    with exclusive(settings.cache_dir / "locks" / f"substitutions-{key}", "compiling the substitutions"):
        if not destination.is_dir():
            with staging_folder(destination.parent, "substitutions") as staged:
                _compile(jdk, _annotations(settings), staged)
                replace_folder(staged, destination)
    return destination


def _annotations(settings: Settings) -> Path:
    pinned = next(each for each in load_lock(f"graalvm-{GRAALVM_VERSION}") if each.artifact == _ANNOTATIONS)
    return ensure_artifacts([pinned], settings, title=f"annotations of native-image {GRAALVM_VERSION}")[pinned]


def _compile(jdk: Jdk, annotations: Path, classes: Path) -> None:
    sources = sorted(bundled(_SOURCES).rglob("*.java"))
    options = ["-encoding", "UTF-8", "-proc:none", "-g", "-nowarn", "-d", str(classes), "-cp", str(annotations)]
    result = run([jdk.javac, *options, *sources])
    if result.returncode != 0:
        raise NativeBuildError("the substitutions do not compile", details=result.tail(30))
