"""Transactions that end otherwise than by their producer, both versions of the protocol, and Kafka's tool."""

from __future__ import annotations

import contextlib
import functools
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import confluent_kafka
import kafka.errors
import pytest
from kafka.protocol.producer import InitProducerIdRequest, ProduceRequest
from kafka.record import MemoryRecordsBuilder

from ..adapters import Confluent, Record, values
from ..adapters.confluent import LOG
from ..waiting import wait_until
from .administration import admin, send

if TYPE_CHECKING:
    from ..conftest import StartNode
    from ..java_tools import JavaTools

PROPERTIES = {
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "100",
    # Without it the broker takes only what the coordinator knows, and there can be no hanging transaction.
    "transaction.partition.verification.enable": "false",
}
_PROGRAM = str(Path(__file__).parent / "java" / "TransactionalProducer.java")
_TOOL = "org.apache.kafka.tools.TransactionsCommand"
_TIMEOUT_SECONDS = 30
_HOUR_MS = 3_600_000


def _open_transaction(servers: str, topic: str, *, timeout_ms: int = 60_000) -> Any:
    """Return a producer that has written a record in a transaction that is open."""
    config = {
        "bootstrap.servers": servers,
        "transactional.id": topic,
        "transaction.timeout.ms": timeout_ms,
        "logger": LOG,
    }
    producer = confluent_kafka.Producer(config)
    producer.init_transactions(_TIMEOUT_SECONDS)
    producer.begin_transaction()
    producer.produce(topic, b"open")
    assert producer.flush(_TIMEOUT_SECONDS) == 0
    return producer


def _transaction(servers: str, transactional_id: str) -> Any:
    with admin(servers) as client:
        return client.describe_transactions([transactional_id])[transactional_id]


def _committed(servers: str, topic: str) -> list[bytes]:
    return values(Confluent().read(servers, topic, committed_only=True))


def _wait_for_committed(servers: str, topic: str, *expected: bytes) -> None:
    wait_until(lambda: _committed(servers, topic) == list(expected), f"consumers can read {expected}")


@pytest.mark.feature("Transactions", "Time-out of a transaction")
def test_a_transaction_that_takes_too_long_is_aborted_by_the_coordinator(servers: str, topic: str) -> None:
    producer = _open_transaction(servers, topic, timeout_ms=1000)
    Confluent().produce(servers, topic, [Record(b"outside")])
    assert _transaction(servers, topic).transaction_timeout_ms == 1000
    _wait_for_committed(servers, topic, b"outside")
    assert _transaction(servers, topic).state == "CompleteAbort"
    with pytest.raises(confluent_kafka.KafkaException, match=r"(?i)fenced|INVALID_PRODUCER_EPOCH"):
        producer.commit_transaction(_TIMEOUT_SECONDS)


@pytest.mark.feature("Transactions", "Kafka's tool for transactions: list, describe, describe-producers")
def test_the_tool_shows_a_transaction_that_is_open(servers: str, topic: str, tools: JavaTools) -> None:
    producer = _open_transaction(servers, topic)
    tool = functools.partial(tools.must, _TOOL, "--bootstrap-server", servers)
    found = _transaction(servers, topic)
    assert (found.state, {each.topic for each in found.topic_partitions}) == ("Ongoing", {topic})
    listed = _row(tool("list", "--transactional-id-pattern", ".*the.tool.*"), topic)
    assert listed[1:] == ["1", str(found.producer_id), "Ongoing"]
    assert _row(tool("describe", "--transactional-id", topic), "1")[1] == topic
    producers = _row(tool("describe-producers", "--topic", topic, "--partition", "0"), str(found.producer_id))
    assert producers[-1] == "0"  # CurrentTransactionStartOffset
    producer.abort_transaction(_TIMEOUT_SECONDS)


@pytest.mark.feature("Transactions", "Kafka's tool for transactions: forceTerminateTransaction")
def test_the_tool_ends_a_transaction_by_force(servers: str, topic: str, tools: JavaTools) -> None:
    producer = _open_transaction(servers, topic)
    Confluent().produce(servers, topic, [Record(b"outside")])
    assert _committed(servers, topic) == []
    tools.must(_TOOL, "--bootstrap-server", servers, "forceTerminateTransaction", "--transactionalId", topic)
    _wait_for_committed(servers, topic, b"outside")
    assert _transaction(servers, topic).state in ("CompleteAbort", "Empty")
    with pytest.raises(confluent_kafka.KafkaException, match=r"(?i)fenced|INVALID_PRODUCER_EPOCH"):
        producer.commit_transaction(_TIMEOUT_SECONDS)


