"""An instance: the folder of one node, with its data, its log file and the record of its process.

Only state on disk and the question whether the process lives; starting and stopping are elsewhere.
"""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from kafka_native import reporting
from kafka_native._system import files
from kafka_native._system.processes import is_alive, start_ticks
from kafka_native.broker.spawning import find_process_with_argument
from kafka_native.broker.spec import check_name
from kafka_native.config import names, parse_properties
from kafka_native.errors import PrerequisiteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker.spec import Engine
    from kafka_native.settings import Settings

__all__ = ["Instance", "InstanceRecord", "Phase", "ProcessId", "cluster_id_in"]

Phase = Literal["starting", "ready", "stopping", "stopped"]
"""How far the last command on an instance came; the process itself may have died since."""


@dataclass(frozen=True)
class ProcessId:
    """A process, told apart from a later one with the same pid.

    Args:
        pid: Its process id.
        ticks: Its start time, see `processes.start_ticks`.
    """

    pid: int
    ticks: int

    def is_alive(self) -> bool:
        """Return whether it still runs."""
        return is_alive(self.pid, self.ticks)


@dataclass(frozen=True)
class InstanceRecord:
    """What `instance.json` holds: how the node was started, and its process.

    Args:
        phase: How far the last command came.
        engine: What runs the broker.
        host: Where clients reach it.
        port: The port of the client listener; of the controller listener when it has no other.
        protocol: The security protocol of that listener.
        argv: The complete command.
        data_dir: Its log dir.
        ephemeral: Whether the data goes when the node is brought down.
        properties: The Kafka properties that the user gave.
        started_at: When it was started, ISO 8601, UTC.
        kafka_version: Its version, when known.
        kafka_dir: The unpacked release it was made from, when the user gave one.
        executable: The native executable, unless the engine is the JVM.
        max_heap: The heap that the user gave.
        profile: The defaults that it has.
        java_options: The options of the Java run time that the user gave.
        cluster_id: The cluster id of the data, once known.
        pid: The process; None while it is being started.
        start_ticks: The start time that belongs to the pid.
        ready_seconds: How long it took to answer, once it did.
        only_controller: Whether it serves no clients.
        plug_ins: The jars beside Kafka's own that the user asked for, as `PlugInSpec.to_json` gives them.
    """

    phase: Phase
    engine: Engine
    host: str
    port: int
    protocol: str
    argv: tuple[str, ...]
    data_dir: str
    ephemeral: bool
    properties: dict[str, str] = field(default_factory=dict)
    started_at: str = ""
    kafka_version: str | None = None
    kafka_dir: str | None = None
    executable: str | None = None
    max_heap: str | None = None
    profile: str = "development"
    java_options: tuple[str, ...] = ()
    cluster_id: str | None = None
    pid: int | None = None
    start_ticks: int | None = None
    ready_seconds: float | None = None
    only_controller: bool = False
    plug_ins: dict[str, list[str]] = field(default_factory=dict)

    @property
    def process(self) -> ProcessId | None:
        """The process, when it was recorded."""
        if self.pid is None or self.start_ticks is None:
            return None
        return ProcessId(self.pid, self.start_ticks)


@dataclass(frozen=True)
class Instance:
    """The folder of one node.

    Args:
        name: Its name.
        folder: Where it lies; it need not exist.
    """

    name: str
    folder: Path

    @classmethod
    def named(cls, name: str, settings: Settings) -> Instance:
        """Return the instance of this name.

        Raises:
            SettingsError: When it cannot be a name.
        """
        return cls(name, settings.instances_dir / check_name(name))

    @property
    def log_file(self) -> Path:
        """What the broker prints; the log file of the start before it has `.1` at its end."""
        return self.folder / "kafka.log"

    @property
    def server_properties(self) -> Path:
        """The complete configuration of the last start."""
        return self.folder / "server.properties"

    def data_dir(self, *, ephemeral: bool) -> Path:
        """Return the log dir; ephemeral data never touches what is kept."""
        return self.folder / ("ephemeral-data" if ephemeral else "data")

    def exists(self) -> bool:
        """Return whether a node of this name was ever started and not deleted."""
        return self.server_properties.is_file()

    @contextlib.contextmanager
    def lock(self, doing: str) -> Iterator[None]:
        """Hold the lock of this instance; it lies beside the folder, since the folder may be deleted under it.

        When there is no folder in the end, the lock's file goes too, as the last thing that is done while it is held.
        Who waits for it then gets a file without a name, and filelock sees that and takes a new one.
        """
        path = self.folder.with_name(f".{self.name}.lock")
        with files.exclusive(path, doing):
            try:
                yield
            finally:
                if not self.folder.exists():
                    path.unlink(missing_ok=True)

    def record(self) -> InstanceRecord | None:
        """Return what is recorded, or None when nothing is, or it is damaged."""
        with files.explain_os_errors(f"reading the record of instance {self.name!r}", self.folder):
            value: Any = files.read_json(self.folder / "instance.json")
        try:
            tuples = {"argv": tuple(value["argv"]), "java_options": tuple(value.get("java_options", ()))}
            return InstanceRecord(**value | tuples)
        except (TypeError, KeyError):
            return None

    def write(self, record: InstanceRecord) -> InstanceRecord:
        """Record how the node was started and how far it is; for this user alone, since properties may be passwords.

        Raises:
            PrerequisiteError: When the disk is full, or the folder may not be written.
        """
        with files.explain_os_errors(f"recording the instance {self.name!r}", self.folder):
            files.write_json(self.folder / "instance.json", asdict(record), mode=0o600)
        return record

    def mark(self, phase: Phase) -> None:
        """Change the phase on record, if it can be: a full disk keeps no broker from being stopped or deleted."""
        record = self.record()
        if record:
            try:
                self.write(replace(record, phase=phase))
            except PrerequisiteError as error:
                reporting.current().warn(error.message)

    def process(self) -> ProcessId | None:
        """Return the live process of this instance, also when the command that started it died before recording it."""
        record = self.record()
        if record and record.process:
            return record.process if record.process.is_alive() else None
        if not self.exists() or (record and record.phase == "stopped"):
            return None
        pid = find_process_with_argument(str(self.server_properties))
        ticks = start_ticks(pid) if pid else None
        return ProcessId(pid, ticks) if pid and ticks else None


def cluster_id_in(data_dir: Path) -> str | None:
    """Return the cluster id of a formatted log dir, or None when it is not formatted (yet)."""
    try:
        text = (data_dir / "meta.properties").read_text(encoding="utf-8")
    except OSError:
        return None
    return parse_properties(text).get(names.CLUSTER_ID)
