"""What a client of an image does: kafka-python, in this process, against published ports."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["create_topic", "produce", "produce_megabytes", "read", "round_trip"]

_SECONDS = 30
_PRODUCE_SECONDS = 120
_POLL_MS = 100
_BLOCK_BYTES = 500_000


def create_topic(
    config: Mapping[str, Any], topic: str, *, replicas: int = 1, properties: Mapping[str, str] | None = None
) -> None:
    """Create a topic of one partition and see it succeed."""
    # Imported late, as everywhere here: only a test needs a client.
    import kafka  # noqa: PLC0415

    options = {"num_partitions": 1, "replication_factor": replicas, "configs": dict(properties or {})}
    with contextlib.closing(kafka.KafkaAdminClient(**config)) as admin:
        admin.create_topics({topic: options}, wait_for_metadata=True)


def produce(config: Mapping[str, Any], topic: str, values: Sequence[bytes]) -> None:
    """Produce records and see all acknowledged by all replicas in sync, within two minutes altogether."""
    import kafka  # noqa: PLC0415

    producer = kafka.KafkaProducer(acks="all", linger_ms=1, max_block_ms=_SECONDS * 1000, **config)
    with contextlib.closing(producer):
        deadline = time.monotonic() + _PRODUCE_SECONDS
        for sent in [producer.send(topic, value) for value in values]:
            sent.get(max(0.0, deadline - time.monotonic()))


def produce_megabytes(config: Mapping[str, Any], topic: str, megabytes: int) -> None:
    """Produce this much, in records of half a megabyte."""
    produce(config, topic, [bytes(_BLOCK_BYTES)] * (megabytes * 1_000_000 // _BLOCK_BYTES))


def read(config: Mapping[str, Any], topic: str, count: int) -> list[bytes]:
    """Read records from the beginning, at most as many as are there within half a minute."""
    import kafka  # noqa: PLC0415

    consumer = kafka.KafkaConsumer(enable_auto_commit=False, fetch_max_wait_ms=50, **config)
    with contextlib.closing(consumer):
        partitions = [kafka.TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        values: list[bytes] = []
        deadline = time.monotonic() + _SECONDS
        while len(values) < count and time.monotonic() < deadline:
            for records in consumer.poll(_POLL_MS).values():
                values += [record.value for record in records]
    return values


def round_trip(config: Mapping[str, Any], topic: str, *, replicas: int = 1) -> None:
    """Create a topic, produce to it, and read the same back.

    Raises:
        AssertionError: When something else is read.
    """
    create_topic(config, topic, replicas=replicas)
    sent = [f"record {number}".encode() for number in range(10)]
    produce(config, topic, sent)
    found = read(config, topic, len(sent))
    if found != sent:
        raise AssertionError(f"{len(sent)} records were produced to {topic}, and {found!r} was read")
