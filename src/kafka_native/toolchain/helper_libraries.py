"""Compiles our C helper libraries (`src/c`), which the builder links into every executable.

One archive a folder; the rule is the same for all files, so there is no makefile.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kafka_native._system.files import digest_of_text, digest_of_tree
from kafka_native.errors import ToolchainError
from kafka_native.settings import bundled
from kafka_native.toolchain.full_disk import run_writing

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["compile_helper_libraries", "helper_sources_digest"]

_ARCHIVES = {"libchelper": "liblibchelper.a", "libjvm": "libjvm.a", "svm_container": "libsvm_container.a"}
_REPORTER = "reporterchelper"
_FLAGS = ("-std=gnu11", "-O2", "-fPIC", "-Wall", "-Wextra", "-g0", "-fno-ident")


def helper_sources_digest() -> str:
    """Return one SHA-256 over the C sources that are compiled, and how they are."""
    folders = ("include", *_ARCHIVES, _REPORTER)
    return digest_of_text(*_FLAGS, *(digest_of_tree(bundled("src/c") / each, ("*.c", "*.h")) for each in folders))


def compile_helper_libraries(jdk_include: Path, archives: Path, reporter: Path) -> None:
    """Compile all helper libraries.

    Args:
        jdk_include: The JDK's `include` folder (jni.h).
        archives: The folder that receives the static libraries.
        reporter: The path of the shared library that tells the builder its peak memory.

    Raises:
        ToolchainError: When the C compiler refuses one.
    """
    archives.mkdir(parents=True, exist_ok=True)
    for folder, name in _ARCHIVES.items():
        objects = _compile(bundled("src/c") / folder, jdk_include, archives / f".{folder}")
        _checked(["ar", "rcsD", archives / name, *objects], name)
    reporter.parent.mkdir(parents=True, exist_ok=True)
    sources = sorted((bundled("src/c") / _REPORTER).glob("*.c"))
    _checked(["cc", *_FLAGS, *_includes(jdk_include), "-shared", "-o", reporter, *sources], reporter.name)


def _compile(folder: Path, jdk_include: Path, objects: Path) -> list[Path]:
    objects.mkdir(exist_ok=True)

    def compile_one(source: Path) -> Path:
        target = objects / f"{source.stem}.o"
        _checked(["cc", *_FLAGS, *_includes(jdk_include), "-c", source, "-o", target], source.name)
        return target

    with ThreadPoolExecutor() as executor:
        return list(executor.map(compile_one, sorted(folder.glob("*.c"))))


def _includes(jdk_include: Path) -> list[str]:
    return [f"-I{bundled('src/c/include')}", f"-I{jdk_include}", f"-I{jdk_include / 'linux'}"]


def _checked(argv: list[str | Path], what: str) -> None:
    result = run_writing(argv)
    if result.returncode != 0:
        raise ToolchainError(f"compiling the C helper library file {what} failed", details=result.tail())
