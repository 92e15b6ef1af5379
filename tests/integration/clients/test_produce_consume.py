"""Records through the broker, by all clients and codecs, and what the broker makes of them on disk."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from ..adapters import CLIENTS, Confluent, Record, values
from ..log_segments import CODECS, record_batches

if TYPE_CHECKING:
    from kafka_native.broker import Node

    from ..adapters import Client

pytestmark = pytest.mark.trace

_COUNT = 200
_FIRST_TIMESTAMP_MS = 1_700_000_000_000
_LARGE_BYTES = 5_000_000
_LARGE_LIMIT_BYTES = 6_000_000
_HEADERS = (("twice", b"1"), ("twice", b"\x00\xff"), ("empty", b""), ("compresses", b"well" * 60))
_TOPIC_CODECS = ("gzip", "snappy", "lz4", "zstd", "uncompressed", "producer")


def _sample(count: int = _COUNT) -> list[Record]:
    """Return records that differ in everything a record has; some have no key, some no value.

    Each compresses well by itself: clients send a batch as it is when compressing makes it larger, and under load a
    batch may hold one record only.
    """
    return [
        Record(
            value=f"value {number} ".encode() * 20 if number % 9 != 1 else None,
            key=f"key-{number % 7}".encode() if number % 3 else None,
            headers=(*_HEADERS, ("número", str(number).encode())),
            timestamp_ms=_FIRST_TIMESTAMP_MS + number,
        )
        for number in range(count)
    ]


def _stored(records: list[Record]) -> list[Record]:
    return [
        Record(each.value, each.key, each.headers, each.timestamp_ms, each.partition, offset)
        for offset, each in enumerate(records)
    ]


@pytest.mark.parametrize("codec", CODECS)
def test_what_a_client_produces_it_consumes(client: Client, codec: str, node: Node, servers: str, topic: str) -> None:
    """Values, keys, headers, timestamps and order are as they were, and the codec is the one asked for."""
    sent = _sample()
    assert client.produce(servers, topic, sent, codec=codec) == list(range(_COUNT))
    assert {each.codec for each in record_batches(node.data_dir, topic)} == {codec}
    assert client.read(servers, topic) == _stored(sent)


@pytest.mark.parametrize("codec", CODECS)
def test_every_client_reads_what_the_others_compressed(codec: str, servers: str, topic: str) -> None:
    sent = [
        Record(f"{producer.name} {number}".encode() * 20, headers=(("by", producer.name.encode()),))
        for producer in CLIENTS
        for number in range(50)
    ]
    for index, producer in enumerate(CLIENTS):
        producer.produce(servers, topic, sent[index * 50 : index * 50 + 50], codec=codec)
    for consumer in CLIENTS:
        read = consumer.read(servers, topic)
        assert [(each.value, each.headers) for each in read] == [(each.value, each.headers) for each in sent]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("topic_codec", _TOPIC_CODECS)
def test_the_topic_decides_how_records_are_stored(
    topic_codec: str, codec: str, node: Node, servers: str, topic: str
) -> None:
    """The broker recompresses what comes in another codec than `compression.type` of the topic."""
    expected = {"uncompressed": "none", "producer": codec}.get(topic_codec, topic_codec)
    confluent = Confluent()
    with confluent.admin(servers) as admin:
        admin.create_topic(topic, configs={"compression.type": topic_codec})
    sent = _sample()
    confluent.produce(servers, topic, sent, codec=codec)
    batches = record_batches(node.data_dir, topic)
    assert {each.codec for each in batches} == {expected}
    assert sum(each.count for each in batches) == _COUNT
    assert confluent.read(servers, topic) == _stored(sent)


def test_records_that_the_broker_recompressed_reach_every_client(client: Client, servers: str, topic: str) -> None:
    """One partition in which each batch was sent in another codec, and the topic had another `compression.type`."""
    sent = []
    with client.admin(servers) as admin:
        admin.create_topic(topic)
        for topic_codec, codec in zip(_TOPIC_CODECS, reversed([*CODECS, "gzip"]), strict=True):
            admin.alter_topic_config(topic, {"compression.type": topic_codec})
            records = [Record(f"{topic_codec} {codec} {number}".encode() * 10) for number in range(20)]
            client.produce(servers, topic, records, codec=codec)
            sent += records
    for consumer in CLIENTS:
        assert values(consumer.read(servers, topic)) == values(sent)


@pytest.mark.parametrize(("codec", "levels"), [("gzip", ("1", "9")), ("lz4", ("1", "17")), ("zstd", ("-131072", "22"))])
def test_the_topic_decides_how_hard_to_compress(  # KIP-390
    codec: str, levels: tuple[str, str], node: Node, servers: str, topic: str
) -> None:
    words = random.Random(1)  # noqa: S311 - the same text each time
    sent = [Record(b" ".join(b"%d" % words.randrange(5000) for _ in range(500))) for _ in range(40)]
    sizes = {}
    for level in levels:
        configs = {"compression.type": codec, f"compression.{codec}.level": level}
        with Confluent().admin(servers) as admin:
            admin.create_topic(f"{topic}{level}", configs=configs)
        Confluent().produce(servers, f"{topic}{level}", sent)
        sizes[level] = sum(each.size_bytes for each in record_batches(node.data_dir, f"{topic}{level}"))
        assert values(Confluent().read(servers, f"{topic}{level}")) == values(sent)
    assert sizes[levels[1]] < 0.95 * sizes[levels[0]]


@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_large_messages_pass_where_the_topic_allows_them(client: Client, codec: str, servers: str, topic: str) -> None:
    payload = random.Random(2).randbytes(_LARGE_BYTES)  # noqa: S311 - the same bytes each time
    sent = [Record(payload, b"large"), Record(b"small")]
    with client.admin(servers) as admin:
        admin.create_topic(topic, configs={"max.message.bytes": str(_LARGE_LIMIT_BYTES)})
    client.produce(servers, topic, sent, codec=codec, max_request_bytes=_LARGE_LIMIT_BYTES)
    assert values(client.read(servers, topic)) == values(sent)


def test_a_message_above_the_limit_of_the_topic_is_refused(client: Client, servers: str, topic: str) -> None:
    with client.admin(servers) as admin:
        admin.create_topic(topic, configs={"max.message.bytes": "100000"})
    with pytest.raises(Exception, match=r"(?i)MSG_SIZE_TOO_LARGE|MessageSizeTooLarge"):
        client.produce(servers, topic, [Record(bytes(200_000))])
    client.produce(servers, topic, [Record(b"small")])
    assert values(client.read(servers, topic)) == [b"small"]


@pytest.mark.feature("Transactions", "Idempotent producers")
def test_an_idempotent_producer_numbers_its_records_without_a_gap(
    client: Client, node: Node, servers: str, topic: str
) -> None:
    """The broker stored a producer id, and sequence numbers that follow one another."""
    sent = [Record(str(number).encode()) for number in range(2000)]
    client.produce(servers, topic, sent, idempotent=True)
    assert values(client.read(servers, topic)) == values(sent)
    batches = record_batches(node.data_dir, topic)
    (producer_id,) = {each.producer_id for each in batches}
    assert producer_id >= 0
    assert [each.base_sequence for each in batches] == [each.base_offset for each in batches]


@pytest.mark.feature("Transactions", "Idempotent producers")
def test_a_producer_that_is_not_idempotent_has_no_producer_id(
    client: Client, node: Node, servers: str, topic: str
) -> None:
    client.produce(servers, topic, [Record(b"x")])
    assert [each.producer_id for each in record_batches(node.data_dir, topic)] == [-1]


def test_the_broker_sets_the_timestamps_when_the_topic_says_so(
    client: Client, node: Node, servers: str, topic: str
) -> None:
    with client.admin(servers) as admin:
        admin.create_topic(topic, configs={"message.timestamp.type": "LogAppendTime"})
    before_ms = int(time.time() * 1000)
    client.produce(servers, topic, [Record(b"x", timestamp_ms=_FIRST_TIMESTAMP_MS)] * 3)
    after_ms = int(time.time() * 1000)
    assert all(each.log_append_time for each in record_batches(node.data_dir, topic))
    read = client.read(servers, topic)
    assert len(read) == 3
    assert all(before_ms <= (each.timestamp_ms or 0) <= after_ms for each in read)


def test_records_stay_in_the_partition_they_were_sent_to(client: Client, servers: str, topic: str) -> None:
    with client.admin(servers) as admin:
        admin.create_topic(topic, 5)
    sent = [Record(f"{number}".encode(), partition=number % 5) for number in range(100)]
    client.produce(servers, topic, sent)
    read = client.read(servers, topic)
    assert {each: [record.value for record in read if record.partition == each] for each in range(5)} == {
        each: [b"%d" % number for number in range(each, 100, 5)] for each in range(5)
    }
