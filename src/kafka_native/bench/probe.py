"""The first acknowledged produce of a node that is starting: what a client gets that never waits longer than it must.

It polls every 2 ms: for the listener, for the leader of a topic that is created on the way, and for the acknowledgement
of one record with acks=all.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native.bench import wire
from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FirstProduce", "first_produce", "prepared_batch"]

_PAUSE_SECONDS = 0.002
_REPLY_SECONDS = 30.0


@dataclass(frozen=True)
class FirstProduce:
    """When the client got how far, in seconds since `started`.

    Args:
        connected: The listener accepted the connection.
        answered: ApiVersions was answered.
        leader_known: The topic was there, and had a leader.
        acknowledged: The record was acknowledged.
    """

    connected: float
    answered: float
    leader_known: float
    acknowledged: float


def prepared_batch() -> bytes:
    """Return the batch of the one record that is sent, so that making it is not measured."""
    return wire.record_batch([b"x" * 100])


def first_produce(
    port: int,
    batch: bytes,
    *,
    topic: str,
    started: float,
    timeout_seconds: float,
    check: Callable[[], None],
    tls: bool = False,
) -> FirstProduce:
    """Produce one record as early as the node allows.

    Args:
        port: Its client listener, on 127.0.0.1.
        batch: See `prepared_batch`.
        topic: Where to; the node creates it.
        started: The beginning, as `time.perf_counter` tells it.
        timeout_seconds: How long it may take since then.
        check: Called between attempts; raises when the node is gone.
        tls: Whether the listener encrypts.

    Raises:
        BenchError: When it takes too long.
    """
    deadline = started + timeout_seconds
    while True:
        try:
            return _attempt(port, batch, topic, started, deadline, tls=tls)
        except (OSError, ConnectionError):
            check()
            _pause(deadline)


def _attempt(port: int, batch: bytes, topic: str, started: float, deadline: float, *, tls: bool) -> FirstProduce:
    with wire.connect("127.0.0.1", port, _REPLY_SECONDS, tls=tls) as connection:
        connected = time.perf_counter()
        connection.call(wire.api_versions())
        answered = time.perf_counter()
        while wire.parse_leaders(connection.call(wire.metadata(topic))).get(0, -1) < 0:
            _pause(deadline)
        leader_known = time.perf_counter()
        while wire.parse_produced(connection.call(wire.produce(topic, {0: batch})))[0] != 0:
            _pause(deadline)
        moments = (connected, answered, leader_known, time.perf_counter())
    return FirstProduce(*(each - started for each in moments))


def _pause(deadline: float) -> None:
    if time.perf_counter() > deadline:
        raise BenchError(
            "waiting for the first acknowledged produce: it took too long", hint="see the end of the node's log"
        )
    time.sleep(_PAUSE_SECONDS)
