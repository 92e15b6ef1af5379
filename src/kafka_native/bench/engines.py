"""What is compared: the native executable, the JVM from the same jars, and how others start either of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kafka_native._system import commands
from kafka_native._system.files import sha256_of
from kafka_native.bench.aot_cache import ensure_aot_cache
from kafka_native.bench.records import EngineRecord
from kafka_native.broker.engines import resolve_engine
from kafka_native.broker.spec import NodeSpec
from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafka_native.broker.engines import EngineCommand
    from kafka_native.settings import Settings
    from kafka_native.tools import Tool

__all__ = ["ENGINE_NAMES", "BenchEngine", "EngineName", "resolve_engines"]

EngineName = Literal["native", "jvm", "jvm-aot", "jvm-scripts", "native-two-launches"]

ENGINE_NAMES: tuple[EngineName, ...] = ("native", "jvm", "jvm-aot", "jvm-scripts", "native-two-launches")

_DESCRIPTIONS: dict[EngineName, str] = {
    "native": "the native executable; it formats and starts in one process",
    "jvm": "the same jars, configuration and launcher on a JDK",
    "jvm-aot": "the same, with an AOT cache (JEP 514; before JDK 25 an AppCDS archive) from a training run",
    "jvm-scripts": "the same jars and configuration, as Kafka's scripts do it: format, then start",
    "native-two-launches": "the native executable as upstream's image does it: format, then start, Kafka's defaults",
}

_STORAGE_COMMAND = re.compile(r"^ +storage .*$", re.MULTILINE)
_LEFT_OUT = "not in this executable"
_VERSION = re.compile(r"\d+\.\d+\.\d+\S*")


@dataclass(frozen=True)
class BenchEngine:
    """Something that runs a broker.

    Args:
        name: Its name.
        start: The command that starts it; the path of `server.properties` follows. Its last word is what is started.
        format: The command that formats the storage before; the path follows as well. None when it is not needed.
        kafka_defaults: Whether it runs with Kafka's own defaults instead of the development defaults.
        executable: The native executable, if it is one.
        kafka_version: The version of Kafka, when known.
    """

    name: EngineName
    start: tuple[str, ...]
    format: tuple[str, ...] | None = None
    kafka_defaults: bool = False
    executable: Path | None = None
    kafka_version: str | None = None

    @property
    def jars(self) -> tuple[Path, ...]:
        """The jars on its class path; none of a native executable."""
        if "-cp" not in self.start:
            return ()
        class_path = self.start[self.start.index("-cp") + 1].split(":")
        return tuple(Path(each) for each in class_path if each.endswith(".jar"))

    def tool_command(self, tool: Tool) -> tuple[str, ...]:
        """Return the command that runs one of Kafka's tools; the tool's own arguments follow."""
        return (*self.start[:-1], tool.main_classes[0] if self.name == "jvm-scripts" else tool.name)

    def record(self) -> EngineRecord:
        """Return what the header of a recording tells of it."""
        return EngineRecord(
            self.name,
            _DESCRIPTIONS[self.name],
            tuple(word.replace(f"{Path.home()}/", "~/") for word in self.start),  # records are shown to others
            self.kafka_version or self._told_version(),
            sha256_of(self.executable) if self.executable else None,
            self.executable.stat().st_size if self.executable else None,
            None if self.executable else commands.run((self.start[0], "-version")).output.partition("\n")[0],
        )

    def _told_version(self) -> str | None:
        if not self.executable:
            return None
        found = _VERSION.search(commands.run((self.executable, "--version")).output)
        return found.group() if found else None


def resolve_engines(
    wanted: Iterable[EngineName], spec: NodeSpec, settings: Settings, *, cluster_id: str
) -> tuple[BenchEngine, ...]:
    """Make ready what is to be measured, building, downloading and training what is missing.

    Args:
        wanted: The names.
        spec: Kafka version, executable and heap.
        settings: Where the cache is.
        cluster_id: What storage is formatted for, where that is a launch of its own.

    Raises:
        BenchError: When one cannot be measured with this executable.
        KafkaNativeError: When it cannot be made.
    """
    return tuple(_resolve(each, spec, settings, cluster_id) for each in dict.fromkeys(wanted))


def _resolve(name: EngineName, spec: NodeSpec, settings: Settings, cluster_id: str) -> BenchEngine:
    if name.startswith("native"):
        command = resolve_engine(spec, settings)
        return _native(command) if name == "native" else _native_two_launches(command, cluster_id)
    command = resolve_engine(_on_jvm(spec), settings)
    if name == "jvm-scripts":
        return _scripts(command, cluster_id)
    options = ensure_aot_cache(command, settings) if name == "jvm-aot" else command.argv
    return BenchEngine(name, (*options, "server-start"), kafka_version=command.kafka_version)


def _on_jvm(spec: NodeSpec) -> NodeSpec:
    return NodeSpec(
        engine="jvm",
        kafka_version=spec.kafka_version,
        kafka_dir=spec.kafka_dir,
        max_heap=spec.max_heap,
        java_options=spec.java_options,
    )


def _native(command: EngineCommand) -> BenchEngine:
    return BenchEngine(
        "native", (*command.argv, "server-start"), executable=command.executable, kafka_version=command.kafka_version
    )


def _native_two_launches(command: EngineCommand, cluster_id: str) -> BenchEngine:
    executable, *options = command.argv
    offered = _STORAGE_COMMAND.search(commands.run((executable, "--help")).output)
    if not offered or _LEFT_OUT in offered.group():
        raise BenchError(
            f"{executable} has no command that formats storage, so native-two-launches cannot be measured with it",
            hint="build it again, or leave that engine out",
        )
    formatting = (executable, *options, "storage", "format", "--cluster-id", cluster_id, "--config")
    return BenchEngine(
        "native-two-launches",
        (*command.argv, "server-start"),
        formatting,
        kafka_defaults=True,
        executable=command.executable,
        kafka_version=command.kafka_version,
    )


def _scripts(command: EngineCommand, cluster_id: str) -> BenchEngine:
    """kafka-storage.sh and kafka-server-start.sh of Kafka 4 run these two classes."""
    java = command.argv[:-1]  # without the launcher's main class
    formatting = (*java, "kafka.tools.StorageTool", "format", "--cluster-id", cluster_id, "--config")
    return BenchEngine("jvm-scripts", (*java, "kafka.Kafka"), formatting, kafka_version=command.kafka_version)
