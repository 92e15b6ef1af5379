"""Builds native executables of Kafka: gathers the inputs, runs the builder, keeps the result under its key."""

from __future__ import annotations

import shutil
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native._system.commands import CommandResult, run
from kafka_native._system.files import (
    exclusive,
    explain_os_errors,
    read_json,
    replace_folder,
    staging_folder,
    tag_cache,
)
from kafka_native.distribution import Distribution, ensure_distribution, load_distribution
from kafka_native.native import executable
from kafka_native.native.diagnose import build_failure
from kafka_native.native.gate import write_gate_metadata
from kafka_native.native.launcher import MAIN_CLASS, ensure_launcher
from kafka_native.native.options import kafka_options, options_revision, required_cpu_features
from kafka_native.native.progress import BuilderProgress
from kafka_native.native.report import write_report
from kafka_native.native.substitutions import ensure_substitutions
from kafka_native.plugins import PlugIns, PlugInSpec, ensure_plug_in_folder, resolve_plug_ins
from kafka_native.settings import source_date_epoch
from kafka_native.toolchain import NativeImageOptions, Toolchain, ensure_jdk, ensure_toolchain, planned_steps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kafka_native.native.executable import BuildInputs, BuildSpec, NativeExecutable
    from kafka_native.plugins.folder import PlugInFolder
    from kafka_native.settings import Settings

__all__ = [
    "class_path_of",
    "describe_plug_ins",
    "distribution_of",
    "ensure_executable",
    "find_executable",
    "with_plug_ins",
]

_USUAL_SECONDS = {"quick": 260, "speed": 330, "size": 330}
_TRACING_SECONDS = 800


def find_executable(spec: BuildSpec, settings: Settings) -> NativeExecutable | None:
    """Return the executable of this spec if it is in the cache, downloading and compiling nothing.

    Raises:
        SettingsError: When the Kafka version or folder is unknown.
    """
    return executable.find_executable(spec, settings, options_revision(spec))


def ensure_executable(spec: BuildSpec, settings: Settings) -> NativeExecutable:
    """Return the executable of this spec, building it when it is not in the cache.

    Args:
        spec: What is wanted.
        settings: Where the cache is.

    Raises:
        SettingsError: When the Kafka version or folder is unknown, or SOURCE_DATE_EPOCH is no number.
        PrerequisiteError: When the machine lacks something, disk space included.
        FetchError: When jars or a part of the toolchain cannot be downloaded.
        ToolchainError: When the toolchain cannot be assembled.
        NativeBuildError: When the builder fails; the message is the cause.
    """
    if found := find_executable(spec, settings):
        return found
    source_date_epoch()  # the report will need it: better refused now than after the compile
    title = build_title(spec)
    jars = [] if spec.kafka_dir else [reporting.PlannedStep(f"Apache Kafka {spec.kafka_version}", 15)]
    reporting.current().plan([*planned_steps(settings), *jars, _planned(spec)])
    toolchain = ensure_toolchain(settings)
    distribution = distribution_of(spec, settings)
    inputs = executable.resolve_inputs(spec, toolchain.identity, options_revision(spec))
    lock = settings.cache_dir / "locks" / f"build-{inputs.key[:16]}"
    with exclusive(lock, f"building {title}"), explain_os_errors(f"building {title}", settings.cache_dir):
        tag_cache(settings.cache_dir)
        return executable.load_executable(inputs, settings) or _build(spec, inputs, toolchain, distribution, settings)


def class_path_of(
    launcher: Path, distribution: Distribution, plug_ins: PlugIns | None, added: PlugInFolder | None
) -> tuple[Path, ...]:
    """Return the class path of both engines: Kafka's own jars come first, so that nothing overrides them."""
    more = (added.class_path, *plug_ins.class_path) if plug_ins and added else ()
    return (launcher, *distribution.class_path, *more)


def build_title(spec: BuildSpec) -> str:
    """Return the title of the step that compiles."""
    what = spec.kafka_dir.resolve().name if spec.kafka_dir else f"Kafka {spec.kafka_version}"
    kind = " with metadata tracing" if spec.tracing else " for the gate" if spec.gate else ""
    kind += " with plug-ins" if spec.plug_ins else ""
    return f"native executable of {what}{kind}"


def _planned(spec: BuildSpec) -> reporting.PlannedStep:
    return reporting.PlannedStep(build_title(spec), _TRACING_SECONDS if spec.tracing else _USUAL_SECONDS[spec.optimize])


