"""Asks a node whether it serves, by Kafka's own protocol: ApiVersions, then, of a broker, Metadata.

ApiVersions tells that the listener is served. Metadata tells that the node is registered and unfenced, from when on
topics can be created, and to which cluster it belongs: on that port another broker may have been faster. Controllers do
not serve Metadata, and answer ApiVersions before their quorum has a leader.
The messages are those of https://kafka.apache.org/protocol (ApiVersions v0, Metadata v2).
"""

from __future__ import annotations

import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Answer", "ask"]

_API_VERSIONS = 18
_METADATA = 3
_CLIENT_ID = b"kafka-native"
_LONGEST_REPLY_BYTES = 1 << 20
_CORRELATION_BYTES = 4
_NO_TOPICS = struct.pack(">i", 0)


@dataclass(frozen=True)
class Answer:
    """What a node answered.

    Args:
        node_ids: The unfenced brokers that it knows; None when the listener asks for credentials first, and of a
            node that is only a controller.
        cluster_id: Its cluster id; None in the same cases.
    """

    node_ids: frozenset[int] | None = None
    cluster_id: str | None = None


def ask(
    host: str,
    port: int,
    protocol: str = "PLAINTEXT",
    timeout_seconds: float = 0.25,
    *,
    only_controller: bool = False,
) -> Answer | None:
    """Ask a node once.

    Args:
        host: Where it listens.
        port: Its client listener; its controller listener when it has no other.
        protocol: The security protocol of the listener. With SASL only ApiVersions can be asked; certificates are not
            checked, since nothing but "does it answer" is asked.
        timeout_seconds: How long to wait for each reply.
        only_controller: Whether it serves no clients, so that only ApiVersions can be asked.

    Returns:
        The answer, or None when there was none.
    """
    try:
        with _connected(host, port, protocol, timeout_seconds) as connection:
            _call(connection, _API_VERSIONS, 0, b"")
            if only_controller or protocol.startswith("SASL"):
                return Answer()
            return _parse_metadata(_call(connection, _METADATA, 2, _NO_TOPICS))
    except (OSError, struct.error, ValueError):
        return None


@contextlib.contextmanager
def _connected(host: str, port: int, protocol: str, timeout_seconds: float) -> Iterator[socket.socket]:
    with socket.create_connection((host, port), timeout_seconds) as plain:
        if not protocol.endswith("SSL"):
            yield plain
            return
        import ssl  # noqa: PLC0415 - few need it, and it takes long to load

        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=host) as encrypted:
            yield encrypted


def _call(connection: socket.socket, api_key: int, version: int, body: bytes) -> bytes:
    """Send a request with header v1 and return the body of the response (header v0)."""
    header = struct.pack(">hhih", api_key, version, 0, len(_CLIENT_ID)) + _CLIENT_ID
    connection.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
    (size,) = struct.unpack(">i", _receive(connection, 4))
    if not _CORRELATION_BYTES <= size <= _LONGEST_REPLY_BYTES:
        raise ValueError(size)
    return _receive(connection, size)[_CORRELATION_BYTES:]


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        block = connection.recv(size - len(data))
        if not block:
            raise ConnectionError
        data += block
    return data


def _parse_metadata(body: bytes) -> Answer:
    (nodes,) = struct.unpack_from(">i", body)
    at, node_ids = 4, set()
    for _ in range(nodes):
        node_ids.add(struct.unpack_from(">i", body, at)[0])
        _, at = _string(body, at + 4)  # its host
        _, at = _string(body, at + 4)  # its rack, after its port
    cluster_id, _ = _string(body, at)
    return Answer(frozenset(node_ids), cluster_id)


def _string(body: bytes, at: int) -> tuple[str | None, int]:
    (length,) = struct.unpack_from(">h", body, at)
    start = at + 2
    if length < 0:
        return None, start
    return body[start : start + length].decode(), start + length
