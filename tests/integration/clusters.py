"""Clusters of nodes on this machine: how they are started and healed, and what a test can ask of one."""

from __future__ import annotations

import contextlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource
from kafka.errors import KafkaError

from kafka_native._system.ports import free_ports
from kafka_native.broker import Node, NodeSpec, running
from kafka_native.config import NodeConfig, names, render_properties, render_server_properties
from kafka_native.errors import KafkaNativeError
from kafka_native.native import BuildSpec, ensure_jvm_command
from kafka_native.pins import DEFAULT_KAFKA_VERSION

from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kafka_native.settings import Settings

__all__ = ["COMBINED", "Cluster", "Partition", "Role", "format_storage", "isolated", "running_cluster", "small"]

_T = TypeVar("_T")
_HOST = "127.0.0.1"
_CLUSTER_ID = "b25lLWNsdXN0ZXItb25seQ"
_HEAPS = {"jvm": "192m"}
_SMALL_HEAP = "128m"
_PATIENCE_SECONDS = 180
_STOP_SECONDS = 10
"""The last combined node cannot end by itself: nobody is left who would grant it its controlled shutdown."""

_REPLICATED = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    names.OFFSETS_TOPIC_REPLICATION_FACTOR: "3",
    names.TRANSACTION_LOG_REPLICATION_FACTOR: "3",
    names.TRANSACTION_LOG_MIN_ISR: "2",
    names.SHARE_STATE_TOPIC_REPLICATION_FACTOR: "3",
    names.SHARE_STATE_TOPIC_MIN_ISR: "2",
    "auto.leader.rebalance.enable": "false",  # tests say who leads, and when
    # Several nodes share few cores here, so heartbeats come late now and then.
    names.BROKER_SESSION_TIMEOUT_MS: "6000",
    names.BROKER_HEARTBEAT_INTERVAL_MS: "500",
}


class Role(NamedTuple):
    """A node of a cluster.

    Args:
        node_id: Its id.
        is_broker: Whether it serves clients.
        is_controller: Whether it is a voter.
    """

    node_id: int
    is_broker: bool = True
    is_controller: bool = True


COMBINED = (Role(1), Role(2), Role(3))


def isolated(brokers: int, controllers: int) -> tuple[Role, ...]:
    """Return brokers with ids from 1 on, and controllers with ids from 101 on."""
    return (
        *(Role(1 + number, is_controller=False) for number in range(brokers)),
        *(Role(101 + number, is_broker=False) for number in range(controllers)),
    )


