"""Nodes of a single node, of a combined and of an isolated cluster: their properties, once, for variables and files."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kafka_native._system.files import write_text
from kafka_native._system.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kafka_native.image.sanity.containers import Bed, Container

__all__ = ["CLIENT_PORT", "CLUSTER_ID", "READY_LINE", "Cluster", "Extras", "Topology", "as_variables", "start_cluster"]

Topology = Literal["single node", "combined cluster", "isolated cluster"]

CLUSTER_ID = "kAfKaNaTiVeSaNiTyTeStA"
CLIENT_PORT = 9092
READY_LINE = "Transitioning from RECOVERY to RUNNING"
"""What test libraries wait for in the log of a broker."""
_INTERNAL_PORT = 19092
_CONTROLLER_PORT = 29093
_BROKERS_OF_A_CLUSTER = 3
_FIRST_LONE_CONTROLLER = 101


@dataclass(frozen=True)
class Extras:
    """What a flow changes.

    Args:
        protocol: The security protocol of the listener for clients, which bears its name.
        variables: More variables for brokers.
        properties: More properties for brokers.
        mounts: Folders of this machine that brokers see read-only, by their place in the container.
        input_file: Whether the properties come in a mounted file instead of variables.
        jmx: Whether brokers offer JMX, each on a port of its own.
        options: More options of `docker run` for brokers.
    """

    protocol: str = "PLAINTEXT"
    variables: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[str, Path] = field(default_factory=dict)
    input_file: bool = False
    jmx: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """Running nodes.

    Args:
        brokers: Those that serve clients.
        ports: The port of each on this machine.
        jmx_ports: The JMX port of each, or nothing.
        controllers: Those that are only controllers.
        network: The network that they share.
    """

    brokers: tuple[Container, ...]
    ports: tuple[int, ...]
    jmx_ports: tuple[int, ...]
    controllers: tuple[Container, ...]
    network: str

    @property
    def servers(self) -> str:
        """The bootstrap servers as this machine sees them."""
        return ",".join(f"localhost:{port}" for port in self.ports)

    @property
    def internal_servers(self) -> str:
        """The bootstrap servers as other containers on the network see them."""
        return ",".join(f"{each.name}:{_INTERNAL_PORT}" for each in self.brokers)

    @property
    def replicas(self) -> int:
        """How many replicas a topic can have."""
        return len(self.brokers)


@dataclass(frozen=True)
class _Node:
    node_id: int
    roles: str
    name: str
    port: int = 0
    jmx_port: int = 0


def start_cluster(bed: Bed, topology: Topology, extras: Extras | None = None) -> Cluster:
    """Start all nodes and wait until the brokers answer.

    Raises:
        ImageError: When a node ends.
        TimeoutError: When one does not answer.
    """
    extras = extras or Extras()
    brokers, controllers = _nodes(bed, topology, jmx=extras.jmx)
    voters = [each for each in (*controllers, *brokers) if "controller" in each.roles]
    network = bed.network()
    started = time.monotonic()
    running = [
        _start(bed, node, _properties(node, voters, len(brokers), extras.protocol), network, extras)
        for node in (*controllers, *brokers)
    ]
    cluster = Cluster(
        brokers=tuple(running[len(controllers) :]),
        ports=tuple(each.port for each in brokers),
        jmx_ports=tuple(each.jmx_port for each in brokers if each.jmx_port),
        controllers=tuple(running[: len(controllers)]),
        network=network,
    )
    for broker, port in zip(cluster.brokers, cluster.ports, strict=True):
        if extras.protocol == "SSL":  # without a certificate nobody is answered
            broker.wait_until_logged(READY_LINE)
        else:
            broker.wait_until_serving(port, extras.protocol)
    bed.timings["docker run to all brokers answering"] = time.monotonic() - started
    return cluster


def _nodes(bed: Bed, topology: Topology, *, jmx: bool) -> tuple[list[_Node], list[_Node]]:
    """Return the nodes that are brokers, and those that are only controllers."""
    count = 1 if topology == "single node" else _BROKERS_OF_A_CLUSTER
    ports = free_ports(2 * count)
    roles = "broker" if topology == "isolated cluster" else "broker,controller"
    brokers = [
        _Node(number + 1, roles, bed.name("broker"), ports[number], ports[count + number] if jmx else 0)
        for number in range(count)
    ]
    lone = range(_FIRST_LONE_CONTROLLER, _FIRST_LONE_CONTROLLER + _BROKERS_OF_A_CLUSTER)
    isolated = topology == "isolated cluster"
    return brokers, [_Node(number, "controller", bed.name("controller")) for number in lone] if isolated else []


def _start(bed: Bed, node: _Node, properties: dict[str, str], network: str, extras: Extras) -> Container:
    is_broker = "broker" in node.roles
    variables = {"CLUSTER_ID": CLUSTER_ID}
    options = ["--network", network]
    ports = {}
    if is_broker:
        properties |= extras.properties
        variables |= extras.variables
        ports = {node.port: CLIENT_PORT}
        options += [*_mounts(extras.mounts), *extras.options]
    if node.jmx_port:
        variables |= {"KAFKA_JMX_PORT": str(node.jmx_port), "KAFKA_JMX_HOSTNAME": "localhost"}
        ports[node.jmx_port] = node.jmx_port
    if extras.input_file:
        options += _mounts({"/mnt/shared/config": _input_folder(bed, node, properties)})
    else:
        variables |= as_variables(properties)
    return bed.run(variables, name=node.name, options=options, ports=ports)


def _properties(node: _Node, voters: list[_Node], brokers: int, protocol: str) -> dict[str, str]:
    is_broker, is_controller = "broker" in node.roles, "controller" in node.roles
    listeners = [f"{protocol}://:{CLIENT_PORT}", f"INTERNAL://:{_INTERNAL_PORT}"] if is_broker else []
    listeners += [f"CONTROLLER://:{_CONTROLLER_PORT}"] if is_controller else []
    replicas = str(brokers)
    common = {
        "node.id": str(node.node_id),
        "process.roles": node.roles,
        "controller.quorum.voters": ",".join(f"{each.node_id}@{each.name}:{_CONTROLLER_PORT}" for each in voters),
        "controller.listener.names": "CONTROLLER",
        "listeners": ",".join(listeners),
        "listener.security.protocol.map": f"CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,{protocol}:{protocol}",
    }
    if not is_broker:
        return common
    return common | {
        "advertised.listeners": f"{protocol}://localhost:{node.port},INTERNAL://{node.name}:{_INTERNAL_PORT}",
        "inter.broker.listener.name": "INTERNAL",
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
    }


def as_variables(properties: Mapping[str, str]) -> dict[str, str]:
    """Return properties as the image's variables: KAFKA_ before, "." is "_", "-" is "___", "_" is "__"."""
    escaped = str.maketrans({".": "_", "_": "__", "-": "___"})
    return {f"KAFKA_{name.translate(escaped).upper()}": value for name, value in properties.items()}


def _mounts(folders: Mapping[str, Path]) -> list[str]:
    """Return options that mount folders read-only; the broker's user is another one, who must be able to read them."""
    for folder in folders.values():
        folder.chmod(0o755)  # also under a strict umask; the folder around them is this user's alone
        for path in folder.iterdir():
            path.chmod(0o644)
    return [word for inside, outside in folders.items() for word in ("--volume", f"{outside}:{inside}:ro")]


def _input_folder(bed: Bed, node: _Node, properties: Mapping[str, str]) -> Path:
    folder = bed.folder / f"input-{node.node_id}"
    lines = "".join(f"{name}={value}\n" for name, value in properties.items())
    write_text(folder / "server.properties", lines)
    return folder
