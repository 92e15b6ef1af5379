"""native-image toolchains behind one interface: a GraalVM that the user has, or one assembled here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from kafka_native._system.files import exclusive, explain_os_errors
from kafka_native.toolchain import assembled, jdk_sources
from kafka_native.toolchain.builder import GRAALVM_VERSION
from kafka_native.toolchain.debian import PrivateApt
from kafka_native.toolchain.graalvm import find_graalvm
from kafka_native.toolchain.jdk import Jdk, find_jdks
from kafka_native.toolchain.options import NativeImageOptions, Optimize
from kafka_native.toolchain.private_jdk import cached_private_jdk, ensure_private_jdk
from kafka_native.toolchain.system_packages import COMPILER, JDK_BUILD, ensure_packages, missing_packages

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native import reporting
    from kafka_native.settings import Settings

__all__ = [
    "GRAALVM_VERSION",
    "NativeImageOptions",
    "Optimize",
    "Toolchain",
    "ToolchainStatus",
    "ensure_jdk",
    "ensure_toolchain",
    "find_toolchain",
    "planned_steps",
    "toolchain_status",
]

_OLDEST_FOR_KAFKA = 17


class Toolchain(Protocol):
    """Compiles Java to native executables."""

    @property
    def provider(self) -> str:
        """Return "graalvm" or "assembled"."""

    @property
    def jdk(self) -> Jdk:
        """Return the JDK that belongs to it."""

    @property
    def identity(self) -> str:
        """Return a text that is the same for toolchains that make the same executables."""

    def command(self, options: NativeImageOptions, work_dir: Path) -> tuple[list[str], dict[str, str]]:
        """Return the command that compiles, and its environment."""


@dataclass(frozen=True)
class ToolchainStatus:
    """What there is to compile with.

    Args:
        provider: "graalvm", "assembled", or None when one would have to be assembled first.
        home: The toolchain's folder.
        jdk: Its JDK, in words.
        missing_packages: System packages that an installation would need.
        jdks: The JDKs of this machine, in words.
    """

    provider: str | None
    home: str | None
    jdk: str | None
    missing_packages: tuple[str, ...]
    jdks: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def find_toolchain(settings: Settings) -> Toolchain | None:
    """Return the toolchain that is ready to be used, or None."""
    return find_graalvm() or assembled.find_assembled(settings)


def ensure_toolchain(settings: Settings) -> Toolchain:
    """Return a toolchain, assembling one when there is none.

    Raises:
        PrerequisiteError: When something of the system is missing and cannot be installed.
        FetchError: When a part cannot be downloaded.
        ToolchainError: When a part does not build.
    """
    if found := find_toolchain(settings):
        ensure_packages(COMPILER)
        return found
    return assembled.ensure_assembled(settings)


def planned_steps(settings: Settings) -> tuple[reporting.PlannedStep, ...]:
    """Return the steps that `ensure_toolchain` would take now."""
    return () if find_toolchain(settings) else assembled.STEPS


def toolchain_status(settings: Settings) -> ToolchainStatus:
    """Tell what there is, changing nothing."""
    found = find_toolchain(settings)
    wanted = COMPILER if found else JDK_BUILD
    return ToolchainStatus(
        provider=found.provider if found else None,
        home=str(found.jdk.home) if found else None,
        jdk=str(found.jdk) if found else None,
        missing_packages=tuple(missing_packages(wanted)),
        jdks=tuple(str(jdk) for jdk in find_jdks()),
    )


def ensure_jdk(settings: Settings) -> Jdk:
    """Return a JDK that runs Kafka on the JVM: the toolchain's, one of this machine, or one fetched for it.

    Raises:
        FetchError: When there is none and none can be fetched.
    """
    if found := find_toolchain(settings):
        return found.jdk
    candidates = [jdk for jdk in find_jdks() if jdk.feature >= _OLDEST_FOR_KAFKA]
    if candidates:
        return max(candidates, key=lambda jdk: jdk.feature)
    with (
        exclusive(settings.cache_dir / "locks" / "toolchain", "fetching a JDK"),
        explain_os_errors("fetching a JDK", settings.cache_dir),
    ):
        return _fetched_jdk(settings)


def _fetched_jdk(settings: Settings) -> Jdk:
    apt = PrivateApt(settings.cache_dir / "apt")
    apt.update()
    version = jdk_sources.offered_version(apt)
    return cached_private_jdk(version, settings.cache_dir) or ensure_private_jdk(version, apt, settings.cache_dir)
