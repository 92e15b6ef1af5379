"""Compiles the substitutions (`src/java/substitutions`, `src/java/instructions`): methods that are others natively.

The JVM has no part in them, so the yardstick stays what the Apache project released.
"""

from __future__ import annotations

from dataclasses import dataclass
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

__all__ = ["Substitutions", "ensure_substitutions", "substitutions_digest"]

_SOURCES: Final = "src/java/substitutions"
_INSTRUCTIONS: Final = ("src/java/instructions", "src/c/instructions")
"""Classes that call C functions, and these; for processors with SSE4.2 and CLMUL."""
_INTERFACES: Final = ("nativeimage", "word")
"""The artifacts with @TargetClass and what C functions take: for `javac` only, since the builder brings its own."""
_C_FLAGS: Final = ("-std=gnu11", "-O2", "-fPIC", "-Wall", "-Wextra", "-Werror")


@dataclass(frozen=True)
class Substitutions:
    """Compiled substitutions.

    Args:
        classes: A folder, for the builder's class path.
        objects: What the linker must add to the executable.
    """

    classes: Path
    objects: tuple[Path, ...] = ()


def substitutions_digest() -> str:
    """Return one SHA-256 over the sources."""
    kafka, *others = (digest_of_tree(bundled(each), ("*",)) for each in (_SOURCES, *_INSTRUCTIONS))
    return digest_of_text(kafka, *others, *_C_FLAGS)


def ensure_substitutions(jdk: Jdk, settings: Settings, *, instructions: bool) -> Substitutions:
    """Compile the substitutions, unless they are in the cache.

    They name Kafka's classes as text, so one result serves every Kafka version; the builder refuses what does not fit.

    Args:
        jdk: Whose `javac` compiles them.
        settings: Tells where the cache is.
        instructions: Whether the executable is only for processors with SSE4.2 and CLMUL; their instructions then
            compute checksums and GHASH.

    Raises:
        FetchError: When the interfaces cannot be downloaded.
        NativeBuildError: When they do not compile.
    """
    key = digest_of_text(substitutions_digest(), GRAALVM_VERSION, str(instructions))[:16]
    destination = settings.cache_dir / "substitutions" / key
    with exclusive(settings.cache_dir / "locks" / f"substitutions-{key}", "compiling the substitutions"):
        if not destination.is_dir():
            with staging_folder(destination.parent, "substitutions") as staged:
                _compile(jdk, _interfaces(settings), _layout(staged, instructions=instructions))
                replace_folder(staged, destination)
    return _layout(destination, instructions=instructions)


def _layout(folder: Path, *, instructions: bool) -> Substitutions:
    sources = sorted(bundled(_INSTRUCTIONS[1]).glob("*.c")) if instructions else []
    return Substitutions(folder / "classes", tuple(folder / f"{source.stem}.o" for source in sources))


def _interfaces(settings: Settings) -> list[Path]:
    pinned = [each for each in load_lock(f"graalvm-{GRAALVM_VERSION}") if each.artifact in _INTERFACES]
    return list(ensure_artifacts(pinned, settings, title=f"interfaces of native-image {GRAALVM_VERSION}").values())


def _compile(jdk: Jdk, interfaces: list[Path], wanted: Substitutions) -> None:
    java, c = _INSTRUCTIONS
    folders = (_SOURCES, java) if wanted.objects else (_SOURCES,)
    sources = [source for folder in folders for source in sorted(bundled(folder).rglob("*.java"))]
    class_path = ":".join(map(str, interfaces))
    options = ["-encoding", "UTF-8", "-proc:none", "-g", "-nowarn", "-d", str(wanted.classes), "-cp", class_path]
    _checked([jdk.javac, *options, *sources])
    for compiled in wanted.objects:
        _checked(["cc", *_C_FLAGS, "-c", bundled(c) / f"{compiled.stem}.c", "-o", compiled])


def _checked(argv: list[str | Path]) -> None:
    result = run(argv)
    if result.returncode != 0:
        raise NativeBuildError("the substitutions do not compile", details=result.tail(30))
