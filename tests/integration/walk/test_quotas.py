"""Quotas of every kind; what tells that one is enforced is the throttle time in the responses of the broker."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import confluent_kafka
import pytest
from kafka.protocol.admin import (
    AlterClientQuotasRequest,
    CreateTopicsRequest,
    DescribeClientQuotasRequest,
)

from ..adapters import Confluent, Record
from ..adapters.confluent import LOG
from ..waiting import wait_until
from .administration import admin, answers, send

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.feature("Configuration", "Quotas: bandwidth, request time, mutations, connections")

_Entity = dict[str, str | None]
"""Kinds of entities ("user", "client-id", "ip") and their names; None is the default of its kind."""

_CLIENT = "walker"
_USER = "ANONYMOUS"  # who a client of a PLAINTEXT listener is
_SLOW_BYTES_PER_SECOND = 1000.0
_TIMEOUT_SECONDS = 30
_ENTITIES: list[_Entity] = [
    {"client-id": _CLIENT},
    {"client-id": None},
    {"user": _USER},
    {"user": None},
    {"user": _USER, "client-id": _CLIENT},
    {"user": _USER, "client-id": None},
    {"user": None, "client-id": _CLIENT},
    {"user": None, "client-id": None},
]


def _alter(servers: str, entity: _Entity, changes: Mapping[str, float | None]) -> None:
    entry = AlterClientQuotasRequest.EntryData
    kinds = [entry.EntityData(entity_type=kind, entity_name=name) for kind, name in entity.items()]
    ops = [entry.OpData(key=key, value=value or 0.0, remove=value is None) for key, value in changes.items()]
    with admin(servers) as client:
        request = AlterClientQuotasRequest(entries=[entry(entity=kinds, ops=ops)], validate_only=False)
        (result,) = send(client, request).entries
    assert result.error_code == 0, result


def _described(servers: str, entity: _Entity) -> dict[str, float]:
    """Return the quotas of exactly this entity."""
    component = DescribeClientQuotasRequest.ComponentData
    components = [component(entity_type=kind, match_type=0 if name else 1, match=name) for kind, name in entity.items()]
    with admin(servers) as client:
        found = send(client, DescribeClientQuotasRequest(components=components, strict=True)).entries
    return {value.key: value.value for entry in found or [] for value in entry.values}


@contextlib.contextmanager
def _quota(servers: str, entity: _Entity, **quotas: float) -> Iterator[None]:
    _alter(servers, entity, quotas)
    wait_until(lambda: _described(servers, entity) == quotas, f"{entity} has {quotas}")
    try:
        yield
    finally:
        _alter(servers, entity, dict.fromkeys(quotas))
        wait_until(lambda: not _described(servers, entity), f"{entity} has no quota")


def _config(servers: str, throttled: list[int]) -> dict[str, Any]:
    return {
        "bootstrap.servers": servers,
        "client.id": _CLIENT,
        "throttle_cb": lambda event: throttled.append(event.throttle_time),
        "linger.ms": 0,
        "logger": LOG,
    }


def _throttled_while_producing(servers: str, topic: str, size: int) -> list[int]:
    """Produce some records, and return the throttle times that the broker told."""
    throttled: list[int] = []
    producer = confluent_kafka.Producer(_config(servers, throttled))
    for _ in range(3):
        producer.produce(topic, bytes(size))
        assert producer.flush(_TIMEOUT_SECONDS) == 0
        producer.poll(0)
    return [each for each in throttled if each > 0]


def _name(entity: _Entity) -> str:
    return "+".join(f"{kind}-{'default' if name is None else 'named'}" for kind, name in entity.items())


@pytest.mark.parametrize("entity", _ENTITIES, ids=_name)
def test_a_producer_is_slowed_down_by_the_quota_of_its_entity(entity: _Entity, servers: str, topic: str) -> None:
    with _quota(servers, entity, producer_byte_rate=_SLOW_BYTES_PER_SECOND):
        assert _throttled_while_producing(servers, topic, 8000)
    assert not _throttled_while_producing(servers, topic, 10)


def test_the_quota_of_the_more_exact_entity_wins(servers: str, topic: str) -> None:
    with (
        _quota(servers, {"client-id": None}, producer_byte_rate=_SLOW_BYTES_PER_SECOND),
        _quota(servers, {"user": _USER, "client-id": _CLIENT}, producer_byte_rate=1e9),
    ):
        assert not _throttled_while_producing(servers, topic, 8000)


def test_a_consumer_is_slowed_down(servers: str, topic: str) -> None:
    Confluent().produce(servers, topic, [Record(bytes(5000)) for _ in range(4)])
    throttled: list[int] = []
    config = _config(servers, throttled) | {"group.id": topic, "fetch.message.max.bytes": 6000}
    config.pop("linger.ms")
    with (
        _quota(servers, {"client-id": _CLIENT}, consumer_byte_rate=_SLOW_BYTES_PER_SECOND),
        contextlib.closing(confluent_kafka.Consumer(config)) as consumer,
    ):
        consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])

        def is_throttled() -> bool:
            consumer.poll(0.05)
            return any(throttled)

        wait_until(is_throttled, "the consumer is throttled", 60)


def test_a_client_is_slowed_down_by_the_time_that_its_requests_take(servers: str, topic: str) -> None:
    throttled: list[int] = []
    with _quota(servers, {"client-id": _CLIENT}, request_percentage=0.001):

        def is_throttled() -> bool:
            throttled.extend(_throttled_while_producing(servers, topic, 10))
            return bool(throttled)

        wait_until(is_throttled, "the client is throttled", 60)


def test_a_client_that_creates_too_many_partitions_is_refused(servers: str, topic: str) -> None:
    """KIP-599: the first request may overdraw the account, and the next is refused."""
    new = CreateTopicsRequest.CreatableTopic
    with (
        _quota(servers, {"client-id": _CLIENT}, controller_mutation_rate=1.0),
        admin(servers, client_id=_CLIENT) as client,
    ):
        answers = [
            send(
                client,
                CreateTopicsRequest(
                    topics=[new(name=f"{topic}-{number}", num_partitions=30, replication_factor=1)],
                    timeout_ms=10_000,
                    validate_only=False,
                ),
            )
            for number in range(2)
        ]
    codes = [answer.topics[0].error_code for answer in answers]
    assert codes == [0, 89]  # THROTTLING_QUOTA_EXCEEDED
    assert answers[1].throttle_time_ms > 0


def test_an_address_that_connects_too_often_is_kept_out(servers: str) -> None:
    """KIP-612: a connection above the rate is closed without an answer."""
    assert all(answers(servers) for _ in range(5))
    with _quota(servers, {"ip": "127.0.0.1"}, connection_creation_rate=1.0):
        wait_until(lambda: not answers(servers), "a connection is closed", 60)
    wait_until(lambda: answers(servers), "connections are accepted again", 60)
