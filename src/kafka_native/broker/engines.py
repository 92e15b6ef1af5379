"""Decides what runs the broker: an executable that is there, one that is built, or a JDK with the jars."""

from __future__ import annotations

import itertools
import os
import platform
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kafka_native.broker.spec import DEFAULT_NAME, NodeSpec
from kafka_native.errors import SettingsError
from kafka_native.plugins import PlugInSpec

if TYPE_CHECKING:
    from kafka_native.broker.spec import Engine
    from kafka_native.settings import Settings

__all__ = [
    "DEFAULT_MAX_HEAP",
    "JVM_OPTIONS",
    "EngineCommand",
    "check_executable",
    "find_engine_command",
    "kafka_version_of",
    "resolve_engine",
]

_ELF_MACHINES = {62: "x86_64", 183: "aarch64", 243: "riscv64", 3: "i386", 40: "arm"}
"""`e_machine` of the ELF header, elf(5), by the name that uname(2) uses."""

DEFAULT_MAX_HEAP = "512m"
"""For both engines: Kafka's own scripts say 1g, and without a limit the native one takes most of the memory."""

_TRACE_DIR = "NATIVE_KAFKA_TRACE_DIR"
_GATE = "NATIVE_KAFKA_GATE"
_BESIDE_PACKAGE = Path(__file__).parent.parent / "bin" / "kafka"

JVM_OPTIONS: Final = ("--enable-native-access=ALL-UNNAMED",)
"""Else Java 24 and newer print four lines when a codec loads its native code (JEP 472); natively they are not there."""


@dataclass(frozen=True)
class EngineCommand:
    """What to execute, before the arguments of the launcher.

    Args:
        engine: The kind of it.
        argv: The program and its own options.
        kafka_version: The version of Kafka in it, when known without asking it.
        executable: The native executable, if it is one.
    """

    engine: Engine
    argv: tuple[str, ...]
    kafka_version: str | None = None
    executable: Path | None = None


def resolve_engine(spec: NodeSpec, settings: Settings) -> EngineCommand:
    """Find what runs the broker, building or installing it when it must be.

    An executable given by option comes first, then `NATIVE_KAFKA_EXECUTABLE`, then one installed beside the package,
    then one built (or built before) for the version asked for.

    Raises:
        SettingsError: When a given executable cannot be used.
        KafkaNativeError: When one cannot be built, or there is no JDK.
    """
    options = (f"-Xmx{spec.max_heap or DEFAULT_MAX_HEAP}", *spec.java_options)
    if spec.engine == "jvm":
        return _jvm(spec, settings, options)
    path, version = _executable(spec, settings)
    return EngineCommand("native", (str(path), *_tracing(spec), *_gate(), *options), version, path)


def find_engine_command(settings: Settings) -> EngineCommand | None:
    """Return an executable that is there, without plug-ins, or None when one would have to be built first."""
    from kafka_native import native  # noqa: PLC0415 - a running broker needs none of it

    plain = replace(settings, jars=())
    given = settings.executable or _BESIDE_PACKAGE.is_file()
    return resolve_engine(NodeSpec(), plain) if given or native.find_executable(native.BuildSpec(), plain) else None


def _jvm(spec: NodeSpec, settings: Settings, options: tuple[str, ...]) -> EngineCommand:
    from kafka_native import native  # noqa: PLC0415 - a running broker needs none of it
    from kafka_native.pins import DEFAULT_KAFKA_VERSION  # noqa: PLC0415

    build = native.BuildSpec(kafka_version=spec.kafka_version or DEFAULT_KAFKA_VERSION, kafka_dir=spec.kafka_dir)
    build = native.with_plug_ins(build, _plug_ins(spec, settings), settings)
    java, *arguments = native.ensure_jvm_command(build, settings)
    if folder := _trace_folder(spec):
        options = (*native.recorder_options(folder, settings), *options)
    return EngineCommand(
        "jvm", (java, *JVM_OPTIONS, *options, *arguments), None if spec.kafka_dir else build.kafka_version
    )


