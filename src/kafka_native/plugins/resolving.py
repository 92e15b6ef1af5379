"""From what the user asks for to jars: files as they are, artifacts with what they need, presets as pinned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.files import sha256_of
from kafka_native.distribution import ensure_artifacts
from kafka_native.errors import SettingsError
from kafka_native.plugins.checking import artifact_and_version, check_conflicts, check_jar
from kafka_native.plugins.maven import resolve_artifacts
from kafka_native.plugins.model import PlugInJar, PlugIns
from kafka_native.plugins.presets import Preset, load_preset
from kafka_native.reachability import FILE_NAME, load_reachability_metadata

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kafka_native.distribution import Distribution
    from kafka_native.plugins.model import PlugInSpec
    from kafka_native.settings import Settings

__all__ = ["resolve_plug_ins"]


def resolve_plug_ins(spec: PlugInSpec, distribution: Distribution, settings: Settings) -> PlugIns:
    """Return the jars that are wanted, checked against Kafka's own.

    What an artifact needs and Kafka has already, in whatever version, is taken from Kafka; that is told.

    Args:
        spec: What is wanted.
        distribution: Kafka's jars.
        settings: Where the cache and the repository are.

    Raises:
        SettingsError: When a jar, a preset or coordinates cannot be used.
        FetchError: When an artifact cannot be had.
    """
    for path in spec.jars:
        check_jar(path)
    for folder in spec.metadata:
        _check_metadata(folder)
    presets = [load_preset(name) for name in dict.fromkeys(spec.presets)]
    given = [PlugInJar(path.absolute(), sha256_of(path), "", named=True) for path in spec.jars]
    found = [
        *given,
        *(resolve_artifacts(spec.maven, settings) if spec.maven else ()),
        *(jar for preset in presets for jar in _pinned(preset, settings)),
    ]
    _check_versions(found)
    kept, replaced = _without_kafkas(_unique(found), distribution)
    check_conflicts(kept, distribution)
    _tell(kept, replaced)
    recorded = filter(None, (preset.metadata_folder for preset in presets))
    return PlugIns(tuple(kept), tuple(replaced), (*(folder.absolute() for folder in spec.metadata), *recorded))


def _check_metadata(folder: Path) -> None:
    if not (folder / FILE_NAME).is_file():
        raise SettingsError(
            f"there is no {FILE_NAME} in {folder}", hint="name the folder in which one lies, behind --metadata"
        )
    load_reachability_metadata(folder / FILE_NAME)


def _pinned(preset: Preset, settings: Settings) -> list[PlugInJar]:
    if not preset.artifacts:
        return []
    places = ensure_artifacts(preset.artifacts, settings, title=f"preset {preset.name}")
    coordinates = {each: f"{each.name}:{each.version}" for each in places}
    return [
        PlugInJar(path, each.sha256, coordinates[each], named=coordinates[each] in preset.roots)
        for each, path in places.items()
    ]


def _unique(jars: Iterable[PlugInJar]) -> list[PlugInJar]:
    """The same bytes once; named, when it was named at one place."""
    by_digest: dict[str, PlugInJar] = {}
    for jar in jars:
        if jar.named or jar.sha256 not in by_digest:
            by_digest[jar.sha256] = jar
    return list(by_digest.values())


def _check_versions(jars: Iterable[PlugInJar]) -> None:
    """Two versions of one artifact would both be on the class path, and the first would win by accident."""
    seen: dict[str, PlugInJar] = {}
    for jar in jars:
        artifact, version = artifact_and_version(jar.name)
        other = seen.setdefault(artifact, jar)
        if version and other.sha256 != jar.sha256:
            raise SettingsError(
                f"two versions of one jar are asked for: {other.name} and {jar.name}",
                hint="name one of them with --jar, or choose artifacts that need the same version",
            )


def _without_kafkas(jars: list[PlugInJar], distribution: Distribution) -> tuple[list[PlugInJar], list[str]]:
    by_digest = {jar.sha256 for jar in distribution.jars}
    by_artifact = {artifact_and_version(jar.name)[0]: jar for jar in distribution.jars}
    kept, replaced = [], []
    for jar in jars:
        kafkas = by_artifact.get(artifact_and_version(jar.name)[0])
        if jar.sha256 in by_digest:
            replaced.append(f"{jar.name}: it is one of Kafka's own")
        elif kafkas is not None and not jar.named:
            replaced.append(f"{jar.name}: Kafka's {kafkas.name} is used instead")
        else:
            kept.append(jar)
    return kept, replaced


def _tell(kept: list[PlugInJar], replaced: list[str]) -> None:
    for jar in kept:
        what = jar.coordinates or jar.name
        reporting.current().info(f"plug-in jar {what}{'' if jar.named else ' (needed by another)'}")
    for each in replaced:
        reporting.current().info(f"left out {each}")
