"""Records what plug-ins reach while a command of the user's runs: its brokers are on the JVM, with the recorder.

See docs/adr/0008-recorder-on-the-jvm.md for what the recorder sees, and `kafka_native.broker` for who starts it.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import kafka_native
from kafka_native import reporting
from kafka_native._system.commands import run
from kafka_native._system.files import digest_of_text, staging_folder, tag_cache, write_text
from kafka_native.broker import down, list_instances
from kafka_native.errors import ReachabilityMetadataError, SettingsError
from kafka_native.metadata.jars import embedded
from kafka_native.reachability import FILE_NAME, configs_for, load_reachability_metadata, merge, render
from kafka_native.settings import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafka_native._system.commands import CommandResult
    from kafka_native.distribution import Distribution
    from kafka_native.plugins import PlugIns
    from kafka_native.settings import Settings

__all__ = ["record_scenario"]

_TAIL_LINES: Final = 40


def record_scenario(command: str, plug_ins: PlugIns, distribution: Distribution, settings: Settings) -> Path:
    """Run a command whose brokers record, and keep what they reached beyond what is known of Kafka.

    The command is split as a shell would, and run without one. These variables tell it what it needs:
    `NATIVE_KAFKA_JARS` (the jars, which `kafka-native up` then uses), `NATIVE_KAFKA_TRACE_DIR` (where brokers on the
    JVM record), `NATIVE_KAFKA_DATA_DIR` (a folder for instances that goes away); `kafka-native` is on the `PATH`.
    Instances that it leaves running are shut down, since they write at their end.

    Args:
        command: What to run.
        plug_ins: The jars.
        distribution: Kafka's jars; what is known of them need not be repeated.
        settings: Where the cache is.

    Returns:
        A folder with a reachability-metadata.json, named by its content.

    Raises:
        SettingsError: When the command cannot be run.
        ReachabilityMetadataError: When it fails, or no broker recorded anything.
    """
    argv = _split(command)
    tag_cache(settings.cache_dir)
    with staging_folder(settings.cache_dir / "traces", "scenario") as staging:
        apart = replace(settings, data_dir=staging / "data")
        traces = staging / "traces"
        traces.mkdir()
        _write_command(staging / "bin")
        environment = _environment(plug_ins, traces, apart.data_dir, staging / "bin")
        with reporting.current().step(f"recording what {argv[0]} makes brokers reach") as step:
            try:
                result = run(argv, environment=environment, on_line=step.update)
            finally:
                _shut_down(apart)
        _check(result, command)
        return _kept(traces, plug_ins, distribution, command, settings)


def _split(command: str) -> list[str]:
    try:
        argv = shlex.split(command)
    except ValueError as error:
        raise SettingsError(
            f"--trace-with {command!r} cannot be split into words: {error}", hint="check its quotes"
        ) from error
    if not argv:
        raise SettingsError("--trace-with names no command", hint="for example --trace-with ./my-scenario.sh")
    return argv


def _write_command(folder: Path) -> None:
    """Write a `kafka-native` that is this very one: a clone has none on the PATH."""
    root = Path(kafka_native.__file__).parent.parent
    words = [f"PYTHONPATH={shlex.quote(str(root))}", "exec", shlex.quote(sys.executable), "-m", "kafka_native"]
    write_text(folder / "kafka-native", f'#!/bin/sh\n{" ".join(words)} "$@"\n', mode=0o700)


def _environment(plug_ins: PlugIns, traces: Path, data_dir: Path, programs: Path) -> Mapping[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != f"{PREFIX}EXECUTABLE"}
    return inherited | {
        "PATH": os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)]),
        f"{PREFIX}TRACE_DIR": str(traces),
        f"{PREFIX}DATA_DIR": str(data_dir),
        f"{PREFIX}JARS": os.pathsep.join(str(path) for path in plug_ins.class_path),
    }


def _shut_down(settings: Settings) -> None:
    for report in list_instances(settings):
        if report.pid:
            down(report.name, settings)


def _check(result: CommandResult, command: str) -> None:
    if result.returncode != 0:
        raise ReachabilityMetadataError(
            f"the command of --trace-with failed (exit code {result.returncode}): {command}",
            hint="let it succeed first, with NATIVE_KAFKA_JARS set to the jars",
            details=result.tail(_TAIL_LINES),
        )


def _kept(traces: Path, plug_ins: PlugIns, distribution: Distribution, command: str, settings: Settings) -> Path:
    recorded = {str(path): load_reachability_metadata(path) for path in sorted(traces.glob(f"*/{FILE_NAME}"))}
    if not recorded:
        raise ReachabilityMetadataError(
            f"no broker recorded anything while this ran: {command}",
            hint="let it start brokers with: kafka-native up --engine jvm --detach",
        )
    known = load_reachability_metadata(configs_for(distribution.kafka_version) / FILE_NAME)
    told = embedded((*distribution.class_path, *plug_ins.class_path))
    text = render(merge(recorded, without=known.facts | told.facts).metadata)
    folder = settings.cache_dir / "recordings" / digest_of_text(text)[:32]
    write_text(folder / FILE_NAME, text)
    return folder
