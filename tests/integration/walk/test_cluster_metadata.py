"""The metadata of a cluster: its feature versions, and the snapshots of its log."""

from __future__ import annotations

import contextlib
import functools
import re
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient

from kafka_native._system.ports import free_ports
from kafka_native.broker import running

from ..adapters import Record, values
from ..adapters.confluent import Confluent
from ..clusters import format_storage, isolated, running_cluster, small
from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import Node, NodeSpec
    from kafka_native.settings import Settings

    from ..clusters import Cluster
    from ..conftest import StartNode
    from ..java_tools import JavaTools

pytestmark = pytest.mark.timeout(900)

_FEATURES = "org.apache.kafka.tools.FeatureCommand"
_DUMP = "org.apache.kafka.tools.DumpLogSegments"
_OLD, _NEW = "4.0", "4.3"
_DESCRIBED = re.compile(rf"Feature: metadata.version\s.*FinalizedVersionLevel: {re.escape(_NEW)}")
_LOADED = re.compile(r"\[MetadataLoader id=\d+\] handleLoadSnapshot")
_WAIT_SECONDS = 60


@pytest.fixture
def old_node(start: StartNode, node_spec: NodeSpec, own_settings: Settings, tmp_path: Path) -> Node:
    """Start a node whose storage was formatted as an older release would have done it."""
    port, controller_port = free_ports(2)
    properties = {
        "node.id": "1",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "log.dirs": str(tmp_path / "log"),
    }
    format_storage(node_spec, own_settings, properties, "--release-version", _OLD)
    return start(properties=properties)


@pytest.mark.feature("Cluster", "Feature upgrade and downgrade")
def test_features_go_up_and_down(old_node: Node, tools: JavaTools, topic: str) -> None:
    old = _finalized(old_node)
    assert not {"share.version", "eligible.leader.replicas.version"} & set(old)
    _produce(old_node, topic, b"old")
    assert "can be upgraded" in _feature(old_node, tools, "upgrade", "--release-version", _NEW, "--dry-run")
    assert _finalized(old_node) == old
    assert "metadata.version was upgraded to" in _feature(old_node, tools, "upgrade", "--release-version", _NEW)
    new = _finalized(old_node)
    assert new["metadata.version"] > old["metadata.version"]
    assert (new["share.version"], new["eligible.leader.replicas.version"]) == (1, 1)
    assert "was downgraded to 0" in _feature(old_node, tools, "downgrade", "--feature", "share.version=0")
    old_node.restart()
    assert _finalized(old_node) == {name: level for name, level in new.items() if name != "share.version"}
    assert _DESCRIBED.search(_feature(old_node, tools, "describe"))
    _produce(old_node, topic, b"new")
    assert values(Confluent().read(old_node.bootstrap_servers, topic)) == [b"old", b"new"]


def _produce(node: Node, topic: str, value: bytes) -> None:
    Confluent().produce(node.bootstrap_servers, topic, [Record(value)])


def _feature(node: Node, tools: JavaTools, *arguments: str) -> str:
    return tools.must(_FEATURES, "--bootstrap-server", node.bootstrap_servers, *arguments)


def _finalized(node: Node) -> dict[str, int]:
    """Return the level of each feature that has one."""
    with contextlib.closing(KafkaAdminClient(bootstrap_servers=node.bootstrap_servers)) as admin:
        found = admin.describe_features()
    return {name: each["finalized"][1] for name, each in found.items() if "finalized" in each}


@pytest.fixture
def cluster(node_spec: NodeSpec, own_settings: Settings) -> Iterator[Cluster]:
    """Run a controller and a broker, which write a snapshot whenever so many bytes were appended to the log."""
    properties = {"metadata.log.max.record.bytes.between.snapshots": "100"}
    with running_cluster(node_spec, own_settings, "snapshots", isolated(1, 1), properties) as cluster:
        yield cluster


@pytest.mark.feature("Cluster", "Metadata snapshots")
def test_nodes_start_from_their_snapshots_of_the_metadata(cluster: Cluster, topic: str, tools: JavaTools) -> None:
    cluster.create_topic(topic, [1])
    for node in cluster.nodes.values():
        wait_until(functools.partial(_is_in_snapshot, node, topic, tools), f"{topic} is in it", _WAIT_SECONDS)
        node.kill()
    cluster.heal()
    for node in cluster.nodes.values():
        assert _LOADED.search(node.log_file.read_text())
    cluster.wait_for_isr(topic, [1])


@pytest.mark.feature("Cluster", "Metadata snapshots")
def test_a_new_broker_fetches_a_snapshot_from_the_controller(
    cluster: Cluster, topic: str, tools: JavaTools, node_spec: NodeSpec, own_settings: Settings
) -> None:
    cluster.create_topic(topic, [1])
    ((node_id, controller),) = cluster.controllers.items()
    wait_until(functools.partial(_is_in_snapshot, controller, topic, tools), f"{topic} is in it", _WAIT_SECONDS)
    voters = f"{node_id}@{cluster.controller_addresses[node_id]}"
    properties = {"node.id": "2", "process.roles": "broker", "controller.quorum.voters": voters}
    with running(small(node_spec, "snapshots-2", properties), own_settings) as added:
        log = added.log_file.read_text()
        assert f"from Fetch response from leader {node_id}" in log
        assert _LOADED.search(log)
        assert cluster.unfenced() == {1, 2}


def _is_in_snapshot(node: Node, topic: str, tools: JavaTools) -> bool:
    snapshots = sorted((node.data_dir / "__cluster_metadata-0").glob("*.checkpoint"))
    if not snapshots:
        return False
    dumped = tools.must(_DUMP, "--cluster-metadata-decoder", "--files", snapshots[-1])
    return f'"type":"TOPIC_RECORD","version":0,"data":{{"name":"{topic}"' in dumped