def _executable(spec: NodeSpec, settings: Settings) -> tuple[Path, str | None]:
    plug_ins = _plug_ins(spec, settings)
    given = spec.executable or settings.executable
    if given is not None and plug_ins:
        raise SettingsError(
            f"to the executable {given} nothing can be added: {' '.join(plug_ins.words)}",
            hint="unset NATIVE_KAFKA_EXECUTABLE, and one with these plug-ins is built; or leave out the plug-ins",
        )
    own = plug_ins or spec.kafka_version or spec.kafka_dir
    if given is None and not own and _BESIDE_PACKAGE.is_file():
        given = _BESIDE_PACKAGE
    if given is not None and spec.kafka_dir is not None:
        raise SettingsError(
            f"the executable {given} has its own jars, so --kafka-dir {spec.kafka_dir} cannot be used with it",
            hint="leave out one of them (also NATIVE_KAFKA_EXECUTABLE)",
        )
    if given is not None:
        path = check_executable(given.expanduser().absolute())
        return path, _checked_version(path, spec.kafka_version)
    from kafka_native import native  # noqa: PLC0415 - a given executable needs none of it
    from kafka_native.pins import DEFAULT_KAFKA_VERSION  # noqa: PLC0415

    build = native.BuildSpec(kafka_version=spec.kafka_version or DEFAULT_KAFKA_VERSION, kafka_dir=spec.kafka_dir)
    build = native.with_plug_ins(build, _plug_ins(spec, settings), settings)
    built = native.ensure_executable(build, settings)
    return built.path, built.kafka_version


def _plug_ins(spec: NodeSpec, settings: Settings) -> PlugInSpec:
    return spec.plug_ins or PlugInSpec(jars=settings.jars)


def check_executable(path: Path) -> Path:
    """Return the path of a native executable when this machine can run it. Scripts are fine as well.

    Raises:
        SettingsError: When it is missing, not executable, or made for another architecture.
    """
    what = f"the executable {path}"
    if path.is_dir():
        raise SettingsError(f"{what} is a folder", hint="name the executable in it: --executable FOLDER/kafka")
    if not path.is_file():
        raise SettingsError(f"{what} does not exist", hint="check --executable, or NATIVE_KAFKA_EXECUTABLE")
    if not os.access(path, os.X_OK):
        raise SettingsError(f"{what} is not executable by this user", hint=f"chmod +x {path}")
    with path.open("rb") as file:
        header = file.read(20)
    machine = int.from_bytes(header[18:20], "little") if header[:4] == b"\x7fELF" else None
    made_for = _ELF_MACHINES.get(machine, f"ELF machine {machine}") if machine is not None else platform.machine()
    if made_for != platform.machine():
        raise SettingsError(
            f"{what} is made for {made_for}, and this machine is {platform.machine()}",
            hint="build one here: kafka-native build",
        )
    return path


def kafka_version_of(executable: Path) -> str | None:
    """Return the version of Kafka that a native executable tells, such as `4.3.1`, or None when it tells none."""
    from kafka_native._system import commands  # noqa: PLC0415 - seldom needed

    match = re.search(r"\d+\.\d+\.\d+\S*", commands.run((executable, "--version")).output)
    return match.group() if match else None


def _checked_version(path: Path, wanted: str | None) -> str | None:
    """Ask a given executable for its version, but only when the user named one as well."""
    if wanted is not None and (found := kafka_version_of(path)) != wanted:
        raise SettingsError(
            f"the executable {path} is Kafka {found or 'of unknown version'}, not {wanted}",
            hint="leave out --kafka-version, or the executable (also NATIVE_KAFKA_EXECUTABLE)",
        )
    return wanted


def _gate() -> tuple[str, ...]:
    """Return the option that makes a gate executable end at what is not registered, so that nothing swallows it.

    With the value "warn" it tells so in its log, and goes on.
    """
    value = os.environ.get(_GATE)
    mode = "Warn" if value == "warn" else "Exit"
    return (f"-XX:MissingRegistrationReportingMode={mode}",) if value else ()


def _tracing(spec: NodeSpec) -> tuple[str, ...]:
    """Return the option that makes a tracing executable record what it reaches."""
    folder = _trace_folder(spec)
    return (f"-XX:TraceMetadata=path={folder}",) if folder else ()


def _trace_folder(spec: NodeSpec) -> Path | None:
    """Make the folder in which this start records, if it shall; each start has one of its own."""
    traces = os.environ.get(_TRACE_DIR)
    if not traces:
        return None
    for number in itertools.count(1):
        folder = Path(traces) / f"{spec.name or DEFAULT_NAME}.{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError
