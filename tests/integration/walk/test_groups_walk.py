"""Consumer groups: assignors of clients and of the broker, regular expressions, group configs, and Kafka's tool."""

from __future__ import annotations

import contextlib
import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import confluent_kafka
import pytest

from ..adapters import Confluent, Record
from ..adapters.confluent import LOG
from ..waiting import wait_until
from .administration import configs, set_configs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_ASSIGNORS = "org.apache.kafka.coordinator.group.assignor"
_QUICK = {
    "group.consumer.min.heartbeat.interval.ms": "100",
    "group.consumer.heartbeat.interval.ms": "100",
    "group.consumer.min.session.timeout.ms": "1000",
}
PROPERTIES = _QUICK | {
    "group.consumer.assignors": f"{_ASSIGNORS}.RangeAssignor,{_ASSIGNORS}.UniformAssignor",
    # The broker looks for topics that a regular expression matches when one is created, but not more often than this.
    "group.consumer.regex.refresh.interval.ms": "10000",
}
_PARTITIONS = 3
_TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
_TIMEOUT_SECONDS = 30

_CLASSIC = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 200}


@contextlib.contextmanager
def _joined(servers: str, group: str, topics: Sequence[str], **more: Any) -> Iterator[Any]:
    config = {
        "bootstrap.servers": servers,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "topic.metadata.refresh.interval.ms": 500,
        "logger": LOG,
    }
    own = {key.replace("_", "."): value for key, value in more.items()}
    classic = {} if own.get("group.protocol") == "consumer" else _CLASSIC
    with contextlib.closing(confluent_kafka.Consumer(config | classic | own)) as member:
        member.subscribe(list(topics))
        yield member


def _modern(servers: str, group: str, topics: Sequence[str], **more: Any) -> contextlib.AbstractContextManager[Any]:
    return _joined(servers, group, topics, group_protocol="consumer", **more)


def _assigned(*members: Any) -> list[int]:
    """Poll each member once, and return how many partitions each has, the fewest first."""
    for member in members:
        message = member.poll(0.05)
        assert message is None or message.error() is None or message.error().retriable(), message.error()
    return sorted(len(member.assignment()) for member in members)


def _wait_for(shares: list[int], *members: Any) -> None:
    wait_until(lambda: _assigned(*members) == shares, f"members share the partitions as {shares}")


def _two_topics(servers: str, topic: str) -> list[str]:
    topics = [f"{topic}-a", f"{topic}-b"]
    with Confluent().admin(servers) as admin:
        for each in topics:
            admin.create_topic(each, _PARTITIONS)
    return topics


def _described(servers: str, group: str) -> Any:
    with Confluent().admin(servers) as admin:
        (found,) = admin.client.describe_consumer_groups([group]).values()
        return found.result(_TIMEOUT_SECONDS)


# With 2 topics of 3 partitions, `range` gives the first member the larger half of each topic.
_SHARES = {"range": [2, 4], "roundrobin": [3, 3], "cooperative-sticky": [3, 3], "uniform": [3, 3]}


@pytest.mark.feature("Groups", "Classic protocol with the assignors of clients")
@pytest.mark.parametrize("assignor", ["range", "roundrobin", "cooperative-sticky"])
def test_members_of_the_classic_protocol_share_as_their_assignor_says(assignor: str, servers: str, topic: str) -> None:
    join = functools.partial(
        _joined, servers, topic, _two_topics(servers, topic), partition_assignment_strategy=assignor
    )
    with join() as first, join() as second:
        _wait_for(_SHARES[assignor], first, second)
        found = _described(servers, topic)
        assert (found.partition_assignor, found.type.name) == (assignor, "CLASSIC")


@pytest.mark.feature("Groups", "Consumer protocol (KIP-848) with the assignors of the broker")
@pytest.mark.parametrize("assignor", ["range", "uniform"])
def test_members_of_the_consumer_protocol_share_as_the_assignor_says_that_they_ask_for(
    assignor: str, servers: str, topic: str
) -> None:
    join = functools.partial(_modern, servers, topic, _two_topics(servers, topic), group_remote_assignor=assignor)
    with join() as first, join() as second:
        _wait_for(_SHARES[assignor], first, second)
        found = _described(servers, topic)
        assert (found.partition_assignor, found.type.name) == (assignor, "CONSUMER")


@pytest.mark.feature("Groups", "Consumer protocol (KIP-848) with the assignors of the broker")
def test_the_first_assignor_that_is_configured_is_the_default(servers: str, topic: str) -> None:
    with _modern(servers, topic, _two_topics(servers, topic)) as member:
        _wait_for([2 * _PARTITIONS], member)
        assert _described(servers, topic).partition_assignor == "range"


@pytest.mark.feature("Groups", "Consumer protocol (KIP-848) with the assignors of the broker")
def test_an_assignor_that_the_broker_does_not_have_is_refused(servers: str, topic: str) -> None:
    topics = _two_topics(servers, topic)
    with _modern(servers, topic, topics, group_remote_assignor="sticky") as member:
        assert "assignor" in _refusal(member)


@pytest.mark.feature("Groups", "Consumer protocol (KIP-848): regular expressions matched by the broker")
def test_a_member_gets_the_topics_that_its_regular_expression_matches(servers: str, topic: str) -> None:
    with Confluent().admin(servers) as admin:
        admin.create_topic(f"{topic}-1", 2)
        admin.create_topic(f"{topic}-other", 1)
        with _modern(servers, topic, [f"^{topic}-[0-9]+$"]) as member:
            _wait_for([2], member)
            admin.create_topic(f"{topic}-22", 1)
            _wait_for([3], member)
            assert {each.topic for each in member.assignment()} == {f"{topic}-1", f"{topic}-22"}