@dataclass(frozen=True)
class Partition:
    """A partition as the brokers describe it.

    Args:
        leader: The node id of its leader; -1 when it has none.
        leader_epoch: How often it was given a leader.
        replicas: Node ids; the first is the preferred leader.
        isr: Those that are in sync, sorted.
        elr: Those that may lead though they are not in sync (KIP-966), sorted.
    """

    leader: int
    leader_epoch: int
    replicas: tuple[int, ...]
    isr: tuple[int, ...]
    elr: tuple[int, ...]


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs.

    Args:
        brokers: The nodes that serve clients, by node id.
        controllers: The voters, by node id; a combined node is in both.
        controller_addresses: The addresses of the controller listeners, by node id.
    """

    brokers: Mapping[int, Node]
    controllers: Mapping[int, Node]
    controller_addresses: Mapping[int, str]

    @property
    def nodes(self) -> dict[int, Node]:
        """All nodes, by node id."""
        return {**self.controllers, **self.brokers}

    @property
    def bootstrap_servers(self) -> str:
        """The addresses for clients."""
        return ",".join(node.bootstrap_servers for node in self.brokers.values())

    @property
    def bootstrap_controllers(self) -> str:
        """The addresses for `--bootstrap-controller`."""
        return ",".join(self.controller_addresses.values())

    @contextlib.contextmanager
    def admin(self) -> Iterator[Any]:
        """Open an admin client; a new one each time, since brokers come and go."""
        servers = [node.bootstrap_servers for node in self.brokers.values() if node.pid]
        with contextlib.closing(KafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=30_000)) as client:
            yield client

    def create_topic(
        self, name: str, *replicas: Sequence[int], configs: Mapping[str, str] | None = None
    ) -> dict[int, Partition]:
        """Create a topic with these replicas for each of its partitions, and wait until all of them are in sync."""
        wanted = {"assignments": {number: list(each) for number, each in enumerate(replicas)}}
        with self.admin() as admin:
            admin.create_topics({name: wanted | {"configs": dict(configs or {})}})
        return {number: self.wait_for_isr(name, each, partition=number) for number, each in enumerate(replicas)}

    def ask(self, question: Callable[[Any], _T]) -> _T:
        """Ask the brokers something with an admin client, again when it came upon one that is gone."""
        errors: list[KafkaError] = []

        def is_answered() -> list[_T]:
            try:
                with self.admin() as admin:
                    return [question(admin)]
            except KafkaError as error:
                errors.append(error)
                return []

        try:
            return wait_until(is_answered, "the brokers answer", _PATIENCE_SECONDS)[0]
        except AssertionError as error:
            raise error from errors[-1]

    def set_configs(self, kind: str, name: str, configs: Mapping[str, str | None]) -> None:
        """Change dynamic configs of a `topic`, `broker` or `group`; None takes one back."""
        changes = {key: value if value is not None else ("DELETE", None) for key, value in configs.items()}
        with self.admin() as admin:
            admin.alter_configs([ConfigResource(kind, name, configs=changes)], raise_on_unknown=False)

    def partition(self, topic: str, number: int = 0) -> Partition | None:
        """Return how a partition is, or None when no broker knows it (yet)."""
        (found,) = self.ask(lambda admin: admin.describe_topic_partitions([topic])["topics"])
        each = next((one for one in found["partitions"] if one["partition_index"] == number), None)
        if each is None:
            return None
        return Partition(
            leader=each["leader_id"],
            leader_epoch=each["leader_epoch"],
            replicas=tuple(each["replica_nodes"]),
            isr=tuple(sorted(each["isr_nodes"])),
            elr=tuple(sorted(each["eligible_leader_replicas"] or ())),
        )

    def wait_for(
        self, topic: str, condition: Callable[[Partition], object], what: str, *, partition: int = 0
    ) -> Partition:
        """Wait until a partition is as wanted, and return it."""
        seen: list[Partition | None] = [None]

        def is_so() -> object:
            seen[0] = self.partition(topic, partition)
            return seen[0] is not None and condition(seen[0])

        try:
            wait_until(is_so, f"partition {topic}-{partition}: {what}", _PATIENCE_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}; the partition is {seen[0]}") from None
        assert seen[0]
        return seen[0]

    def wait_for_isr(self, topic: str, node_ids: Sequence[int], *, partition: int = 0) -> Partition:
        """Wait until exactly these replicas are in sync, and one leads."""
        wanted = tuple(sorted(node_ids))
        return self.wait_for(
            topic, lambda one: one.isr == wanted and one.leader in wanted, f"in sync are {wanted}", partition=partition
        )

    def quorum(self) -> Any:
        """Return what the brokers say of the metadata quorum: `leader_id`, `current_voters`, `observers` and more."""
        (topic,) = self.ask(lambda admin: admin.describe_metadata_quorum()["topics"])
        return topic["partitions"][0]

    def active_controller(self) -> int:
        """Return the node id of the leader of the metadata quorum."""
        return int(self.quorum()["leader_id"])

    def unfenced(self) -> set[int]:
        """Return the node ids of the brokers that serve."""
        return {each["broker_id"] for each in self.ask(lambda admin: admin.describe_cluster()["brokers"])}

    def restart(self, node_id: int) -> None:
        """Start a node again, after a clean shutdown if it still runs."""
        with _told_with_details():
            self.nodes[node_id].restart()

    def heal(self) -> None:
        """Start what does not run, all at once since one alone may wait for the others, and wait for all brokers."""
        dead = [node for node in self.nodes.values() if not node.pid]
        if dead:
            with ThreadPoolExecutor(len(dead)) as pool, _told_with_details():
                list(pool.map(Node.restart, dead))
        wait_until(lambda: self.unfenced() == set(self.brokers), "all brokers are back", _PATIENCE_SECONDS)

    def stop(self) -> None:
        """Stop all nodes: the brokers first, since they ask the controllers whether they may go."""
        brokers, controllers = set(self.brokers), set(self.controllers)
        for node_ids in (brokers & controllers, brokers - controllers, controllers - brokers):
            _stop_all([self.nodes[node_id] for node_id in node_ids if self.nodes[node_id].pid])


@contextlib.contextmanager
def _told_with_details() -> Iterator[None]:
    """Make the last lines of the log part of the message, since the log goes with the node."""
    try:
        yield
    except KafkaNativeError as error:
        raise AssertionError(f"{error.message}\n{error.details}") from error


def _stop_all(nodes: Sequence[Node]) -> None:
    if nodes:
        with ThreadPoolExecutor(len(nodes)) as pool:
            list(pool.map(lambda node: node.stop(_STOP_SECONDS), nodes))


def _role_properties(
    roles: Sequence[Role], ports: Mapping[Role, tuple[int, int]], properties: Mapping[str, str]
) -> dict[int, dict[str, str]]:
    voters = ",".join(f"{each.node_id}@{_HOST}:{ports[each][1]}" for each in roles if each.is_controller)
    static = {names.CONTROLLER_QUORUM_VOTERS: voters}
    return {each.node_id: _REPLICATED | static | _own(each, *ports[each]) | dict(properties) for each in roles}


def _own(role: Role, port: int, controller_port: int) -> dict[str, str]:
    listeners, roles = [], []
    if role.is_broker:
        roles.append("broker")
        listeners.append(f"PLAINTEXT://{_HOST}:{port}")
    if role.is_controller:
        roles.append("controller")
        listeners.append(f"CONTROLLER://{_HOST}:{controller_port}")
    rack = {"broker.rack": f"rack-{role.node_id}"} if role.is_broker else {}
    node = {names.NODE_ID: str(role.node_id), names.PROCESS_ROLES: ",".join(roles)}
    return node | {names.LISTENERS: ",".join(listeners)} | rack


@contextlib.contextmanager
def running_cluster(
    base: NodeSpec,
    settings: Settings,
    name: str,
    roles: Sequence[Role] = COMBINED,
    properties: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """Run a cluster with a static quorum while the block runs.

    All nodes start at once: a voter answers only when most voters are up.

    Args:
        base: What runs the nodes.
        settings: Where they live.
        name: What their names begin with.
        roles: The nodes.
        properties: Of every node.
    """
    numbers = free_ports(2 * len(roles))
    ports = {role: (numbers[2 * at], numbers[2 * at + 1]) for at, role in enumerate(roles)}
    own = _role_properties(roles, ports, properties or {})
    specs = [small(base, f"{name}-{role.node_id}", own[role.node_id]) for role in roles]
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(len(specs)) as pool:
        with _told_with_details():
            nodes = list(pool.map(lambda spec: stack.enter_context(running(spec, settings)), specs))
        by_id = dict(zip((role.node_id for role in roles), nodes, strict=True))
        cluster = Cluster(
            {role.node_id: by_id[role.node_id] for role in roles if role.is_broker},
            {role.node_id: by_id[role.node_id] for role in roles if role.is_controller},
            {role.node_id: f"{_HOST}:{ports[role][1]}" for role in roles if role.is_controller},
        )
        try:
            yield cluster
        finally:
            cluster.stop()


def small(base: NodeSpec, name: str, properties: Mapping[str, str]) -> NodeSpec:
    """Return a node of a cluster: small, patient and with the cluster's id."""
    return replace(
        base,
        name=name,
        ephemeral=True,
        max_heap=_HEAPS.get(base.engine or "", _SMALL_HEAP),
        cluster_id=_CLUSTER_ID,
        properties=properties,
        start_timeout_seconds=_PATIENCE_SECONDS,
    )


def format_storage(base: NodeSpec, settings: Settings, properties: Mapping[str, str], *options: str) -> None:
    """Format the log dir of a node that did not run yet with Kafka's own StorageTool, on a JDK.

    Args:
        base: What runs the node.
        settings: Where the cache is.
        properties: Its properties, which name `log.dirs`.
        options: Options of `format`.
    """
    build = BuildSpec(kafka_version=base.kafka_version or DEFAULT_KAFKA_VERSION)
    java, option, class_path, _ = ensure_jvm_command(build, settings)
    folder = Path(properties[names.LOG_DIRS])
    file = folder.with_name(f"{folder.name}.properties")
    file.write_text(render_properties(render_server_properties(NodeConfig(_HOST, 1, 2, folder, properties))))
    argv = (java, option, class_path, "kafka.tools.StorageTool", "format", "--cluster-id", _CLUSTER_ID)
    done = subprocess.run((*argv, "--config", file, *options), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
