"""The images that `bench docker` measures: ours, the JVM in the same base, and those that the user names.

The JVM's image has the JDK, the jars and the archive at the paths at which they are on this machine, with their dates:
an AOT cache remembers both, so that the one of `aot_cache` fits in the container as well.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import native
from kafka_native._system import commands
from kafka_native._system.files import staging_folder
from kafka_native.bench.engines import resolve_engines
from kafka_native.bench.records import EngineRecord
from kafka_native.errors import BenchError, SettingsError
from kafka_native.image import ImageSpec, build_image
from kafka_native.image.assembling import assemble, load_into
from kafka_native.image.configuration import EXECUTABLE_LABEL, container_configuration
from kafka_native.image.packages import ensure_system_files
from kafka_native.image.platforms import host_platform
from kafka_native.image.root_files import Entry, Layer, directory
from kafka_native.image.stage import base_layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.broker.spec import NodeSpec
    from kafka_native.image import ContainerEngine
    from kafka_native.settings import Settings

__all__ = ["EXITS", "MeasuredImage", "measured_images"]

EXITS = "true"
"""The program that only exits."""

_OFFERED: tuple[EngineName, ...] = ("native", "jvm", "jvm-aot")
_LEFT_OUT = {"demo", "include", "jmods", "legal", "man", "svm", "ct.sym", "src.zip"}
"""Parts of a JDK that running a program does not need, by the name of the file or folder."""
_LIBRARY = re.compile(r"(/\S+) \(0x")


@dataclass(frozen=True)
class MeasuredImage:
    """An image whose containers are measured.

    Args:
        name: What it is called in the records.
        reference: What the container engine calls it.
        about: What the records tell of it.
    """

    name: str
    reference: str
    about: EngineRecord

    def record(self) -> EngineRecord:
        """Return what the header of a recording tells of it."""
        return self.about


@contextlib.contextmanager
def measured_images(
    wanted: Sequence[EngineName],
    named: Sequence[str],
    engine: ContainerEngine,
    node: NodeSpec,
    settings: Settings,
    *,
    repository: str,
) -> Iterator[tuple[MeasuredImage, ...]]:
    """Make the images that are to be measured; those that were made are removed at the end.

    Args:
        wanted: Engines to make an image of.
        named: Images that are there.
        engine: The container engine.
        node: Kafka version, executable and heap.
        settings: Where the cache is.
        repository: What those that are made are called, with the engine's name as tag.

    Raises:
        SettingsError: When an engine cannot be put into an image.
        ImageError: When an image is not there, or cannot be made.
        BenchError: When an image has no program that only exits.
    """
    if unknown := [each for each in wanted if each not in _OFFERED]:
        raise SettingsError(f"bench docker has no image of {unknown[0]}", hint=f"there are: {', '.join(_OFFERED)}")
    there = [_described(name, name, engine, EngineRecord(name, f"the image {name}", ())) for name in named]
    tags = {each: f"{repository}:{each}" for each in wanted}
    try:
        yield (*(_made(name, tag, engine, node, settings) for name, tag in tags.items()), *there)
    finally:
        for tag in tags.values():
            engine.try_call("image", "rm", tag)


def _made(name: EngineName, tag: str, engine: ContainerEngine, node: NodeSpec, settings: Settings) -> MeasuredImage:
    (runs,) = resolve_engines([name], node, settings, cluster_id="")
    if runs.executable:
        build_image(ImageSpec(native.BuildSpec(), runs.executable, tags=(tag,), engine=engine.name), settings)
    else:
        _build_jvm_image(runs, tag, engine, settings)
    return _described(name, tag, engine, runs.record())


def _described(name: str, reference: str, engine: ContainerEngine, about: EngineRecord) -> MeasuredImage:
    found = engine.inspect_image(reference)
    config = found["Config"]
    if engine.try_call("run", "--rm", reference, EXITS).returncode != 0:
        raise BenchError(
            f"the image {reference} has no program {EXITS!r} that only exits, which it is compared with",
            hint="measure an image with a shell: the default variant of ours",
        )
    labels = config.get("Labels") or {}
    return MeasuredImage(
        name,
        reference,
        replace(
            about,
            argv=tuple(each.replace(f"{Path.home()}/", "~/") for each in config.get("Cmd") or ()),
            kafka_version=about.kafka_version or labels.get("org.opencontainers.image.version"),
            executable_sha256=about.executable_sha256 or labels.get(EXECUTABLE_LABEL),
            image_id=found["Id"],
        ),
    )


def _build_jvm_image(runs: BenchEngine, tag: str, engine: ContainerEngine, settings: Settings) -> None:
    platform = host_platform()
    base = base_layers(ensure_system_files(platform, settings), platform, with_shell=True)
    configuration = container_configuration({}) | {"Cmd": list(runs.start)}
    with staging_folder(settings.cache_dir / "image", "bench") as folder:
        layers = (*base, _jvm_layer(runs, base))
        load_into(engine, assemble(layers, configuration, tags=(tag,), platform=platform, folder=folder))


def _jvm_layer(runs: BenchEngine, base: Iterable[Layer]) -> Layer:
    """Return the files that the command of a JVM engine needs, where they are on this machine."""
    home = Path(runs.start[0]).parent.parent
    there = {entry.path for layer in base for entry in layer.entries}
    files = {*_runtime(home), *_class_path(runs), *_archives(runs)}
    names = {Path(each).name for each in there}
    files |= {each for each in _libraries(home) if each.name not in names and not each.is_relative_to(home)}
    folders = {parent for each in files for parent in each.parents} - {Path("/")}
    return Layer(
        "a JDK, Kafka's jars and the launcher",
        (
            *(directory(str(each)) for each in folders if str(each) not in there),
            *(_as_it_is(each) for each in files),
        ),
    )


def _as_it_is(path: Path) -> Entry:
    """Return a file with its own date, that everybody can read."""
    about = path.stat()
    mode = 0o755 if about.st_mode & 0o100 else 0o644
    return Entry(str(path), "file", mode, source=path, origin="bench", modified=int(about.st_mtime))


def _runtime(home: Path) -> Iterator[Path]:
    for path in home.rglob("*"):
        within = path.relative_to(home)
        if (
            path.is_file()
            and not _LEFT_OUT.intersection(within.parts)
            and (within.parts[0] != "bin" or path.name == "java")
        ):
            yield path


def _class_path(runs: BenchEngine) -> Iterator[Path]:
    for each in map(Path, runs.start[runs.start.index("-cp") + 1].split(":")):
        yield from (path for path in each.rglob("*") if path.is_file()) if each.is_dir() else (each,)


def _archives(runs: BenchEngine) -> Iterator[Path]:
    words = (
        word.partition("=")[2] for word in runs.start if word.startswith(("-XX:AOTCache=", "-XX:SharedArchiveFile="))
    )
    return map(Path, words)


def _libraries(home: Path) -> Iterator[Path]:
    """Return what the JDK's own native code is linked with, as ldd(1) tells it."""
    for program in (home / "bin/java", *(home / "lib").rglob("*.so")):
        yield from map(Path, _LIBRARY.findall(commands.run(("ldd", program)).output))