@pytest.mark.feature("Groups", "Group configs")
def test_the_session_timeout_of_a_group_decides_when_a_member_is_given_up(servers: str, topic: str) -> None:
    """A static member that leaves keeps its place for the session timeout: 45 s without the group's own config."""
    changes = {"consumer.session.timeout.ms": "1500", "consumer.heartbeat.interval.ms": "150"}
    set_configs(servers, "GROUP", topic, changes)
    with _modern(servers, topic, _two_topics(servers, topic), group_instance_id="static") as member:
        _wait_for([2 * _PARTITIONS], member)
    assert len(_described(servers, topic).members) == 1
    wait_until(lambda: not _described(servers, topic).members, "the member is given up", _TIMEOUT_SECONDS)
    set_configs(servers, "GROUP", topic, dict.fromkeys(changes))
    wait_until(
        lambda: configs(servers, "GROUP", topic)["consumer.session.timeout.ms"] == "45000", "the default is back"
    )


@dataclass(frozen=True)
class _Policy:
    """What a policy means.

    Args:
        up: Whether a member of the consumer protocol may join a group of the classic one.
        down: Whether a member of the classic protocol may join a group of the consumer one.
        back: The type of a group of both when its last member of the consumer protocol has left.
    """

    up: bool
    down: bool
    back: str


_POLICIES = {
    "disabled": _Policy(up=False, down=False, back=""),
    "upgrade": _Policy(up=True, down=True, back="CONSUMER"),
    "downgrade": _Policy(up=False, down=True, back="CLASSIC"),
    "bidirectional": _Policy(up=True, down=True, back="CLASSIC"),
}


@pytest.mark.feature("Groups", "Online migration between the protocols (group.consumer.migration.policy)")
@pytest.mark.parametrize("policy", list(_POLICIES))
def test_the_migration_policy_says_which_way_a_group_may_go(policy: str, start: StartNode, topic: str) -> None:
    node = start(properties=_QUICK | {"group.consumer.migration.policy": policy}, ephemeral=True)
    servers, expected = node.bootstrap_servers, _POLICIES[policy]
    topics = _two_topics(servers, topic)
    with _joined(servers, "up", topics) as classic:
        _wait_for([6], classic)
        with _modern(servers, "up", topics) as modern:
            _check_mixing(classic, modern, allowed=expected.up)
            assert _described(servers, "up").type.name == ("CONSUMER" if expected.up else "CLASSIC")
    with _modern(servers, "down", topics) as modern:
        _wait_for([6], modern)
        with _joined(servers, "down", topics) as classic:
            _check_mixing(modern, classic, allowed=expected.down)
            if expected.down:
                modern.close()
                assert _described(servers, "down").type.name == expected.back


def _check_mixing(there: Any, comes: Any, *, allowed: bool) -> None:
    if allowed:
        _wait_for([3, 3], there, comes)
    else:
        assert re.search("(?i)group", _refusal(comes))


def _refusal(member: Any) -> str:
    """Poll until the broker says why it does not want the member."""

    def error() -> Any:
        message = member.poll(0.05)
        return message.error() if message else None

    return str(wait_until(error, "the member is refused").str())


@pytest.mark.feature("Groups", "Kafka's tool for consumer groups: list, describe, reset and delete offsets, delete")
@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_the_tool_describes_a_group_moves_its_offsets_and_deletes_it(
    protocol: str, servers: str, topic: str, tools: JavaTools
) -> None:
    (source, other) = _two_topics(servers, topic)
    for each in (source, other):
        Confluent().produce(servers, each, [Record(b"x") for _ in range(10)])
    tool = functools.partial(tools.must, _TOOL, "--bootstrap-server", servers)
    with _joined(servers, topic, [source, other], group_protocol=protocol) as member:
        _read_and_commit(member, 20)
        assert _fields(tool("--describe", "--group", topic, "--state"), topic)[-2:] == ["Stable", "1"]
        assert "#PARTITIONS" in tool("--describe", "--group", topic, "--members", "--verbose")
    assert _offsets(tool("--describe", "--group", topic)) == {(source, 0): 10, (other, 0): 10}
    wait_until(lambda: "Empty" in tool("--list", "--state").partition(topic)[2], "the member has left")
    reset = ("--reset-offsets", "--group", topic, "--topic", f"{source}:0", "--execute")
    tool(*reset, "--shift-by", "-7")
    tool("--delete-offsets", "--group", topic, "--topic", other)
    assert _offsets(tool("--describe", "--group", topic)) == {(source, 0): 3}
    tool(*reset, "--to-earliest")
    assert _offsets(tool("--describe", "--group", topic)) == {(source, 0): 0}
    tool("--delete", "--group", topic)
    assert topic not in tool("--list").splitlines()


def _read_and_commit(member: Any, count: int) -> None:
    read = [member.poll(_TIMEOUT_SECONDS) for _ in range(count)]
    assert [message.error() for message in read] == [None] * count
    member.commit(asynchronous=False)


def _fields(output: str, group: str) -> list[str]:
    (line,) = (line for line in output.splitlines() if line.startswith(group))
    return line.split()


def _offsets(output: str) -> dict[tuple[str, int], int]:
    """Return what has a committed offset in the tool's table: GROUP TOPIC PARTITION ... CURRENT-OFFSET."""
    lines = [line.split() for line in output.splitlines() if line.strip()]
    (header,) = (line for line in lines if line[0] == "GROUP")
    at = [header.index(name) for name in ("TOPIC", "PARTITION", "CURRENT-OFFSET")]
    rows = ([line[each] for each in at] for line in lines[lines.index(header) + 1 :])
    return {(name, int(partition)): int(offset) for name, partition, offset in rows if offset != "-"}
