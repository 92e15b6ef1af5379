"""What a native build is asked for, what it leaves, and where the result is kept: `executables/KEY/` in the cache.

The key is one SHA-256 over all inputs, so an executable that is there was made from exactly these inputs.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import digest_of_text, digest_of_tree, read_json
from kafka_native.distribution import load_distribution, pinned_digest
from kafka_native.native.launcher import launcher_digest
from kafka_native.native.substitutions import substitutions_digest
from kafka_native.pins import DEFAULT_KAFKA_VERSION
from kafka_native.reachability import configs_for
from kafka_native.toolchain import find_toolchain

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.settings import Settings
    from kafka_native.toolchain import Optimize

__all__ = ["BuildInputs", "BuildSpec", "NativeExecutable", "find_executable", "metadata_folder", "resolve_inputs"]


@dataclass(frozen=True)
class BuildSpec:
    """The native executable that the user wants.

    Args:
        kafka_version: A pinned version; ignored when `kafka_dir` is given.
        kafka_dir: An unpacked Kafka release to take the jars from.
        optimize: See `NativeImageOptions`.
        march: See `NativeImageOptions`.
        tracing: Compile a recorder of reachability metadata in, and keep everything reachable (large and slow).
        metadata_dir: A folder with reachability metadata to use instead of that of the Kafka version; a tracing
            executable uses none unless it is given.
        gate: Tell apart what is not registered from what does not exist, so that tests can make the former fatal.
    """

    kafka_version: str = DEFAULT_KAFKA_VERSION
    kafka_dir: Path | None = None
    optimize: Optimize = "size"
    march: str | None = None
    tracing: bool = False
    gate: bool = False
    metadata_dir: Path | None = None


@dataclass(frozen=True)
class BuildInputs:
    """Digests of all that a native executable is made from.

    Args:
        kafka_version: The version of the jars.
        distribution: Of the jars.
        launcher: Of the launcher's sources.
        substitutions: Of the substitutions' sources.
        reachability_metadata: Of the metadata for this Kafka version; empty when none is used.
        toolchain: Identity of the toolchain.
        options: The options that the user can choose, as text.
    """

    kafka_version: str
    distribution: str
    launcher: str
    substitutions: str
    reachability_metadata: str
    toolchain: str
    options: str

    @property
    def key(self) -> str:
        """One SHA-256 over all of them."""
        return digest_of_text(*(f"{name}={value}" for name, value in sorted(asdict(self).items())))


@dataclass(frozen=True)
class NativeExecutable:
    """A native executable on disk.

    Args:
        path: The file.
        kafka_version: The Kafka version in it.
        key: The digest of its inputs.
        report: What the build measured; see `BuildReport`.
    """

    path: Path
    kafka_version: str
    key: str
    report: dict[str, Any] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"path": str(self.path), "kafka_version": self.kafka_version, "key": self.key, "report": self.report}


def resolve_inputs(spec: BuildSpec, toolchain: str, options_revision: str) -> BuildInputs:
    """Return the digests of what a build of this spec would be made from.

    Args:
        spec: What is wanted.
        toolchain: Identity of what would compile it.
        options_revision: A text that changes with the options that every build gets.

    Raises:
        SettingsError: When the Kafka version or the folder is unknown.
        ReachabilityMetadataError: When there is no metadata for this version.
    """
    if spec.kafka_dir:
        distribution = load_distribution(spec.kafka_dir)
        version, digest = distribution.kafka_version, distribution.digest
    else:
        version, digest = spec.kafka_version, pinned_digest(spec.kafka_version)
    folder = metadata_folder(spec, version)
    metadata = digest_of_tree(folder, ("reachability-metadata.json",)) if folder else ""
    # The revision tells tracing and gate executables apart as well, since they are built with options of their own.
    options = f"{spec.optimize} {spec.march or ''} {spec.tracing} {options_revision}"
    return BuildInputs(version, digest, launcher_digest(), substitutions_digest(), metadata, toolchain, options)


def metadata_folder(spec: BuildSpec, kafka_version: str) -> Path | None:
    """Return the folder with the reachability metadata to build with, or None for a tracing executable without any.

    Raises:
        ReachabilityMetadataError: When there is none for this version.
    """
    if spec.metadata_dir or spec.tracing:
        return spec.metadata_dir
    return configs_for(kafka_version)


def executable_folder(key: str, settings: Settings) -> Path:
    """Return the folder in which the executable with this key is kept."""
    return settings.cache_dir / "executables" / key[:32]


def find_executable(spec: BuildSpec, settings: Settings, options_revision: str) -> NativeExecutable | None:
    """Return the executable of this spec if it was built before, downloading and compiling nothing."""
    toolchain = find_toolchain(settings)
    # Resolved in any case: what cannot be built is refused before a toolchain is assembled for it.
    inputs = resolve_inputs(spec, toolchain.identity if toolchain else "", options_revision)
    return load_executable(inputs, settings)


def load_executable(inputs: BuildInputs, settings: Settings) -> NativeExecutable | None:
    """Return the executable that was made from these inputs, or None."""
    folder = executable_folder(inputs.key, settings)
    report = read_json(folder / "report.json")
    if report is None or not (folder / "kafka").is_file():
        return None
    return NativeExecutable(folder / "kafka", inputs.kafka_version, inputs.key, report)
