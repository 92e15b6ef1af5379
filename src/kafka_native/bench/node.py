"""A node as the bench runs it: a new folder, a spawned process, and SIGKILL at the end.

Not `broker.up`, which keeps records, waits and creates topics: here nothing stands between the clock and the process.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native._system import commands, ports, processes
from kafka_native._system.files import write_text
from kafka_native.bench.probe import first_produce, prepared_batch
from kafka_native.broker.diagnosis import explain_end
from kafka_native.broker.spawning import exit_status, spawn_detached
from kafka_native.config import NodeConfig, names, render_properties, render_server_properties
from kafka_native.config.development import development_defaults
from kafka_native.errors import BenchError, BrokerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from kafka_native.bench.probe import FirstProduce

__all__ = ["FIRST_TOPIC", "NodeFolder", "RunningNode", "first_produce_of", "launched", "prepare"]

TIMELINE_VARIABLE = "NATIVE_KAFKA_TIMELINE"
"""The launcher writes the moments of its start to the file that this names; see `timeline`."""

FIRST_TOPIC = "first"
"""Where the first record goes; the node creates it."""

_ONE_NODE_NEEDS = (".replication.factor", ".min.isr")


@dataclass(frozen=True)
class NodeFolder:
    """Where a node lives.

    Args:
        folder: Its folder.
        port: The port of its client listener, on 127.0.0.1.
        tls: Whether that listener encrypts.
    """

    folder: Path
    port: int
    tls: bool = False

    @property
    def server_properties(self) -> Path:
        """Its configuration."""
        return self.folder / "server.properties"

    @property
    def log_file(self) -> Path:
        """What it prints."""
        return self.folder / "kafka.log"

    @property
    def timeline(self) -> Path:
        """Where its launcher writes when it got how far."""
        return self.folder / "timeline"


def prepare(
    folder: Path,
    *,
    kafka_defaults: bool = False,
    properties: Mapping[str, str] | None = None,
    tls: bool = False,
) -> NodeFolder:
    """Make the folder of a node, with its configuration and no data.

    Args:
        folder: A path at which there is nothing.
        kafka_defaults: Leave the development defaults out, but for those without which one node does not work; so
            does upstream's image.
        properties: Kafka properties that go over ours.
        tls: Whether the client listener encrypts; then the properties have a key store.
    """
    folder.mkdir(parents=True)
    port, controller_port = ports.free_ports(2)
    given = dict(properties or {}) | ({names.LISTENERS: f"SSL://127.0.0.1:{port}"} if tls else {})
    rendered = render_server_properties(NodeConfig("127.0.0.1", port, controller_port, folder / "data", given))
    if kafka_defaults:
        defaults = development_defaults(frozenset(given))
        left_out = [name for name in defaults if not name.endswith(_ONE_NODE_NEEDS)]
        rendered = {name: value for name, value in rendered.items() if name not in left_out}
    node = NodeFolder(folder, port, tls)
    write_text(node.server_properties, render_properties(rendered), mode=0o600)
    return node


@dataclass(frozen=True)
class RunningNode:
    """A node that was spawned; it need not answer yet.

    Args:
        where: Its folder.
        pid: Its process.
        ticks: The start time of the process.
        started: When the first process was spawned, as `time.perf_counter` tells it.
        started_at: The same moment, in seconds since 1970.
        spawned: When the broker's own process was there, in seconds since then.
    """

    where: NodeFolder
    pid: int
    ticks: int
    started: float
    started_at: float
    spawned: float

    def check(self) -> None:
        """Raise when the process has ended.

        Raises:
            KafkaNativeError: What its log tells.
        """
        if not processes.is_alive(self.pid, self.ticks):
            raise explain_end("the broker ended", self.where.log_file, exit_status(self.pid))

    def stop(self, timeout_seconds: float = 60) -> None:
        """Shut it down cleanly.

        Raises:
            BrokerError: When it does not end in time.
        """
        if not processes.stop(self.pid, self.ticks, timeout_seconds=timeout_seconds):
            raise BrokerError(f"the broker {self.pid} did not shut down within {timeout_seconds:.0f} s")

    def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        processes.stop_now(self.pid, self.ticks)
        exit_status(self.pid)


@contextlib.contextmanager
def launched(
    start: tuple[str, ...], where: NodeFolder, *, format_: tuple[str, ...] | None = None
) -> Iterator[RunningNode]:
    """Run a node while the block runs, and kill it at the end, or when we are killed.

    Args:
        start: The command that starts it, without the path of its configuration.
        where: Its folder.
        format_: The command that formats its storage before, without that path.

    Raises:
        BenchError: When the formatting fails.
    """
    variables = os.environ | {TIMELINE_VARIABLE: str(where.timeline)}
    path = str(where.server_properties)
    with commands.killing_with_us() as kill_with_us:
        started_at, started = time.time(), time.perf_counter()
        if format_:
            _run_to_its_end((*format_, path), where, variables)
        pid = spawn_detached((*start, path), where.log_file, variables)
        spawned = time.perf_counter() - started
        kill_with_us(pid)
        node = RunningNode(where, pid, processes.start_ticks(pid) or 0, started, started_at, spawned)
        try:
            yield node
        finally:
            node.kill()


def _run_to_its_end(argv: tuple[str, ...], where: NodeFolder, variables: Mapping[str, str]) -> None:
    pid = spawn_detached(argv, where.log_file, variables)
    _, status = os.waitpid(pid, 0)
    if status != 0:
        code = os.waitstatus_to_exitcode(status)
        raise BenchError(
            f"formatting the storage failed: {explain_end('it ended', where.log_file, code)}",
            hint=f"the command was: {' '.join(argv)}",
        )


def first_produce_of(node: RunningNode, *, timeout_seconds: float = 90, batch: bytes | None = None) -> FirstProduce:
    """Wait until a node has acknowledged a record; see `probe`."""
    return first_produce(
        node.where.port,
        batch or prepared_batch(),
        topic=FIRST_TOPIC,
        tls=node.where.tls,
        started=node.started,
        timeout_seconds=timeout_seconds,
        check=node.check,
    )
