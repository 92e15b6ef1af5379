"""`build`: see `kafka_native.native`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import TYPE_CHECKING, Any, Literal

from kafka_native import reporting
from kafka_native._system.files import copy_into_place
from kafka_native.cli.output import JsonFlag, facts, print_json, print_line, table
from kafka_native.cli.plug_in_options import PlugInOptions, plug_in_spec
from kafka_native.errors import SettingsError
from kafka_native.plugins import load_presets
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafka_native.native import BuildSpec, NativeExecutable
    from kafka_native.settings import Settings

__all__ = ["build_command"]


def build_command(
    *,
    kafka_version: str | None = None,
    kafka_dir: Path | None = None,
    optimize: Literal["quick", "speed", "size"] = "size",
    march: str | None = None,
    output: Path | None = None,
    plug_ins: PlugInOptions | None = None,
    trace_with: str | None = None,
    list_presets: bool = False,
    dry_run: bool = False,
    as_json: JsonFlag = False,
) -> None:
    """Compile a native executable, unless the same one was made before.

    Args:
        kafka_version: Version of Kafka.
        kafka_dir: Unpacked Kafka release to take the jars from.
        optimize: What to aim at: a quick build, the compiler's usual level, or a small executable (when left out).
        march: Oldest processor it must run on, such as x86-64-v3 or native.
        output: File to copy the executable to.
        plug_ins: Jars beside Kafka's own, to be built in.
        trace_with: Command that starts brokers on the JVM and uses the plug-ins; what they reach is built in as well.
        list_presets: Only tell what --preset can name.
        dry_run: Only tell which plug-ins would be built in, compiling nothing.
        as_json: Print one JSON document to stdout.
    """
    if list_presets:
        _show_presets(as_json=as_json)
        return
    from kafka_native import native, pins  # noqa: PLC0415 - other commands need none of it

    version = kafka_version or pins.DEFAULT_KAFKA_VERSION
    settings = load_settings()
    spec = native.BuildSpec(kafka_version=version, kafka_dir=kafka_dir, optimize=optimize, march=march)
    spec = native.with_plug_ins(spec, plug_in_spec(plug_ins), settings)
    if dry_run:
        _show_plug_ins(native.describe_plug_ins(spec, settings), as_json=as_json)
        return
    if trace_with:
        spec = _traced(trace_with, spec, settings)
    built = native.ensure_executable(spec, settings)
    if output:
        copy_into_place(built.path, output, doing=f"copying the executable to {output}")
    if as_json:
        print_json(built.to_json() | {"output": str(output) if output else None})
    else:
        _show(built, output)


def _traced(command: str, spec: BuildSpec, settings: Settings) -> BuildSpec:
    from kafka_native import native  # noqa: PLC0415 - seldom needed
    from kafka_native.metadata.scenario import record_scenario  # noqa: PLC0415 - seldom needed

    if spec.plug_ins is None:
        raise SettingsError(
            "--trace-with is about plug-ins, and there are none", hint="name them with --jar, --maven or --preset"
        )
    folder = record_scenario(command, spec.plug_ins, native.distribution_of(spec, settings), settings)
    reporting.current().info(f"the recording is in {folder}; give it again with --metadata")
    return replace(spec, plug_ins=replace(spec.plug_ins, metadata=(*spec.plug_ins.metadata, folder)))


def _show_presets(*, as_json: bool) -> None:
    presets = load_presets()
    if as_json:
        print_json([preset.to_json() for preset in presets])
        return
    for preset in presets:
        print_line(f"{preset.name}: {preset.description}")
        facts(
            {
                "artifacts": [f"{each.name}:{each.version}" for each in preset.artifacts] or None,
                "properties of up": [f"{name}={value}" for name, value in preset.properties.items()] or None,
                "for example": [f"{name}={value}" for name, value in preset.example.items()] or None,
            }
        )
        print_line("")


def _show_plug_ins(report: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(dict(report))
        return
    table(("TYPE", "CLASS", "JAR"), ((each["type"], each["name"], each["jar"]) for each in report.get("plug_ins", [])))


def _show(built: NativeExecutable, output: Path | None) -> None:
    facts(
        {
            "executable": output or built.path,
            "Kafka version": built.kafka_version,
            "plug-ins": [each["name"] for each in built.report.get("plug_ins", {}).get("plug_ins", [])] or None,
            "size": f"{built.path.stat().st_size / 1e6:.1f} MB",
            "report": built.path.with_name("report.html"),
        }
    )
