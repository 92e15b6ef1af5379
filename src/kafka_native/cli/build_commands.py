"""`build`: see `kafka_native.native`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import TYPE_CHECKING, Literal

from kafka_native._system.files import explain_os_errors
from kafka_native.cli.output import JsonFlag, facts, print_json
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from kafka_native.native import NativeExecutable

__all__ = ["build_command"]


def build_command(
    *,
    kafka_version: str | None = None,
    kafka_dir: Path | None = None,
    optimize: Literal["quick", "speed", "size"] = "size",
    march: str | None = None,
    output: Path | None = None,
    as_json: JsonFlag = False,
) -> None:
    """Compile a native executable, unless the same one was made before.

    Args:
        kafka_version: Version of Kafka.
        kafka_dir: Unpacked Kafka release to take the jars from.
        optimize: What to aim at: a quick build, the compiler's usual level, or a small executable (when left out).
        march: Oldest processor it must run on, such as x86-64-v3 or native.
        output: File to copy the executable to.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import native, pins  # noqa: PLC0415 - other commands need none of it

    version = kafka_version or pins.DEFAULT_KAFKA_VERSION
    spec = native.BuildSpec(kafka_version=version, kafka_dir=kafka_dir, optimize=optimize, march=march)
    built = native.ensure_executable(spec, load_settings())
    if output:
        _copy(built.path, output)
    if as_json:
        print_json(built.to_json() | {"output": str(output) if output else None})
    else:
        _show(built, output)


def _copy(executable: Path, output: Path) -> None:
    """Copy beside the destination first, so that a running executable is replaced and never half-written."""
    partial = output.with_name(f".{output.name}.{os.getpid()}.partial")
    with explain_os_errors(f"copying the executable to {output}", output.parent):
        output.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(executable, partial)
            partial.replace(output)
        finally:
            partial.unlink(missing_ok=True)


def _show(built: NativeExecutable, output: Path | None) -> None:
    facts(
        {
            "executable": output or built.path,
            "Kafka version": built.kafka_version,
            "size": f"{built.path.stat().st_size / 1e6:.1f} MB",
            "report": built.path.with_name("report.html"),
        }
    )
