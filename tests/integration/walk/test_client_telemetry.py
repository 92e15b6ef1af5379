"""Client telemetry (KIP-714): subscriptions as configs, and what a client is told of them.

A broker offers it to clients only when a metrics reporter takes what they push, and Kafka brings none: a plug-in would
be needed to see clients use it by themselves, and to see metrics arrive. So the two requests are written here.
"""

from __future__ import annotations

import io
import socket
import struct
import uuid
from dataclasses import dataclass

import pytest

from .administration import admin, alter_configs, configs, set_configs

pytestmark = pytest.mark.feature("Configuration", "Client telemetry (KIP-714): client-metrics configs")

_PRODUCE, _API_VERSIONS, _GET_SUBSCRIPTIONS, _PUSH = 0, 18, 71, 72
_UNKNOWN_SUBSCRIPTION_ID = 117
_TIMEOUT_SECONDS = 30
_HEADER = struct.Struct(">hhih")  # key, version, correlation id, length of the client id


@dataclass(frozen=True)
class _Subscription:
    """What a client is told.

    Args:
        instance: Its id.
        number: The id of what it is subscribed to.
        interval_ms: How often it shall push.
        metrics: Prefixes of the metrics that are wanted.
    """

    instance: uuid.UUID
    number: int
    interval_ms: int
    metrics: tuple[str, ...]


def _call(servers: str, key: int, body: bytes, client_id: str) -> io.BytesIO:
    """Send a request of version 0 with flexible fields, and return the body of the response."""
    name = client_id.encode()
    response = _exchange(servers, _HEADER.pack(key, 0, 1, len(name)) + name + b"\0" + body + b"\0")
    assert response.read(5) == struct.pack(">ib", 1, 0)  # the correlation id, and no tagged fields
    return response


def _exchange(servers: str, request: bytes) -> io.BytesIO:
    host, _, port = servers.rpartition(":")
    with socket.create_connection((host, int(port)), _TIMEOUT_SECONDS) as connection, connection.makefile("rb") as came:
        connection.sendall(struct.pack(">i", len(request)) + request)
        (length,) = struct.unpack(">i", came.read(4))
        return io.BytesIO(came.read(length))


def _offered(servers: str) -> set[int]:
    """Ask which requests there are. Libraries know only those of the Kafka that they were made for."""
    response = _exchange(servers, _HEADER.pack(_API_VERSIONS, 0, 1, -1))
    _, error, count = struct.unpack(">ihi", response.read(10))
    assert error == 0
    return {struct.unpack(">hhh", response.read(6))[0] for _ in range(count)}


def _subscribe(servers: str, client_id: str) -> _Subscription:
    """Ask as a client that has no instance id yet, which is the id 0."""
    response = _call(servers, _GET_SUBSCRIPTIONS, bytes(16), client_id)
    _, error = struct.unpack(">ih", response.read(6))
    assert error == 0
    instance = uuid.UUID(bytes=response.read(16))
    (number,) = struct.unpack(">i", response.read(4))
    assert _length(response) == 4  # the compression types: zstd, lz4, gzip, snappy
    response.read(4)
    interval_ms, _, _ = struct.unpack(">ii?", response.read(9))
    metrics = tuple(response.read(_length(response)).decode() for _ in range(_length(response)))
    return _Subscription(instance, number, interval_ms, metrics)


def _length(response: io.BytesIO) -> int:
    """Read a compact length, which is one more than it says; ours are all below 127."""
    return response.read(1)[0] - 1


def _push(servers: str, client_id: str, instance: uuid.UUID, number: int) -> int:
    body = instance.bytes + struct.pack(">i?b", number, False, 0) + b"\x05data"
    _, error = struct.unpack(">ih", _call(servers, _PUSH, body, client_id).read(6))
    return int(error)


def test_a_client_is_told_what_its_subscriptions_ask_for(servers: str, topic: str) -> None:
    changes: dict[str, str | None] = {
        "metrics": "org.apache.kafka.producer.,org.apache.kafka.consumer.coordinator.",
        "interval.ms": "12345",
        "match": "client_id=walk-[0-9]+",
    }
    set_configs(servers, "CLIENT_METRICS", topic, changes)
    found = _subscribe(servers, "walk-1")
    assert found.interval_ms == 12345
    assert set(found.metrics) == set(str(changes["metrics"]).split(","))
    assert _subscribe(servers, "somebody-else").metrics == ()
    assert _push(servers, "walk-1", found.instance, found.number + 1) == _UNKNOWN_SUBSCRIPTION_ID
    assert alter_configs(servers, "CLIENT_METRICS", topic, dict.fromkeys(changes)) == "OK"
    assert _subscribe(servers, "walk-2").metrics == ()


def test_subscriptions_are_checked_and_listed(servers: str, topic: str) -> None:
    assert alter_configs(servers, "CLIENT_METRICS", topic, {"interval.ms": "1"}) != "OK"
    assert alter_configs(servers, "CLIENT_METRICS", topic, {"match": "client_id=["}) != "OK"
    set_configs(servers, "CLIENT_METRICS", topic, {"metrics": "*"})
    assert configs(servers, "CLIENT_METRICS", topic)["interval.ms"] == "300000"
    with admin(servers) as client:
        assert topic in str(client.list_config_resources(["CLIENT_METRICS"]))


def test_without_a_reporter_that_takes_metrics_the_broker_does_not_offer_it(servers: str) -> None:
    offered = _offered(servers)
    assert {_PRODUCE, _API_VERSIONS} <= offered
    assert not offered & {_GET_SUBSCRIPTIONS, _PUSH}
