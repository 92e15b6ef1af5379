"""Nodes inside a Python program: `with running(NodeSpec(ephemeral=True)) as node: ...`."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native._system import processes
from kafka_native.broker.instance import Instance
from kafka_native.broker.spawning import exit_status
from kafka_native.broker.spec import NodeSpec
from kafka_native.broker.starting import up
from kafka_native.broker.stopping import down, end_process
from kafka_native.broker.topics import load_client_in_background
from kafka_native.errors import BrokerError
from kafka_native.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_native.broker.reports import DownReport, InstanceReport

__all__ = ["Node", "running"]

_numbers = itertools.count(1)


class Node:
    """A node that this program brought up.

    Args:
        spec: What was asked for; it has a name.
        settings: Where instances live.
    """

    def __init__(self, spec: NodeSpec, settings: Settings) -> None:
        self._spec = spec
        self._settings = settings
        self._instance = Instance.named(spec.name or "", settings)
        self.report: InstanceReport = self._up()

    @property
    def name(self) -> str:
        """The name of its instance."""
        return self._instance.name

    @property
    def bootstrap_servers(self) -> str:
        """The address for clients, such as `127.0.0.1:9092`."""
        return self.report.bootstrap_servers

    @property
    def pid(self) -> int | None:
        """Its process, or None when it does not run."""
        process = self._instance.process()
        return process.pid if process else None

    @property
    def log_file(self) -> Path:
        """What the broker printed since its last start."""
        return self._instance.log_file

    @property
    def data_dir(self) -> Path:
        """Its log dir."""
        return Path(self.report.data_dir)

    def stop(self, timeout_seconds: float = 30) -> bool:
        """Shut it down cleanly, keeping its data until the `with` block ends.

        Returns:
            Whether it ended by itself; when not, it was killed.
        """
        clean = end_process(self._instance, timeout_seconds)
        self._instance.mark("stopped")
        return clean

    def kill(self) -> None:
        """Kill it (SIGKILL), as a crash would; its data stays until the `with` block ends."""
        process = self._instance.process()
        if process:
            os.kill(process.pid, signal.SIGKILL)
            processes.stop(process.pid, process.ticks, timeout_seconds=0)  # waits until it is gone
            exit_status(process.pid)

    def restart(self) -> None:
        """Start it again on the same data and port, after a clean shutdown if it still runs."""
        self.stop()
        self.report = self._up()

    def down(self) -> DownReport:
        """Shut it down, and delete its data when it is ephemeral."""
        return down(self.name, self._settings)

    def create_topics(self) -> None:
        """Create the topics that were asked for; it runs on when one of them cannot be created.

        Raises:
            BrokerError: When the broker does not create one.
        """
        if self._spec.topics:
            up(self._spec, self._settings)  # which finds it running

    def _up(self) -> InstanceReport:
        report = up(replace(self._spec, topics=()), self._settings)
        if report.already_running:
            raise BrokerError(
                f"instance {self._spec.name!r} runs already (pid {report.node.pid}), and is not ours to stop",
                hint="leave out the name, and the node gets one of its own",
            )
        self._spec = replace(self._spec, port=int(report.node.bootstrap_servers.rpartition(":")[2]))
        return report.node


@contextlib.contextmanager
def running(spec: NodeSpec | None = None, settings: Settings | None = None) -> Iterator[Node]:
    """Run a node while the block runs.

    Args:
        spec: What is wanted; an ephemeral node when None. Without a name it gets one of its own, and without a port any
            free one, so that many can run at once.
        settings: Where instances and executables live; from the environment when None.

    Raises:
        BrokerError: When the broker does not start, or a node of that name runs already.
        KafkaNativeError: As `up` does.
    """
    spec = spec or NodeSpec(ephemeral=True)
    name = spec.name or f"run-{os.getpid()}-{processes.start_ticks(os.getpid())}-{next(_numbers)}"
    if spec.topics:
        load_client_in_background()
    node = Node(replace(spec, name=name, port=spec.port or 0), settings or load_settings())
    try:
        node.create_topics()  # from here on, so that a topic that cannot be created leaves no broker behind
        yield node
    finally:
        node.down()
