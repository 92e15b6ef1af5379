"""Dynamic quorums (KIP-853): how one begins, how controllers join it, and how they leave."""

from __future__ import annotations

import base64
import contextlib
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient

from kafka_native._system.ports import free_ports
from kafka_native.broker import Node, running
from kafka_native.config import parse_properties

from ..clusters import COMBINED, format_storage, running_cluster, small
from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from ..java_tools import JavaTools, ToolResult

pytestmark = pytest.mark.timeout(900)

_QUORUM = "org.apache.kafka.tools.MetadataQuorumCommand"
_FEATURES = "org.apache.kafka.tools.FeatureCommand"
_WAIT_SECONDS = 120
_IDS = (101, 102, 103)


@dataclass
class Quorum:
    """A dynamic quorum to be; its controllers' addresses are known before they start.

    Args:
        base: What runs the nodes.
        settings: Where they live.
        folder: Where their log dirs are.
        tools: Kafka's tools.
        addresses: The addresses of the controllers, by node id.
        stack: What ends the nodes.
        brokers: Those that were started; they end first, since they ask the controllers whether they may.
    """

    base: NodeSpec
    settings: Settings
    folder: Path
    tools: JavaTools
    addresses: dict[int, str]
    stack: contextlib.ExitStack
    brokers: list[Node] = field(default_factory=list)

    def properties(self, node_id: int, bootstrap: str | None = None, **more: str) -> dict[str, str]:
        """Return the properties of a controller; `_` stands for `.` in names of more of them."""
        return {
            "node.id": str(node_id),
            "process.roles": "controller",
            "listeners": f"CONTROLLER://{self.addresses[node_id]}",
            "controller.quorum.bootstrap.servers": bootstrap or ",".join(self.addresses.values()),
            "log.dirs": str(self.folder / f"controller-{node_id}"),
            **{name.replace("_", "."): value for name, value in more.items()},
        }

    def format(self, node_id: int, *options: str, **more: str) -> None:
        """Format a controller's log dir as a user would, with kafka-storage."""
        format_storage(self.base, self.settings, self.properties(node_id, **more), *options)

    def start(self, properties: dict[str, str]) -> Node:
        """Start a node."""
        spec = small(self.base, f"quorum-{properties['node.id']}", properties)
        return self.stack.enter_context(running(spec, self.settings))

    def start_broker(self) -> Node:
        """Start a broker, which finds the quorum by its bootstrap servers."""
        servers = ",".join(self.addresses.values())
        properties = {"node.id": "1", "process.roles": "broker", "controller.quorum.bootstrap.servers": servers}
        self.brokers.append(self.start(properties))
        return self.brokers[-1]

    def command(self, *arguments: str, node: Node | None = None) -> str:
        """Run kafka-metadata-quorum, for `add-controller` with the configuration of the controller to add."""
        config = ("--command-config", node.report.server_properties) if node else ()
        return self.tools.must(
            _QUORUM, "--bootstrap-controller", ",".join(self.addresses.values()), *config, *arguments
        )

    def voters(self) -> dict[int, str | None]:
        """Return the directory ids of the voters, by node id, as a broker knows them."""
        return _voters(self.brokers[0].bootstrap_servers)

    def wait_for_voters(self, *node_ids: int) -> None:
        """Wait until these are the voters."""
        wait_until(lambda: set(self.voters()) == set(node_ids), f"the voters are {node_ids}", _WAIT_SECONDS)


def _voters(servers: str) -> dict[int, str | None]:
    with contextlib.closing(KafkaAdminClient(bootstrap_servers=servers.split(","))) as admin:
        (topic,) = admin.describe_metadata_quorum()["topics"]
    voters = topic["partitions"][0]["current_voters"]
    return {each["replica_id"]: _text(each["replica_directory_id"]) for each in voters}


def _text(directory_id: str | None) -> str | None:
    """Write an id as Kafka does; a voter of a static quorum has none."""
    return directory_id and base64.urlsafe_b64encode(uuid.UUID(directory_id).bytes).decode().rstrip("=")


def _directory_id(node: Node) -> str:
    return parse_properties((node.data_dir / "meta.properties").read_text())["directory.id"]


@pytest.fixture
def quorum(node_spec: NodeSpec, own_settings: Settings, tmp_path: Path, tools: JavaTools) -> Iterator[Quorum]:
    addresses = {node_id: f"127.0.0.1:{port}" for node_id, port in zip(_IDS, free_ports(3), strict=True)}
    with contextlib.ExitStack() as stack:
        quorum = Quorum(node_spec, own_settings, tmp_path, tools, addresses, stack)
        yield quorum
        for broker in quorum.brokers:
            broker.stop()


