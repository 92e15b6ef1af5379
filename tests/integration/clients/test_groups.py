"""Consumer groups of both protocols: who gets which partitions, and where a group goes on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import confluent_kafka
import pytest

from ..adapters import Confluent, KafkaPython, Record, values
from ..waiting import wait_until
from .members import poll_until, share_of

if TYPE_CHECKING:
    from ..adapters import Admin, Client, FullAdmin

pytestmark = pytest.mark.trace

# With the consumer protocol members learn of a rebalance by a heartbeat, every 5 s unless the broker says otherwise.
PROPERTIES = {
    "group.consumer.min.heartbeat.interval.ms": "100",
    "group.consumer.heartbeat.interval.ms": "100",
}
_PARTITIONS = 4
_COUNT = 40

changes_groups = pytest.mark.parametrize(
    "client", [Confluent(), KafkaPython()], ids=["confluent-kafka", "kafka-python"], scope="function"
)
"""aiokafka can neither change the offsets of a group nor delete one."""


def _fill(client: Client, servers: str, topic: str, start: int = 0) -> list[bytes]:
    with client.admin(servers) as admin:
        if topic not in admin.topics():
            admin.create_topic(topic, _PARTITIONS)
    sent = [Record(f"{number}".encode(), partition=number % _PARTITIONS) for number in range(start, start + _COUNT)]
    client.produce(servers, topic, sent)
    return values(sent)


@pytest.mark.feature("Groups", "Classic protocol with three clients")
def test_a_group_goes_on_where_it_committed(client: Client, servers: str, topic: str) -> None:
    first = _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        assert sorted(values(poll_until([member], _COUNT))) == sorted(first)
        member.commit()
    second = _fill(client, servers, topic, _COUNT)
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        assert sorted(values(poll_until([member], _COUNT))) == sorted(second)
    with contextlib.closing(client.join(servers, topic, topic)) as member:  # the second time nothing was committed
        assert sorted(values(poll_until([member], _COUNT))) == sorted(second)
    with contextlib.closing(client.join(servers, f"{topic}-other", topic)) as member:
        assert sorted(values(poll_until([member], 2 * _COUNT))) == sorted(first + second)


@pytest.mark.feature("Groups", "Classic protocol with three clients")
def test_two_members_share_the_partitions_and_one_inherits(client: Client, servers: str, topic: str) -> None:
    sent = _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic)) as first:
        assert share_of([first], _PARTITIONS) == [set(range(_PARTITIONS))]
        second = client.join(servers, topic, topic)
        shares = share_of([first, second], _PARTITIONS)
        assert [len(each) for each in shares] == [2, 2]
        second.close()
        assert share_of([first], _PARTITIONS) == [set(range(_PARTITIONS))]
    with contextlib.closing(client.join(servers, topic, topic)) as later:
        assert sorted(values(poll_until([later], _COUNT))) == sorted(sent)  # nobody had committed


@pytest.mark.feature("Groups", "Static members (KIP-345)")
def test_a_static_member_comes_back_to_its_partitions_without_a_rebalance(
    client: Client, servers: str, topic: str
) -> None:
    """KIP-345: leaving and coming back within the session goes unnoticed by the others."""
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic, instance_id="stays")) as stays:
        leaves = client.join(servers, topic, topic, instance_id="leaves")
        _, share_before = share_of([stays, leaves], _PARTITIONS)
        rebalances = stays.rebalances()
        leaves.close()
        with contextlib.closing(client.join(servers, topic, topic, instance_id="leaves")) as back:
            assert share_of([stays, back], _PARTITIONS)[1] == share_before
        assert stays.rebalances() == rebalances


@pytest.mark.feature("Groups", "Groups listed, described and deleted by clients")
def test_a_group_is_listed_and_described(client: Client, admin: Admin, servers: str, topic: str) -> None:
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        poll_until([member], _COUNT)
        member.commit()
        assert admin.groups()[topic] == "Stable"
        assert admin.group_members(topic) == 1
    wait_until(lambda: admin.groups()[topic] == "Empty", "the member has left")
    assert admin.group_members(topic) == 0
    assert admin.group_offsets(topic) == {(topic, each): _COUNT // _PARTITIONS for each in range(_PARTITIONS)}


@pytest.mark.feature("Groups", "Groups listed, described and deleted by clients")
@changes_groups
def test_an_empty_group_is_deleted_with_its_offsets(client: Client, admin: FullAdmin, servers: str, topic: str) -> None:
    sent = _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        poll_until([member], _COUNT)
        member.commit()
    wait_until(lambda: admin.groups()[topic] == "Empty", "the member has left")
    admin.delete_group(topic)
    assert topic not in admin.groups()
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        assert sorted(values(poll_until([member], _COUNT))) == sorted(sent)


@pytest.mark.feature("Groups", "Groups listed, described and deleted by clients")
@changes_groups
def test_a_group_with_members_is_not_deleted(client: Client, admin: FullAdmin, servers: str, topic: str) -> None:
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        share_of([member], _PARTITIONS)
        with pytest.raises(Exception, match=r"(?i)NON_EMPTY_GROUP|NonEmptyGroup|not empty"):
            admin.delete_group(topic)
        assert admin.groups()[topic] == "Stable"


@pytest.mark.feature("Groups", "Offsets changed by clients")
@changes_groups
def test_a_group_goes_on_from_offsets_that_were_reset(
    client: Client, admin: FullAdmin, servers: str, topic: str
) -> None:
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        poll_until([member], _COUNT)
        member.commit()
    wait_until(lambda: admin.groups()[topic] == "Empty", "the member has left")
    admin.alter_group_offsets(topic, {(topic, 0): 0, (topic, 1): 7})
    end = _COUNT // _PARTITIONS
    assert admin.group_offsets(topic) == {(topic, 0): 0, (topic, 1): 7, (topic, 2): end, (topic, 3): end}
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        came = poll_until([member], end + 3)
    again = {each: [record.offset for record in came if record.partition == each] for each in range(_PARTITIONS)}
    assert again == {0: list(range(end)), 1: [7, 8, 9], 2: [], 3: []}


@pytest.mark.feature("Groups", "Consumer protocol (KIP-848)")
def test_members_of_the_consumer_protocol_share_the_partitions(servers: str, topic: str) -> None:
    """KIP-848, which of the three libraries confluent-kafka alone has."""
    client = Confluent()
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic, protocol="consumer")) as first:
        assert share_of([first], _PARTITIONS) == [set(range(_PARTITIONS))]
        second = client.join(servers, topic, topic, protocol="consumer")
        shares = share_of([first, second], _PARTITIONS)
        assert [len(each) for each in shares] == [2, 2]
        assert _group_type(servers, topic) == "CONSUMER"
        second.close()
        assert share_of([first], _PARTITIONS) == [set(range(_PARTITIONS))]


@pytest.mark.feature("Groups", "Consumer protocol (KIP-848)")
def test_a_group_of_the_consumer_protocol_goes_on_where_it_committed(servers: str, topic: str) -> None:
    client = Confluent()
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic, protocol="consumer")) as member:
        poll_until([member], _COUNT)
        member.commit()
    second = _fill(client, servers, topic, _COUNT)
    with contextlib.closing(client.join(servers, topic, topic, protocol="consumer")) as member:
        assert sorted(values(poll_until([member], _COUNT))) == sorted(second)


@pytest.mark.feature("Groups", "Static members (KIP-345)")
def test_a_static_member_of_the_consumer_protocol_comes_back_to_its_partitions(servers: str, topic: str) -> None:
    client = Confluent()
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic, instance_id="stays", protocol="consumer")) as stays:
        leaves = client.join(servers, topic, topic, instance_id="leaves", protocol="consumer")
        _, share_before = share_of([stays, leaves], _PARTITIONS)
        leaves.close()
        back = client.join(servers, topic, topic, instance_id="leaves", protocol="consumer")
        with contextlib.closing(back):
            assert share_of([stays, back], _PARTITIONS)[1] == share_before


@pytest.mark.feature("Groups", "Online migration between the protocols (group.consumer.migration.policy)")
def test_a_group_moves_from_the_classic_protocol_to_the_consumer_protocol(servers: str, topic: str) -> None:
    """Offsets that were committed with one protocol are there in the other."""
    client = Confluent()
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic)) as member:
        poll_until([member], _COUNT)
        member.commit()
        assert _group_type(servers, topic) == "CLASSIC"
    second = _fill(client, servers, topic, _COUNT)
    with contextlib.closing(client.join(servers, topic, topic, protocol="consumer")) as member:
        assert sorted(values(poll_until([member], _COUNT))) == sorted(second)
        assert _group_type(servers, topic) == "CONSUMER"


@pytest.mark.feature("Groups", "Online migration between the protocols (group.consumer.migration.policy)")
def test_both_protocols_work_side_by_side_in_one_group(servers: str, topic: str) -> None:
    """The online migration of KIP-848 (`group.consumer.migration.policy` is bidirectional by default)."""
    client = Confluent()
    _fill(client, servers, topic)
    with contextlib.closing(client.join(servers, topic, topic)) as classic:
        share_of([classic], _PARTITIONS)
        with contextlib.closing(client.join(servers, topic, topic, protocol="consumer")) as modern:
            assert [len(each) for each in share_of([classic, modern], _PARTITIONS)] == [2, 2]
            assert _group_type(servers, topic) == "CONSUMER"


def _group_type(servers: str, group: str) -> str:
    with Confluent().admin(servers) as admin:
        (found,) = admin.client.describe_consumer_groups([group]).values()
        return str(found.result(10).type.name)


@pytest.mark.feature("Groups", "Classic protocol with the assignors of clients")
def test_an_assignor_of_the_client_is_negotiated(servers: str, topic: str) -> None:
    """The cooperative protocol (KIP-429): nobody gives up more than it must."""
    _fill(Confluent(), servers, topic)
    config = {
        "bootstrap.servers": servers,
        "group.id": topic,
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 200,
    }
    revoked: list[int] = []
    with contextlib.closing(confluent_kafka.Consumer(config)) as first:
        first.subscribe([topic], on_revoke=lambda _, gone: revoked.extend(each.partition for each in gone))
        wait_until(lambda: first.poll(0.05) or len(first.assignment()) == _PARTITIONS, "the first has all")
        with contextlib.closing(confluent_kafka.Consumer(config)) as second:
            second.subscribe([topic])

            def halves() -> bool:
                first.poll(0.05)
                second.poll(0.05)
                return len(first.assignment()) == len(second.assignment()) == _PARTITIONS // 2

            wait_until(halves, "each has half of the partitions")
            assert sorted(revoked) == sorted(each.partition for each in second.assignment())
