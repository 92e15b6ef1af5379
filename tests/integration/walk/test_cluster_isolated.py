"""Controllers and brokers apart: how they form a cluster, what happens when one is gone, and who may lead then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ..adapters import Record, values
from ..adapters.confluent import Confluent
from ..clusters import isolated, running_cluster
from ..log_segments import record_batches
from ..waiting import wait_until
from .cluster_load import Load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from ..clusters import Cluster
    from ..java_tools import JavaTools

pytestmark = pytest.mark.timeout(900)

_PROPERTIES = {
    "auto.leader.rebalance.enable": "true",
    "leader.imbalance.check.interval.seconds": "1",
    "replica.fetch.wait.max.ms": "100",
}
_ALL = (1, 2, 3)
_WAIT_SECONDS = 120
_QUORUM = "org.apache.kafka.tools.MetadataQuorumCommand"
_CLUSTER = "org.apache.kafka.tools.ClusterTool"


@pytest.fixture(scope="module")
def shared_cluster(node_spec: NodeSpec, settings: Settings) -> Iterator[Cluster]:
    with running_cluster(node_spec, settings, "isolated", isolated(3, 3), _PROPERTIES) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Iterator[Cluster]:
    """Return the cluster of this module; whatever a test did to its nodes is made good afterwards."""
    yield shared_cluster
    shared_cluster.heal()


@pytest.mark.feature("Cluster", "Controllers and brokers apart")
def test_three_controllers_and_three_brokers_form_a_cluster(cluster: Cluster, topic: str, tools: JavaTools) -> None:
    where = ("--bootstrap-controller", cluster.bootstrap_controllers)
    lines = tools.must(_QUORUM, *where, "describe", "--replication").splitlines()[1:]
    roles = {int(line.split()[0]): line.split()[-1] for line in lines}
    assert {role for node_id, role in roles.items() if node_id in cluster.brokers} == {"Observer"}
    assert sorted(roles[node_id] for node_id in cluster.controllers) == ["Follower", "Follower", "Leader"]
    assert roles[cluster.active_controller()] == "Leader"
    cluster.create_topic(topic, [1, 2, 3], [2, 3, 1], [3, 1, 2])
    with Load(cluster, topic, partitions=3) as load:
        load.wait_for_more()
    load.check()


@pytest.mark.feature("Cluster", "Controller failover")
def test_another_controller_takes_over(cluster: Cluster, topic: str) -> None:
    first = cluster.active_controller()
    cluster.controllers[first].kill()
    wait_until(lambda: cluster.active_controller() != first, "another controller leads", _WAIT_SECONDS)
    cluster.create_topic(topic, [1, 2, 3])
    second = cluster.active_controller()
    assert second in set(cluster.controllers) - {first}
    cluster.restart(first)
    voters = {first: 0, second: 0}
    wait_until(lambda: _lag(cluster).items() >= voters.items(), "the restarted one follows", _WAIT_SECONDS)


def _lag(cluster: Cluster) -> dict[int, int]:
    """Return how far each voter is behind the leader."""
    voters = {each["replica_id"]: each["log_end_offset"] for each in cluster.quorum()["current_voters"]}
    end = max(voters.values())
    return {voter: 0 if end - at <= 5 else end - at for voter, at in voters.items()}


@pytest.mark.feature("Cluster", "Listing endpoints, fencing and unregistering brokers")
def test_a_dead_broker_is_fenced_and_can_be_unregistered(cluster: Cluster, topic: str, tools: JavaTools) -> None:
    cluster.create_topic(topic, [3, 1, 2])
    assert _endpoints(cluster, tools) == {1: "unfenced", 2: "unfenced", 3: "unfenced"}
    cluster.brokers[3].kill()
    assert cluster.wait_for_isr(topic, [1, 2]).leader != 3
    assert _endpoints(cluster, tools) == {1: "unfenced", 2: "unfenced", 3: "fenced"}
    tools.must(_CLUSTER, "unregister", "--bootstrap-server", cluster.bootstrap_servers, "--id", "3")
    assert _endpoints(cluster, tools) == {1: "unfenced", 2: "unfenced"}
    cluster.restart(3)
    assert _endpoints(cluster, tools) == {1: "unfenced", 2: "unfenced", 3: "unfenced"}
    cluster.wait_for_isr(topic, _ALL)


def _endpoints(cluster: Cluster, tools: JavaTools) -> dict[int, str]:
    where = ("--bootstrap-server", cluster.bootstrap_servers)
    lines = tools.must(_CLUSTER, "list-endpoints", *where, "--include-fenced-brokers").splitlines()
    header = lines[0].split()
    return {int(line.split()[0]): line.split()[header.index("STATE")] for line in lines[1:] if line.strip()}


@pytest.mark.feature("Cluster", "Listing endpoints, fencing and unregistering brokers")
def test_the_endpoints_of_controllers_are_listed(cluster: Cluster, tools: JavaTools) -> None:
    told = tools.must(_CLUSTER, "list-endpoints", "--bootstrap-controller", cluster.bootstrap_controllers)
    found = {int(line.split()[0]): ":".join(line.split()[1:3]) for line in told.splitlines()[1:] if line.strip()}
    assert found == dict(cluster.controller_addresses)


@pytest.mark.feature("Cluster", "Automatic leader rebalancing")
def test_the_preferred_replica_leads_again_by_itself(cluster: Cluster, topic: str) -> None:
    cluster.create_topic(topic, [1, 2, 3])
    assert cluster.brokers[1].stop()
    assert cluster.wait_for_isr(topic, [2, 3]).leader == 2
    cluster.restart(1)
    cluster.wait_for(topic, lambda one: one.leader == 1 and one.isr == _ALL, "broker 1 leads again")


@pytest.mark.feature("Cluster", "Unclean leader election")
def test_a_replica_that_is_behind_leads_when_asked_for(cluster: Cluster, topic: str, tools: JavaTools) -> None:
    """What only the lost leader had is gone then, also on that broker itself."""
    cluster.create_topic(topic, [1, 2], configs={"min.insync.replicas": "1"})
    Confluent().produce(cluster.bootstrap_servers, topic, [Record(b"both")])
    cluster.brokers[2].kill()
    cluster.wait_for_isr(topic, [1])
    Confluent().produce(cluster.bootstrap_servers, topic, [Record(b"only broker 1")])
    cluster.brokers[1].kill()
    cluster.wait_for(topic, lambda one: one.leader == -1, "nobody leads")
    cluster.restart(2)
    assert _leader(cluster, topic) == -1
    _elect_unclean(cluster, topic, tools)
    cluster.wait_for_isr(topic, [2])
    assert values(Confluent().read(cluster.bootstrap_servers, topic)) == [b"both"]
    cluster.restart(1)
    cluster.wait_for_isr(topic, [1, 2])
    stored = record_batches(cluster.brokers[2].data_dir, topic)
    wait_until(lambda: record_batches(cluster.brokers[1].data_dir, topic) == stored, "broker 1 has cut its log")


def _leader(cluster: Cluster, topic: str) -> int:
    found = cluster.partition(topic)
    assert found
    return found.leader


def _elect_unclean(cluster: Cluster, topic: str, tools: JavaTools) -> None:
    path = tools.folder / "unclean.json"
    path.write_text(json.dumps({"partitions": [{"topic": topic, "partition": 0}]}))
    told = tools.must(
        "org.apache.kafka.tools.LeaderElectionCommand",
        *("--bootstrap-server", cluster.bootstrap_servers, "--election-type", "unclean"),
        *("--path-to-json-file", path),
    )
    assert f"Successfully completed leader election (UNCLEAN) for partitions {topic}-0" in told


@pytest.mark.feature("Cluster", "Eligible leader replicas")
def test_a_replica_outside_of_the_isr_leads_when_it_has_everything(
    cluster: Cluster, topic: str, tools: JavaTools
) -> None:
    """Below min.insync.replicas nothing is acknowledged, so who was in sync until then has all there is (KIP-966).

    Nor does the high watermark advance there, so whether consumers see the record before broker 1 is back depends on
    how far it had come on broker 2.
    """
    cluster.create_topic(topic, [1, 2], configs={"min.insync.replicas": "2"})
    Confluent().produce(cluster.bootstrap_servers, topic, [Record(b"acknowledged")])
    assert cluster.brokers[2].stop()
    assert cluster.wait_for_isr(topic, [1]).elr == (2,)
    assert "Elr: 2" in _described(cluster, topic, tools)
    cluster.brokers[1].kill()
    cluster.wait_for(topic, lambda one: one.leader == -1, "nobody leads")
    cluster.restart(2)
    cluster.wait_for(topic, lambda one: one.leader == 2 and one.isr == (2,), "broker 2 leads")
    cluster.restart(1)
    assert cluster.wait_for_isr(topic, [1, 2]).elr == ()
    assert values(Confluent().read(cluster.bootstrap_servers, topic)) == [b"acknowledged"]


def _described(cluster: Cluster, topic: str, tools: JavaTools) -> str:
    where = ("--bootstrap-server", cluster.bootstrap_servers)
    return tools.must("org.apache.kafka.tools.TopicCommand", *where, "--describe", "--topic", topic)
