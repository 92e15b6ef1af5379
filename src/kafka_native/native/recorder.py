"""Compiles the recorder (`src/java/recorder`): a Java agent that writes what a program on the JVM looks up by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kafka_native._system.commands import run
from kafka_native._system.files import (
    digest_of_text,
    digest_of_tree,
    exclusive,
    replace_folder,
    staging_folder,
    write_text,
)
from kafka_native.errors import NativeBuildError, PrerequisiteError
from kafka_native.settings import Settings, bundled
from kafka_native.toolchain import ensure_jdk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kafka_native.toolchain.jdk import Jdk

__all__ = ["ensure_recorder", "recorder_options"]

_JAR: Final = "recorder.jar"
_OLDEST_JDK: Final = 25
"""The first release with long-term support that has java.lang.classfile (JEP 484)."""

_MANIFEST: Final = f"""\
Premain-Class: kafkanative.recorder.RecorderAgent
Boot-Class-Path: {_JAR}
Can-Retransform-Classes: true
"""


def ensure_recorder(jdk: Jdk, settings: Settings) -> Path:
    """Compile the recorder, unless it is in the cache.

    Args:
        jdk: Whose `javac` compiles it, and which runs it.
        settings: Tells where the cache is.

    Returns:
        The jar.

    Raises:
        PrerequisiteError: When the JDK is too old.
        NativeBuildError: When it does not compile.
    """
    if jdk.feature < _OLDEST_JDK:
        raise PrerequisiteError(
            f"recording on the JVM needs a JDK {_OLDEST_JDK} or newer; this is {jdk}",
            hint="point NATIVE_KAFKA_JDK_HOME to a JDK 25, or unset NATIVE_KAFKA_TRACE_DIR",
        )
    key = digest_of_text(digest_of_tree(bundled("src/java/recorder"), ("*",)), _MANIFEST, jdk.version)[:16]
    destination = settings.cache_dir / "recorder" / key
    with exclusive(settings.cache_dir / "locks" / f"recorder-{key}", "compiling the recorder"):
        if not destination.is_dir():
            with staging_folder(destination.parent, "recorder") as staged:
                _compile(jdk, staged)
                replace_folder(staged, destination)
    return destination / _JAR


def recorder_options(folder: Path, settings: Settings) -> tuple[str, ...]:
    """Return the options of `java` that make a process record, with the JDK of `ensure_jvm_command`.

    Args:
        folder: Where it writes `reachability-metadata.json`.
        settings: Tells where the cache is.

    Raises:
        FetchError: When there is no JDK and none can be downloaded.
        PrerequisiteError: When the JDK is too old.
        NativeBuildError: When the recorder does not compile.
    """
    jar = ensure_recorder(ensure_jdk(settings), settings)
    # The JVM warns on stdout that it uses less of its class archive, since the jar is on the boot class path.
    return ("-XX:-PrintWarnings", f"-javaagent:{jar}={folder}")


def _compile(jdk: Jdk, folder: Path) -> None:
    sources = sorted(bundled("src/java/recorder").rglob("*.java"))
    classes, manifest = folder / "classes", folder / "manifest"
    write_text(manifest, _MANIFEST)
    exports = ["--add-exports", "java.base/jdk.internal.access=ALL-UNNAMED"]
    _must([jdk.javac, *exports, "-encoding", "UTF-8", "-proc:none", "-g", "-nowarn", "-d", classes, *sources])
    _must([jdk.javac.with_name("jar"), "--create", "--file", folder / _JAR, "--manifest", manifest, "-C", classes, "."])


def _must(argv: Sequence[str | Path]) -> None:
    result = run(argv)
    if result.returncode != 0:
        raise NativeBuildError(
            "the recorder does not compile",
            details=result.tail(30),
            hint="point NATIVE_KAFKA_JDK_HOME to a JDK 25, whose internals it knows",
        )