@pytest.mark.feature("Cluster", "Dynamic quorum: adding and removing controllers")
def test_controllers_join_and_leave_a_running_quorum(quorum: Quorum, topic: str) -> None:
    """The first one begins the quorum alone; in the end it is gone, and the others go on."""
    first = quorum.start(quorum.properties(101, bootstrap=quorum.addresses[101]))
    broker = quorum.start_broker()
    for node_id in (102, 103):
        quorum.format(node_id, "--no-initial-controllers")
        joining = quorum.start(quorum.properties(node_id))
        assert node_id not in quorum.voters()
        told = quorum.command("add-controller", node=joining)
        assert f"Added controller {node_id} with directory id {_directory_id(joining)}" in told
        assert quorum.voters()[node_id] == _directory_id(joining)
    quorum.wait_for_voters(*_IDS)
    roles = [line.split()[-1] for line in quorum.command("describe", "--replication").splitlines()[1:]]
    assert sorted(roles) == ["Follower", "Follower", "Leader", "Observer"]
    leaving = ("--controller-id", "101", "--controller-directory-id", _directory_id(first))
    assert "KRaft controller 101 with directory id" in quorum.command("remove-controller", *leaving)
    assert first.stop()  # before the others are asked: it knows no other controller than itself
    quorum.wait_for_voters(102, 103)
    _create_topic(quorum.tools, broker, topic)


def _create_topic(tools: JavaTools, broker: Node, topic: str) -> None:
    where = ("--bootstrap-server", broker.bootstrap_servers)
    told = tools.must("org.apache.kafka.tools.TopicCommand", *where, "--create", "--topic", topic)
    assert f"Created topic {topic}." in told


@pytest.mark.feature("Cluster", "Dynamic quorum: controllers that join by themselves")
def test_a_controller_joins_by_itself(quorum: Quorum) -> None:
    """With controller.quorum.auto.join.enable nobody needs to add it (KIP-1186)."""
    quorum.start(quorum.properties(101, bootstrap=quorum.addresses[101]))
    quorum.start_broker()
    itself = {"controller_quorum_auto_join_enable": "true"}
    quorum.format(102, "--no-initial-controllers", **itself)
    joining = quorum.start(quorum.properties(102, **itself))
    quorum.wait_for_voters(101, 102)
    assert quorum.voters()[102] == _directory_id(joining)


@pytest.mark.feature("Cluster", "Dynamic quorum: several first controllers")
def test_a_quorum_begins_with_the_controllers_that_it_was_formatted_with(quorum: Quorum, topic: str) -> None:
    directories = {101: "AAAAAAAAAAAAAAAAAAABAQ", 102: "AAAAAAAAAAAAAAAAAAABAg", 103: "AAAAAAAAAAAAAAAAAAABAw"}
    first = ",".join(f"{node_id}@{quorum.addresses[node_id]}:{directories[node_id]}" for node_id in _IDS)
    for node_id in _IDS:
        quorum.format(node_id, "--initial-controllers", first)
        quorum.start(quorum.properties(node_id))
    broker = quorum.start_broker()
    assert quorum.voters() == directories
    status = quorum.command("describe", "--status")
    voters = json.loads(next(line.partition(":")[2] for line in status.splitlines() if "CurrentVoters" in line))
    assert {each["id"]: each["directoryId"] for each in voters} == directories
    _create_topic(quorum.tools, broker, topic)


@pytest.mark.feature("Cluster", "A static quorum becomes dynamic")
def test_a_static_quorum_becomes_dynamic(node_spec: NodeSpec, own_settings: Settings, tools: JavaTools) -> None:
    """That is kraft.version 1; from then on the voters are told apart by their directories as well."""
    with running_cluster(node_spec, own_settings, "static", COMBINED) as cluster:
        servers = cluster.bootstrap_servers
        assert _voters(servers) == dict.fromkeys(cluster.controllers)
        upgrade = ("--bootstrap-server", servers, "upgrade", "--feature", "kraft.version=1")
        # The leader refuses until each voter has told it which versions it knows (KIP-853, UpdateRaftVoter).
        upgraded = wait_until(lambda: _output_of(tools.run(_FEATURES, *upgrade)), "all voters support kraft.version 1")
        assert "kraft.version was upgraded to 1." in upgraded
        assert _voters(servers) == {node_id: _directory_id(node) for node_id, node in cluster.controllers.items()}


def _output_of(result: ToolResult) -> str:
    """Return what a tool printed, or nothing when it failed."""
    return result.output if result.exit_code == 0 else ""
