"""What commands on brokers return: values that can be printed as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from kafka_native.broker.spec import Engine

__all__ = ["DownReport", "InstanceReport", "InstanceState", "UpReport"]

InstanceState = Literal["running", "starting", "stopping", "stopped", "died", "not answering"]


@dataclass(frozen=True)
class InstanceReport:
    """An instance as it is at the moment.

    Args:
        name: Its name.
        state: Whether it runs; "died" when its process ended without being asked to.
        engine: What runs (or ran) the broker.
        bootstrap_servers: The address for clients.
        pid: Its process, when it runs.
        kafka_version: Its version, when known.
        cluster_id: The cluster id of its data, when known.
        data_dir: Its log dir.
        log_file: What the broker printed.
        server_properties: Its complete configuration.
        executable: The native executable, unless the engine is the JVM.
        ephemeral: Whether the data goes when the node is brought down.
        started_at: When it was started, ISO 8601, UTC.
        ready_seconds: How long it took from its start until it answered.
        resident_bytes: Its resident memory, when it runs.
        plug_ins: The options that asked for jars beside Kafka's own.
    """

    name: str
    state: InstanceState
    engine: Engine
    bootstrap_servers: str
    pid: int | None
    kafka_version: str | None
    cluster_id: str | None
    data_dir: str
    log_file: str
    server_properties: str
    executable: str | None
    ephemeral: bool
    started_at: str
    ready_seconds: float | None
    resident_bytes: int | None
    plug_ins: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class UpReport:
    """What `up` did.

    Args:
        node: The node, which runs.
        already_running: Whether it ran before.
        topics: The topics asked for, all of which are there.
    """

    node: InstanceReport
    already_running: bool
    topics: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values: those of the node, and ours beside them."""
        return self.node.to_json() | {"already_running": self.already_running, "topics": list(self.topics)}


@dataclass(frozen=True)
class DownReport:
    """What `down` did.

    Args:
        name: The instance.
        was_running: Whether there was a process to stop.
        clean: Whether it ended by itself in time; when not, it was killed.
        seconds: How long that took.
        data_deleted: Whether its data was deleted.
    """

    name: str
    was_running: bool
    clean: bool
    seconds: float
    data_deleted: bool

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)
