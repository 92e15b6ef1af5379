"""The first acknowledged produce, against a listener that makes the client wait at each step."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest

from kafka_native.bench.node import FIRST_TOPIC, prepare
from kafka_native.bench.probe import first_produce, prepared_batch
from kafka_native.config import parse_properties
from kafka_native.errors import BenchError, BrokerError

if TYPE_CHECKING:
    from pathlib import Path

_LEADERS = (None, -1, 1)
"""What Metadata tells, one after the other: no such topic, no leader, a leader."""
_ERRORS = (6, 0)
"""What Produce tells: not the leader, then success."""


class _Listener:
    """Answers as a broker that is starting; `requests` are the API keys that came."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server
        self.requests: list[int] = []
        self._leaders, self._errors = iter(_LEADERS), iter(_ERRORS)

    def serve(self) -> None:
        first, _ = self._server.accept()
        first.close()  # a connection that is dropped is tried again
        connection, _ = self._server.accept()
        with connection, connection.makefile("rb") as stream:
            while head := stream.read(4):
                request = stream.read(struct.unpack(">i", head)[0])
                api_key, _version, correlation_id = struct.unpack_from(">hhi", request)
                self.requests.append(api_key)
                body = struct.pack(">i", correlation_id) + self._answer(api_key)
                connection.sendall(struct.pack(">i", len(body)) + body)

    def _answer(self, api_key: int) -> bytes:
        name = struct.pack(">h", len(FIRST_TOPIC)) + FIRST_TOPIC.encode()
        if api_key == 18:
            return bytes(6)
        if api_key == 3:
            leader = next(self._leaders)
            head = struct.pack(">iihii", 0, 0, -1, -1, 1) + bytes(2) + name + b"\x00"
            return head + (struct.pack(">ihiiii", 1, 0, 0, leader, 0, 0) if leader is not None else bytes(4))
        return struct.pack(">i", 1) + name + struct.pack(">iihqqqi", 1, 0, next(self._errors), 0, -1, 0, 0)


def test_it_waits_for_each_step_and_no_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = _Listener(server)
        threading.Thread(target=listener.serve, daemon=True).start()
        found = first_produce(
            server.getsockname()[1],
            prepared_batch(),
            topic=FIRST_TOPIC,
            started=time.perf_counter(),
            timeout_seconds=20,
            check=lambda: None,
        )
    assert listener.requests == [18, 3, 3, 3, 0, 0]
    assert 0 < found.connected <= found.answered <= found.leader_known <= found.acknowledged


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_it_gives_up_at_the_deadline() -> None:
    with pytest.raises(BenchError, match="too long"):
        first_produce(
            _closed_port(),
            b"",
            topic=FIRST_TOPIC,
            started=time.perf_counter(),
            timeout_seconds=0.02,
            check=lambda: None,
        )


def test_it_stops_when_the_node_is_gone() -> None:
    def gone() -> None:
        raise BrokerError("it ended")

    with pytest.raises(BrokerError, match="it ended"):
        first_produce(
            _closed_port(), b"", topic=FIRST_TOPIC, started=time.perf_counter(), timeout_seconds=60, check=gone
        )


def test_a_node_gets_the_development_defaults(tmp_path: Path) -> None:
    properties = parse_properties(prepare(tmp_path / "node").server_properties.read_text())
    assert properties["num.network.threads"] == "2"
    assert properties["log.dirs"] == str(tmp_path / "node" / "data")
    assert not (tmp_path / "node" / "data").exists()


def test_a_node_with_kafkas_defaults_gets_what_one_node_needs(tmp_path: Path) -> None:
    where = prepare(tmp_path / "node", kafka_defaults=True, properties={"num.partitions": "7"})
    properties = parse_properties(where.server_properties.read_text())
    assert "num.network.threads" not in properties
    assert "log.cleaner.dedupe.buffer.size" not in properties
    assert properties["offsets.topic.replication.factor"] == "1"
    assert properties["transaction.state.log.min.isr"] == "1"
    assert properties["num.partitions"] == "7"


def test_an_encrypted_node_has_one_client_listener(tmp_path: Path) -> None:
    where = prepare(tmp_path / "node", tls=True)
    properties = parse_properties(where.server_properties.read_text())
    assert properties["listeners"].startswith(f"SSL://127.0.0.1:{where.port},CONTROLLER://")
    assert where.server_properties.stat().st_mode & 0o777 == 0o600
