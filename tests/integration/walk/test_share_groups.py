"""Share groups (KIP-932): deliveries are acknowledged one by one, and the broker keeps their state in a topic."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record
from ..waiting import wait_until
from .administration import configs, set_configs

if TYPE_CHECKING:
    from ..conftest import StartNode
    from ..java_tools import JavaTools

_PROGRAM = str(Path(__file__).parent / "java" / "ShareConsumer.java")
_GROUPS = "org.apache.kafka.tools.consumer.group.ShareGroupCommand"
_CONSUMER = "org.apache.kafka.tools.consumer.ConsoleShareConsumer"
_QUICK = {
    "group.share.min.heartbeat.interval.ms": "100",
    "group.share.heartbeat.interval.ms": "100",
    "share.coordinator.state.topic.min.isr": "1",
}
PROPERTIES = _QUICK


def _produce(servers: str, topic: str, *sent: str) -> None:
    Confluent().produce(servers, topic, [Record(each.encode()) for each in sent])


def _from_the_start(servers: str, group: str, **more: str) -> None:
    """Make the group begin with the first record; a share group begins at the end otherwise."""
    set_configs(servers, "GROUP", group, {"share.auto.offset.reset": "earliest"} | more)


@pytest.mark.feature("Groups", "Share groups (KIP-932): accept, release and reject, delivery counts")
def test_a_delivery_is_accepted_released_or_rejected(servers: str, topic: str, tools: JavaTools) -> None:
    _produce(servers, topic, "accepted", "released", "rejected", "renewed")
    _from_the_start(servers, topic)
    plan = ("accepted=ACCEPT", "released=RELEASE,RELEASE,ACCEPT", "rejected=REJECT", "renewed=RENEW,ACCEPT")
    deliveries = tools.must(_PROGRAM, servers, topic, topic, *plan).splitlines()
    assert sorted(each for each in deliveries if not each.startswith("renewed")) == [
        "accepted 1 ACCEPT",
        "rejected 1 REJECT",
        "released 1 RELEASE",
        "released 2 RELEASE",
        "released 3 ACCEPT",
    ]
    # To renew is to keep the record for longer (KIP-1222): it is no new delivery.
    assert [each for each in deliveries if each.startswith("renewed")] == ["renewed 1 RENEW", "renewed 1 ACCEPT"]


@pytest.mark.feature("Groups", "Share groups (KIP-932): configs of a group")
def test_a_record_is_given_up_after_as_many_deliveries_as_the_group_allows(
    servers: str, topic: str, tools: JavaTools
) -> None:
    _produce(servers, topic, "poison")
    _from_the_start(servers, topic, **{"share.delivery.count.limit": "2"})
    assert configs(servers, "GROUP", topic)["share.delivery.count.limit"] == "2"
    assert tools.must(_PROGRAM, servers, topic, topic, "poison=RELEASE,RELEASE").splitlines() == [
        "poison 1 RELEASE",
        "poison 2 RELEASE",
    ]
    _produce(servers, topic, "next")
    assert tools.must(_PROGRAM, servers, topic, topic, "next=ACCEPT").splitlines() == ["next 1 ACCEPT"]


@pytest.mark.feature("Groups", "Share groups (KIP-932): state over a restart (__share_group_state)")
def test_what_was_acknowledged_is_known_after_a_restart(start: StartNode, topic: str, tools: JavaTools) -> None:
    node = start(properties=_QUICK, ephemeral=True)
    servers = node.bootstrap_servers
    _produce(servers, topic, "accepted", "released", "accepted-too")
    _from_the_start(servers, topic)
    tools.must(_PROGRAM, servers, topic, topic, "accepted=ACCEPT", "released=RELEASE", "accepted-too=ACCEPT")
    assert list(node.data_dir.glob("__share_group_state-*"))
    node.restart()
    later = tools.must(_PROGRAM, servers, topic, topic, "released=ACCEPT").splitlines()
    assert [each.split()[0] for each in later] == ["released"]
    assert int(later[0].split()[1]) > 1


@pytest.mark.feature("Groups", "Share groups (KIP-932): Kafka's tools")
def test_the_tools_read_describe_reset_and_delete_a_share_group(servers: str, topic: str, tools: JavaTools) -> None:
    _produce(servers, topic, "a", "b", "c")
    _from_the_start(servers, topic)
    consume = functools.partial(tools.must, _CONSUMER, "--bootstrap-server", servers, "--topic", topic)
    tool = functools.partial(tools.must, _GROUPS, "--bootstrap-server", servers)
    assert consume("--group", topic, "--max-messages", "3", "--timeout-ms", "100000").splitlines() == ["a", "b", "c"]
    wait_until(lambda: "Empty" in tool("--describe", "--group", topic, "--state"), "the member has left", 60)
    assert f"{topic} {topic} 0" in " ".join(tool("--describe", "--group", topic, "--offsets").split())
    tool("--reset-offsets", "--group", topic, "--topic", topic, "--to-earliest", "--execute")
    assert consume("--group", topic, "--max-messages", "3", "--timeout-ms", "100000").splitlines() == ["a", "b", "c"]
    tool("--delete-offsets", "--group", topic, "--topic", topic)
    tool("--delete", "--group", topic)
    assert topic not in tool("--list").splitlines()
