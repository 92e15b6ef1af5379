"""Finds, builds or installs what each column of the feature walk runs on, before any test begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native import native
from kafka_native._system.files import sha256_of
from kafka_native.broker import NodeSpec
from kafka_native.broker.engines import check_executable, kafka_version_of, resolve_engine
from kafka_native.errors import SettingsError
from kafka_native.pins import DEFAULT_KAFKA_VERSION
from kafka_native.systest.results import Executable, Target

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.settings import Settings
    from kafka_native.systest.spec import WalkSpec

__all__ = ["ResolvedTarget", "resolve_targets"]


@dataclass(frozen=True)
class ResolvedTarget:
    """What a column runs on, and where that is.

    Args:
        target: What it is.
        executable: The native executable, if it is one.
    """

    target: Target
    executable: Executable | None

    def options(self) -> tuple[str, ...]:
        """Return what the tests are told."""
        if self.executable:
            # Its version was looked at already.
            return ("--engine", self.target.engine, "--executable", self.executable.path)
        return ("--engine", self.target.engine, "--kafka-version", self.target.kafka_version)


def resolve_targets(spec: WalkSpec, settings: Settings) -> tuple[ResolvedTarget, ...]:
    """Return the targets, one an engine and version, with all that must be built or downloaded for them done.

    Raises:
        SettingsError: When a version or executable cannot be used.
        KafkaNativeError: When one cannot be built, or there is no JDK.
    """
    given = None if spec.gate else spec.executable or settings.executable
    given = check_executable(given.expanduser().absolute()) if given and "native" in spec.engines else None
    versions = spec.kafka_versions or (_version_of(given) if given else DEFAULT_KAFKA_VERSION,)
    every = (Target(engine, version) for version in versions for engine in spec.engines)
    return tuple(_resolve(target, spec, given, settings) for target in every)


def _version_of(executable: Path) -> str:
    version = kafka_version_of(executable)
    if not version:
        raise SettingsError(f"the executable {executable} does not tell its version of Kafka")
    return version


def _resolve(target: Target, spec: WalkSpec, given: Path | None, settings: Settings) -> ResolvedTarget:
    if target.engine == "native" and spec.gate:
        path = _gate_executable(target.kafka_version, settings)
        return ResolvedTarget(Target("native", target.kafka_version, gate=True), _describe(path))
    executable = given if target.engine == "native" else None
    node = NodeSpec(engine=target.engine, kafka_version=target.kafka_version, executable=executable)
    command = resolve_engine(node, settings)
    return ResolvedTarget(target, _describe(command.executable) if command.executable else None)


def _gate_executable(kafka_version: str, settings: Settings) -> Path:
    spec = native.BuildSpec(kafka_version=kafka_version, optimize="quick", gate=True)
    return native.ensure_executable(spec, settings).path


def _describe(path: Path) -> Executable:
    return Executable(str(path), path.stat().st_size, sha256_of(path))
