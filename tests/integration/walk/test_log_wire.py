"""Versions of requests about records that Kafka 4 no longer has (KIP-896, KIP-724)."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record
from ..waiting import wait_until

if TYPE_CHECKING:
    from kafka_native.broker import Node

_FETCH = 1
_CLIENT_ID = b"old client"


def _ask(servers: str, api_key: int, version: int, body: bytes) -> bytes:
    """Send a request with a header of version 1, and return the answer without its size; nothing when refused."""
    host, _, port = servers.rpartition(":")
    header = struct.pack(">hhih", api_key, version, 1, len(_CLIENT_ID)) + _CLIENT_ID
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
        with connection.makefile("rb") as stream:
            size = stream.read(4)
            return stream.read(*struct.unpack(">i", size)) if size else b""


def _fetch_body(topic: bytes, version: int) -> bytes:
    isolation = b"\x00" if version >= 4 else b""
    limits = struct.pack(">iiii", -1, 1000, 1, 1_000_000) + isolation
    partition = struct.pack(">iqi", 0, 0, 1_000_000)
    return limits + struct.pack(">ih", 1, len(topic)) + topic + struct.pack(">i", 1) + partition


@pytest.mark.feature("Log", "Down-conversion is gone: old fetches are refused")
@pytest.mark.parametrize("version", [0, 2, 3])
def test_a_fetch_that_would_need_down_conversion_is_refused(version: int, node: Node, servers: str, topic: str) -> None:
    """The connection is closed, as for all versions that the broker does not have."""
    Confluent().produce(servers, topic, [Record(b"x")])
    assert _ask(servers, _FETCH, version, _fetch_body(topic.encode(), version)) == b""
    refused = f"Received request for api with key 1 (Fetch) and unsupported version {version}"
    wait_until(lambda: refused in node.log_file.read_text(encoding="utf-8"), "the broker says so")


@pytest.mark.feature("Log", "Down-conversion is gone: old fetches are refused")
def test_the_oldest_fetch_that_is_left_is_answered(servers: str, topic: str) -> None:
    Confluent().produce(servers, topic, [Record(b"what is fetched")])
    assert b"what is fetched" in _ask(servers, _FETCH, 4, _fetch_body(topic.encode(), 4))


@pytest.mark.feature("Log", "Down-conversion is gone: old fetches are refused")
def test_a_topic_cannot_ask_for_down_conversion(servers: str, topic: str) -> None:
    with Confluent().admin(servers) as admin, pytest.raises(Exception, match="Unknown topic config"):
        admin.create_topic(topic, configs={"message.downconversion.enable": "true"})
