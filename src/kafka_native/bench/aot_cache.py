"""The best help to start that a JDK has: a cache of loaded classes and profiles from a training run.

JDK 25 and newer write an AOT cache in one step (JEP 514), older ones an archive of classes (AppCDS, JEP 350). Either is
made once and kept in the cache.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system import commands
from kafka_native._system.files import digest_of_text, digest_of_tree, exclusive
from kafka_native.bench.node import first_produce_of, launched, prepare
from kafka_native.broker.diagnosis import last_lines
from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from kafka_native.broker.engines import EngineCommand
    from kafka_native.settings import Settings

__all__ = ["ensure_aot_cache"]

_FIRST_WITH_AOT_CACHE = 25
_TRAINING_SECONDS = 300


def ensure_aot_cache(command: EngineCommand, settings: Settings) -> tuple[str, ...]:
    """Return the command that starts the launcher on the JVM with a cache, making the cache when it is missing.

    Args:
        command: The command without one.
        settings: Where the cache is.

    Raises:
        BenchError: When the training run leaves no cache.
    """
    java = command.argv[0]
    launcher, *jars = map(Path, command.argv[-2].split(":"))
    version = commands.run((java, "-version")).output
    key = digest_of_text(version, *command.argv[1:-2], *map(str, jars), digest_of_tree(launcher, ("*",)))[:16]
    folder = settings.cache_dir / "bench" / f"aot-{key}"
    cached = _with_jar(command, folder / "launcher.jar", jars)
    archive = folder / "archive"
    with exclusive(settings.cache_dir / "locks" / f"bench-{key}", "training the JVM"):
        if not archive.is_file():
            _make_jar(launcher, folder / "launcher.jar")
            with reporting.current().step("training the JVM, for its AOT cache"):
                _train(cached, archive, feature=_feature(version))
    return (java, *_use(archive, _feature(version)), *cached[1:])


def _use(archive: Path, feature: int) -> tuple[str, ...]:
    """A cache that does not fit ends the JVM, instead of being left aside in silence."""
    if feature >= _FIRST_WITH_AOT_CACHE:
        return f"-XX:AOTCache={archive}", "-XX:AOTMode=on"
    return f"-XX:SharedArchiveFile={archive}", "-Xshare:on"


def _with_jar(command: EngineCommand, jar: Path, jars: list[Path]) -> tuple[str, ...]:
    """Neither kind of cache takes folders on the class path."""
    class_path = ":".join(map(str, (jar, *jars)))
    return (*command.argv[:-2], class_path, command.argv[-1])


def _make_jar(classes: Path, jar: Path) -> None:
    jar.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(jar, "w") as archive:
        for path in sorted(classes.rglob("*")):
            archive.write(path, path.relative_to(classes))


def _train(cached: tuple[str, ...], archive: Path, *, feature: int) -> None:
    """Run a broker until it has acknowledged a record, and let it end well: only then the JVM writes the cache.

    The cache remembers where the jars are, so it is made where they stay.
    """
    partial = archive.with_name("archive.partial")
    option = "AOTCacheOutput" if feature >= _FIRST_WITH_AOT_CACHE else "ArchiveClassesAtExit"
    argv = (cached[0], f"-XX:{option}={partial}", *cached[1:], "server-start")
    with tempfile.TemporaryDirectory(prefix="kafka-native-bench-") as folder:
        with launched(argv, prepare(Path(folder) / "node")) as node:
            first_produce_of(node, timeout_seconds=_TRAINING_SECONDS)
            node.stop(_TRAINING_SECONDS)
        if not partial.is_file():
            raise BenchError(
                f"the training run of the JVM left no cache ({option})",
                hint="leave jvm-aot out",
                details=last_lines(node.where.log_file),
            )
    partial.replace(archive)


def _feature(version: str) -> int:
    match = re.search(r'version "(\d+)', version)
    return int(match.group(1)) if match else 0