@pytest.mark.feature("Transactions", "Kafka's tool for transactions: find-hanging, abort")
def test_a_hanging_transaction_is_found_and_aborted(servers: str, topic: str, tools: JavaTools) -> None:
    """Records of a transaction that no coordinator knows, as a defect of Kafka's once left them (KIP-664)."""
    Confluent().produce(servers, topic, [Record(b"before")])
    producer_id = _write_hanging(servers, topic)
    Confluent().produce(servers, topic, [Record(b"after")])
    assert _committed(servers, topic) == [b"before"]
    tool = functools.partial(tools.must, _TOOL, "--bootstrap-server", servers)
    found = tool("find-hanging", "--broker-id", "1")
    assert _row(found, topic)[1:3] == ["0", str(producer_id)]
    tool("abort", "--topic", topic, "--partition", "0", "--start-offset", "1")
    _wait_for_committed(servers, topic, b"before", b"after")
    assert topic not in tool("find-hanging", "--broker-id", "1")


def _write_hanging(servers: str, topic: str) -> int:
    """Write a transactional record of an hour ago without adding the partition to a transaction."""
    with admin(servers) as client:
        got = send(
            client,
            InitProducerIdRequest(
                transactional_id=None, transaction_timeout_ms=0, producer_id=-1, producer_epoch=-1, max_version=4
            ),
        )
        records = MemoryRecordsBuilder(
            magic=2,
            compression_type=0,
            batch_size=1000,
            transactional=True,
            producer_id=got.producer_id,
            producer_epoch=got.producer_epoch,
            base_sequence=0,
        )
        records.append(timestamp=int(time.time() * 1000) - _HOUR_MS, key=None, value=b"hanging")
        records.close()
        data = ProduceRequest.TopicProduceData
        partition = data.PartitionProduceData(index=0, records=records.buffer())
        request = ProduceRequest(
            transactional_id=f"{topic}-hanging",
            acks=-1,
            timeout_ms=10_000,
            topic_data=[data(name=topic, partition_data=[partition])],
            max_version=9,
        )
        (response,) = send(client, request).responses
        assert response.partition_responses[0].error_code == 0
    return int(got.producer_id)


def _row(output: str, of: str) -> list[str]:
    """Return the cells of the line of a table in which one of the first two cells is this."""
    rows = [line.split() for line in output.splitlines()]
    (found,) = (row for row in rows if of in row[:2])
    return found


@pytest.mark.feature("Transactions", "Transactions v1 and v2 (feature transaction.version)")
@pytest.mark.parametrize("level", [2, 1, 0])
def test_with_version_2_each_transaction_has_an_epoch_of_its_own(
    level: int, start: StartNode, topic: str, tools: JavaTools
) -> None:
    """KIP-890; the cluster is downgraded with Kafka's tool for features, to one below, and to none."""
    servers = start(ephemeral=True).bootstrap_servers
    if level < 2:
        output = tools.must(
            "org.apache.kafka.tools.FeatureCommand",
            "--bootstrap-server",
            servers,
            "downgrade",
            "--feature",
            f"transaction.version={level}",
        )
        assert f"transaction.version was downgraded to {level}" in output
    tools.must(_PROGRAM, servers, topic, topic, "a", "b", "!aborted", "c")
    assert _committed(servers, topic) == [b"a", b"b", b"c"]
    epoch = _transaction(servers, topic).producer_epoch
    assert epoch >= 4 if level == 2 else epoch == 0


@pytest.mark.feature("Transactions", "Expiration of transactional ids")
def test_a_transactional_id_is_forgotten_when_it_is_not_used(start: StartNode, topic: str) -> None:
    properties = {
        "transactional.id.expiration.ms": "1000",
        "transaction.remove.expired.transaction.cleanup.interval.ms": "100",
    }
    servers = start(properties=properties, ephemeral=True).bootstrap_servers
    with contextlib.closing(Confluent().transactional(servers, topic)) as producer:
        producer.begin()
        producer.send(topic, b"x")
        producer.commit()
    wait_until(lambda: _is_forgotten(servers, topic), "the transactional id is forgotten")
    assert _committed(servers, topic) == [b"x"]
    with contextlib.closing(Confluent().transactional(servers, topic)) as producer:
        producer.begin()
        producer.send(topic, b"again")
        producer.commit()
    _wait_for_committed(servers, topic, b"x", b"again")


def _is_forgotten(servers: str, transactional_id: str) -> bool:
    try:
        _transaction(servers, transactional_id)
    except kafka.errors.KafkaError as error:
        assert error.errno == 105, error  # noqa: PT017 - TRANSACTIONAL_ID_NOT_FOUND is what is waited for
        return True
    return False