def distribution_of(spec: BuildSpec, settings: Settings) -> Distribution:
    """Return the jars that a spec asks for, downloading them when they are not in the cache."""
    return load_distribution(spec.kafka_dir) if spec.kafka_dir else ensure_distribution(spec.kafka_version, settings)


def with_plug_ins(spec: BuildSpec, wanted: PlugInSpec, settings: Settings) -> BuildSpec:
    """Return the spec with plug-ins added, once they are known to be usable.

    Their jars are read, resolved and linked here, so that what is wrong with them is told before a toolchain is
    assembled and before anything is compiled.

    Args:
        spec: What to add them to.
        wanted: The plug-ins; when there are none, the spec stays as it is.
        settings: Where the cache is.

    Raises:
        SettingsError: When something cannot be used; it is named.
        FetchError: When an artifact cannot be had.
    """
    if not wanted:
        return spec
    distribution = distribution_of(spec, settings)
    plug_ins = resolve_plug_ins(wanted, distribution, settings)
    if not plug_ins.jars and not plug_ins.metadata:
        return spec
    ensure_plug_in_folder(plug_ins, distribution, ensure_jdk(settings), settings)
    return replace(spec, plug_ins=plug_ins)


def describe_plug_ins(spec: BuildSpec, settings: Settings) -> Mapping[str, Any]:
    """Return what is known of the plug-ins of a spec: jars, classes, where metadata comes from. Compiles nothing."""
    if spec.plug_ins is None:
        return {}
    distribution = distribution_of(spec, settings)
    return ensure_plug_in_folder(spec.plug_ins, distribution, ensure_jdk(settings), settings).report


def _build(
    spec: BuildSpec, inputs: BuildInputs, toolchain: Toolchain, distribution: Distribution, settings: Settings
) -> NativeExecutable:
    destination = executable.executable_folder(inputs.key, settings)
    launcher = ensure_launcher(distribution, toolchain.jdk, settings)
    substitutions = ensure_substitutions(toolchain.jdk, settings, instructions=bool(required_cpu_features(spec)))
    added = ensure_plug_in_folder(spec.plug_ins, distribution, toolchain.jdk, settings) if spec.plug_ins else None
    with staging_folder(destination.parent, "build") as staged:
        more = added.metadata_folders if added else ()
        if spec.gate:
            more = (*more, write_gate_metadata(staged / "gate", distribution.class_path))
        options = kafka_options(
            spec,
            main_class=MAIN_CLASS,
            class_path=(substitutions.classes, *class_path_of(launcher, distribution, spec.plug_ins, added)),
            output=staged / "kafka",
            build_id=str(uuid.UUID(inputs.key[:32])),
            kafka_version=inputs.kafka_version,
            more_metadata=more,
            objects=substitutions.objects,
        )
        seconds, phases = _compile(spec, toolchain, options, settings)
        builder = read_json(staged / "build-output.json") or {}
        write_report(
            staged,
            inputs,
            spec,
            toolchain,
            seconds=seconds,
            phases=phases,
            builder=builder,
            plug_ins=added.report if added else None,
        )
        _remove_leftovers(staged)
        replace_folder(staged, destination)
    found = executable.load_executable(inputs, settings)
    assert found is not None  # noqa: S101 - it was moved into place one line above
    return found


def _compile(
    spec: BuildSpec, toolchain: Toolchain, options: NativeImageOptions, settings: Settings
) -> tuple[float, dict[str, float]]:
    log = settings.cache_dir / "logs" / f"build-{options.build_id[:8]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with reporting.current().step(build_title(spec)) as step:
        progress = BuilderProgress(step)
        result = compile_native(toolchain, options, options.output.parent, progress, log)
        if result.returncode != 0 or not options.output.exists():
            raise build_failure(result, build_title(spec), log)
    return time.monotonic() - started, progress.phases


def compile_native(
    toolchain: Toolchain, options: NativeImageOptions, work_dir: Path, progress: BuilderProgress, log: Path
) -> CommandResult:
    """Run the builder to its end and return what it said.

    Args:
        toolchain: What compiles.
        options: What to compile.
        work_dir: Receives argument files and temporary files.
        progress: Is told each line of the builder's output.
        log: Receives all of the output.
    """
    argv, environment = toolchain.command(options, work_dir)
    return run(argv, cwd=work_dir, environment=environment, on_line=progress.line, log=log)


def _remove_leftovers(staged: Path) -> None:
    kept = {"kafka", "report.json", "report.html"}
    for path in staged.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in kept:
            path.unlink()
