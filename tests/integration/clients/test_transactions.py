"""Transactions: what is committed, what is aborted, and who is kept out."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from ..adapters import CLIENTS, Confluent, Record, values
from ..log_segments import record_batches
from ..waiting import wait_until
from .members import poll_until

if TYPE_CHECKING:
    from kafka_native.broker import Node

    from ..adapters import Client, TransactionalProducer

pytestmark = pytest.mark.trace

_FENCED = r"(?i)fenced|INVALID_PRODUCER_EPOCH|InvalidProducerEpoch"


@pytest.mark.feature("Transactions", "Commit and abort; read_committed and read_uncommitted")
def test_only_committed_records_reach_a_consumer_that_asks_for_them(
    client: Client, node: Node, servers: str, topic: str
) -> None:
    with contextlib.closing(client.transactional(servers, topic)) as producer:
        for name, end in (("first", producer.commit), ("second", producer.abort), ("third", producer.commit)):
            producer.begin()
            producer.send(topic, *(f"{name} {number}".encode() for number in range(20)))
            end()
    committed = [f"{name} {number}".encode() for name in ("first", "third") for number in range(20)]
    aborted = [f"second {number}".encode() for number in range(20)]
    for consumer in CLIENTS:
        assert values(consumer.read(servers, topic, committed_only=True)) == committed
        assert values(consumer.read(servers, topic)) == [*committed[:20], *aborted, *committed[20:]]
    batches = record_batches(node.data_dir, topic)
    assert all(each.transactional for each in batches)
    assert [each.count for each in batches if each.control] == [1, 1, 1]  # commit, abort, commit


@pytest.mark.feature("Transactions", "Commit and abort; read_committed and read_uncommitted")
def test_records_of_an_open_transaction_are_held_back(client: Client, servers: str, topic: str) -> None:
    """So are later ones of other producers: a read_committed consumer stops at the last stable offset."""
    with contextlib.closing(client.transactional(servers, topic)) as producer:
        producer.begin()
        producer.send(topic, b"open")
        client.produce(servers, topic, [Record(b"outside")])
        assert values(client.read(servers, topic, committed_only=True)) == []
        assert values(client.read(servers, topic)) == [b"open", b"outside"]
        producer.commit()
        wait_until(
            lambda: values(client.read(servers, topic, committed_only=True)) == [b"open", b"outside"],
            "the commit shows",
        )


@pytest.mark.feature("Transactions", "Commit and abort; read_committed and read_uncommitted")
def test_a_transaction_spans_topics(client: Client, servers: str, topic: str) -> None:
    topics = [f"{topic}-{number}" for number in range(3)]
    with contextlib.closing(client.transactional(servers, topic)) as producer:
        for end in (producer.abort, producer.commit):
            producer.begin()
            for each in topics:
                producer.send(each, end.__name__.encode())
            end()
    assert [values(client.read(servers, each, committed_only=True)) for each in topics] == [[b"commit"]] * 3


@pytest.mark.feature("Transactions", "Offsets in transactions (read, process, write)")
def test_offsets_are_committed_with_the_transaction_and_only_then(client: Client, servers: str, topic: str) -> None:
    """Consume, transform, produce, exactly once: an abort takes the offsets back, a commit moves the group on."""
    source, target, group = f"{topic}-source", f"{topic}-target", f"{topic}-group"
    client.produce(servers, source, [Record(f"{number}".encode()) for number in range(10)])
    with (
        client.admin(servers) as admin,
        contextlib.closing(client.transactional(servers, topic)) as producer,
        contextlib.closing(client.join(servers, group, source)) as member,
    ):
        came = poll_until([member], 10)
        for end in (producer.abort, producer.commit):
            assert {where: at for where, at in admin.group_offsets(group).items() if at >= 0} == {}
            producer.begin()
            producer.send(target, *(b"<%s>" % each for each in values(came)))
            producer.send_offsets(member, {(source, 0): 10})
            end()
        # The broker answers before it has written the markers of the commit.
        wait_until(lambda: admin.group_offsets(group) == {(source, 0): 10}, "the offsets are committed")
    assert values(client.read(servers, target, committed_only=True)) == [b"<%d>" % number for number in range(10)]
    assert len(client.read(servers, target)) == 20


@pytest.mark.feature("Transactions", "Fencing")
def test_a_producer_is_fenced_by_its_successor(client: Client, servers: str, topic: str) -> None:
    """Whoever comes with the same transactional id takes over; what the zombie had open is aborted."""
    zombie = client.transactional(servers, topic)
    zombie.begin()
    zombie.send(topic, b"of the zombie")
    with contextlib.closing(client.transactional(servers, topic)) as successor:
        successor.begin()
        successor.send(topic, b"of the successor")
        with pytest.raises(Exception, match=_FENCED) as caught:  # each library has errors of its own
            zombie.commit()
        successor.commit()
    assert not isinstance(caught.value, AssertionError)
    assert values(client.read(servers, topic, committed_only=True)) == [b"of the successor"]
    with contextlib.suppress(Exception):
        zombie.close()


@pytest.mark.feature("Transactions", "Fencing")
def test_a_fenced_producer_of_another_library_is_kept_out_as_well(servers: str, topic: str) -> None:
    for first, second in zip(CLIENTS, (*CLIENTS[1:], CLIENTS[0]), strict=True):
        transactional_id = f"{topic}-{first.name}"
        zombie = first.transactional(servers, transactional_id)
        with contextlib.closing(second.transactional(servers, transactional_id)):
            zombie.begin()
            with pytest.raises(Exception, match=_FENCED):  # each library has errors of its own
                _send_and_commit(zombie, topic)
        with contextlib.suppress(Exception):
            zombie.close()
    with Confluent().admin(servers) as admin:
        assert admin.earliest_and_latest(topic, 0) == (0, 0)


def _send_and_commit(producer: TransactionalProducer, topic: str) -> None:
    producer.send(topic, b"too late")
    producer.commit()
