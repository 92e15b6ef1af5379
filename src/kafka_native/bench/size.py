"""How large the executable is, by section and compressed, beside the jars that it replaces, and of images."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system import commands
from kafka_native.bench.measuring import measuring
from kafka_native.bench.samples import SizeSample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.bench.records import Recording
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.settings import Settings

__all__ = ["bench_size"]

_USUAL: tuple[EngineName, ...] = ("native", "jvm")
_SECTION = re.compile(r"^(\.\S+)\s+(\d+)\s+\d+$", re.MULTILINE)
_SMALLEST_SECTION = 100_000
_GZIP = 31
_BLOCK_BYTES = 1 << 20


def bench_size(spec: BenchSpec, settings: Settings, *, images: tuple[str, ...] = ()) -> Recording:
    """Measure sizes. The machine may be busy: they do not depend on it.

    Args:
        spec: What to measure.
        settings: Where the cache is.
        images: Docker images whose size to tell as well.
    """
    options = {"images": list(images)}
    with measuring("size", spec, settings, usual=_USUAL, options=options, needs_idle=False) as session:
        for engine in session.engines:
            with reporting.current().step(f"size of {engine.name}"):
                for sample in _native(engine) if engine.executable else _jars(engine):
                    session.recorder.add(sample)
        for image in images:
            if size := _image_bytes(image):
                session.recorder.add(SizeSample("image", image, "image", size))
    return session.recorder.recording


def _native(engine: BenchEngine) -> Iterator[SizeSample]:
    path = engine.executable
    assert path is not None  # noqa: S101 - told to the type checker
    yield SizeSample(engine.name, "executable", "file", path.stat().st_size)
    yield SizeSample(engine.name, "executable, gzip -6", "compressed", _gzipped_bytes(path))
    if not commands.find_program("size"):
        reporting.current().warn("there is no program `size` (binutils), so sections are not told")
        return
    for name, size in _SECTION.findall(commands.run(("size", "-A", "-d", path)).output):
        if int(size) >= _SMALLEST_SECTION:
            yield SizeSample(engine.name, name, "section", int(size))


def _gzipped_bytes(path: Path) -> int:
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(_BLOCK_BYTES), b"")
        return sum(len(packer.compress(block)) for block in blocks) + len(packer.flush())


def _jars(engine: BenchEngine) -> Iterator[SizeSample]:
    """The JDK that runs them is not counted: which one it is, the user chooses."""
    yield SizeSample(engine.name, "jars", "jars", sum(each.stat().st_size for each in engine.jars))


def _image_bytes(image: str) -> int | None:
    if not commands.find_program("docker"):
        reporting.current().warn(f"there is no docker, so the size of {image} is not told")
        return None
    result = commands.run(("docker", "image", "inspect", "--format", "{{.Size}}", image))
    if result.returncode != 0:
        reporting.current().warn(f"the size of {image} is not told: {result.tail(1)}")
        return None
    return int(result.output.split()[0])
