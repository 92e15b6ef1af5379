"""What the user asks for, and the jars that come of it: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kafka_native import pins
from kafka_native._system.files import digest_of_text, digest_of_tree, sha256_of
from kafka_native.reachability import FILE_NAME
from kafka_native.settings import bundled

__all__ = ["LIBRARY_METADATA", "PlugInJar", "PlugInSpec", "PlugIns"]

LIBRARY_METADATA: Final = "graalvm-reachability-metadata"
"""The lock file of GraalVM's reachability metadata repository."""

_PROGRAM: Final = bundled("src/java/reachability")


@dataclass(frozen=True)
class PlugInSpec:
    """The plug-ins that the user wants; none when all is empty, and then it is false.

    Args:
        jars: Jar files. Nothing is added to them.
        maven: GROUP:ARTIFACT:VERSION of artifacts, which come with all that they need.
        presets: Names of `load_presets`.
        metadata: Folders with a reachability-metadata.json of the user's own, such as a recording.
    """

    jars: tuple[Path, ...] = ()
    maven: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()
    metadata: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.jars or self.maven or self.presets or self.metadata)

    @property
    def words(self) -> tuple[str, ...]:
        """The options that ask for them, as one reads them in a message."""
        jars = (f"--jar {path.absolute()}" for path in self.jars)
        maven = (f"--maven {each}" for each in self.maven)
        metadata = (f"--metadata {path.absolute()}" for path in self.metadata)
        return (*jars, *maven, *(f"--preset {each}" for each in self.presets), *metadata)

    def to_json(self) -> dict[str, list[str]]:
        """Return it as JSON values; paths are absolute."""
        return {
            "jars": [str(path.absolute()) for path in self.jars],
            "maven": list(self.maven),
            "presets": list(self.presets),
            "metadata": [str(path.absolute()) for path in self.metadata],
        }

    @classmethod
    def from_json(cls, value: dict[str, list[str]]) -> PlugInSpec:
        """Return what `to_json` gave."""
        return cls(
            jars=tuple(Path(each) for each in value.get("jars", ())),
            maven=tuple(value.get("maven", ())),
            presets=tuple(value.get("presets", ())),
            metadata=tuple(Path(each) for each in value.get("metadata", ())),
        )


@dataclass(frozen=True)
class PlugInJar:
    """A jar beside those of Kafka.

    Args:
        path: Where it lies.
        sha256: The digest of its bytes.
        coordinates: GROUP:ARTIFACT:VERSION when known; else empty.
        named: Whether the user named it; else something that was named needs it.
    """

    path: Path
    sha256: str
    coordinates: str
    named: bool

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.name


@dataclass(frozen=True)
class PlugIns:
    """The jars to put behind Kafka's own.

    Args:
        jars: In the order of the class path.
        replaced: What Kafka's own jars stand in for, as "slf4j-api 2.0.17: Kafka's 1.7.36 is used".
        metadata: Folders with reachability metadata of the user's own, and what was recorded of presets.
    """

    jars: tuple[PlugInJar, ...]
    replaced: tuple[str, ...] = ()
    metadata: tuple[Path, ...] = ()

    @property
    def class_path(self) -> tuple[Path, ...]:
        """The paths of the jars."""
        return tuple(jar.path for jar in self.jars)

    @property
    def digest(self) -> str:
        """One SHA-256 over the jars, the metadata, and all that reads the jars; not over where they lie."""
        jars = (f"{jar.sha256} {jar.name} {jar.coordinates} {jar.named}" for jar in self.jars)
        metadata = (sha256_of(folder / FILE_NAME) for folder in self.metadata)
        readers = (digest_of_tree(folder, ("*.java", "*.py")) for folder in (_PROGRAM, Path(__file__).parent))
        return digest_of_text(*jars, *metadata, *readers, pins.text_of(f"{LIBRARY_METADATA}.json"))

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        jars = [
            {"name": jar.name, "sha256": jar.sha256, "coordinates": jar.coordinates, "named": jar.named}
            for jar in self.jars
        ]
        metadata = [{"path": str(folder), "sha256": sha256_of(folder / FILE_NAME)} for folder in self.metadata]
        return {"jars": jars, "replaced_by_kafkas": list(self.replaced), "metadata": metadata}
