"""The bench's messages against bytes made by hand from Kafka's protocol guide, and against another implementation."""

from __future__ import annotations

import socket
import struct
import threading
from typing import TYPE_CHECKING

import pytest
from kafka.record.memory_records import MemoryRecords

from kafka_native.bench import wire
from kafka_native.bench.load import LoadSpec, consume_for, prepare_batch, produce_bytes
from kafka_native.bench.wire import Connection
from kafka_native.errors import BenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = b"\x00\x01t"
"""The topic `t` as a string of the protocol."""


def _int(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}i", *numbers)


def _long(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}q", *numbers)


def test_metadata_request() -> None:
    assert wire.metadata("t") == (3, 4, b"\x00\x00\x00\x01\x00\x01t\x01")


def test_produce_request() -> None:
    expected = b"\xff\xff\xff\xff" + _int(30_000, 1) + _T + _int(2, 0, 2) + b"ab" + _int(5, 1) + b"c"
    assert wire.produce("t", {0: b"ab", 5: b"c"}) == (0, 7, expected)


def test_fetch_request() -> None:
    head = _int(-1, 500, 1, 4096) + b"\x00" + _int(0, -1, 1) + _T
    partition = _int(1, 3, -1) + _long(7, -1) + _int(4096)
    assert wire.fetch("t", {3: 7}, 4096) == (1, 10, head + partition + _int(0))


def test_list_offsets_request() -> None:
    assert wire.earliest_offsets("t", [4]) == (2, 1, _int(-1, 1) + _T + _int(1, 4) + _long(-2))


def test_leaders() -> None:
    brokers = _int(1, 1) + b"\x00\x04host" + _int(9092) + b"\xff\xff"
    partitions = b"\x00\x00" + _int(0, 1, 1, 1, 1, 1) + b"\x00\x05" + _int(1, -1, 0, 0)
    body = _int(0) + brokers + b"\x00\x02id" + _int(1, 1) + b"\x00\x00" + _T + b"\x00" + _int(2) + partitions
    assert wire.parse_leaders(memoryview(body)) == {0: 1, 1: -1}


def test_leaders_of_a_topic_that_is_not_there_yet() -> None:
    body = _int(0, 0) + b"\xff\xff" + _int(-1, 1) + b"\x00\x03" + _T + b"\x00" + _int(0)
    assert wire.parse_leaders(memoryview(body)) == {}


def test_produced() -> None:
    partitions = _int(0) + b"\x00\x00" + _long(5, -1, 0) + _int(1) + b"\x00\x06" + _long(-1, -1, -1)
    assert wire.parse_produced(memoryview(_int(1) + _T + _int(2) + partitions + _int(0))) == {0: 0, 1: 6}


def test_offsets() -> None:
    body = _int(1) + _T + _int(1, 2) + b"\x00\x00" + _long(-1, 42)
    assert wire.parse_offsets(memoryview(body)) == {2: 42}


def _fetched(records: bytes, error: int = 0, high_watermark: int = 9) -> bytes:
    partition = _int(0) + struct.pack(">h", error) + _long(high_watermark, 9, 0) + _int(-1, len(records)) + records
    return _int(0) + b"\x00\x00" + _int(0, 1) + _T + _int(1) + partition


def test_fetched_counts_whole_batches_only() -> None:
    batch = wire.record_batch([b"a", b"b", b"c"])
    second = struct.pack(">q", 3) + batch[8:]
    found = wire.parse_fetched(memoryview(_fetched(batch + second + batch[:30])))[0]
    assert found == wire.Fetched(0, 9, 6, 2 * len(batch) + 30)
    assert wire.parse_fetched(memoryview(_fetched(batch[:30])))[0].next_offset is None


def test_a_refused_fetch_brings_nothing() -> None:
    assert wire.parse_fetched(memoryview(_int(0) + b"\x00\x46" + _int(0, 0))) == {}


def test_a_record_batch_is_as_the_format_says() -> None:
    batch = wire.record_batch([b"v"], timestamp_ms=1)
    assert batch[:8] == bytes(8)  # base offset
    assert struct.unpack_from(">i", batch, 8) == (len(batch) - 12,)
    assert batch[16] == 2  # magic
    # CRC-32C (Castagnoli) of all that follows it, computed bit by bit.
    assert struct.unpack_from(">I", batch, 17)[0] == _crc32c(batch[21:])
    record = bytes([14, 0, 0, 0, 1, 2]) + b"v\x00"  # length, attributes, deltas, no key, value, no headers
    assert batch[61:] == record


def _crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


@pytest.mark.parametrize("codec", ["none", "lz4", "zstd"])
def test_batches_of_the_load_are_read_by_another_implementation(codec: wire.Codec) -> None:
    load = LoadSpec("t", 1, 1000, codec)
    batch = prepare_batch(load)
    records = MemoryRecords(batch)
    first = records.next_batch()
    assert first.validate_crc()
    assert [len(record.value) for record in first] == [1000] * load.records_per_batch
    assert not records.has_next()
    if codec != "none":
        assert 0.1 < len(batch) / load.bytes_per_batch < 0.7  # neither noise nor a single word


def test_a_batch_has_one_record_when_it_is_large() -> None:
    assert LoadSpec("t", 1, 100_000).records_per_batch == 1


@pytest.fixture
def served() -> Iterator[Callable[[Callable[[int, bytes], bytes]], Connection]]:
    """Return what serves a connection: each request's API key and body go to a function that returns the response."""
    ends: list[socket.socket] = []

    def serve(answer: Callable[[int, bytes], bytes]) -> Connection:
        ours, theirs = socket.socketpair()
        ends.extend((ours, theirs))
        threading.Thread(target=_serve, args=(theirs, answer), daemon=True).start()
        return Connection(ours)

    yield serve
    for each in ends:
        each.close()


def _serve(connection: socket.socket, answer: Callable[[int, bytes], bytes]) -> None:
    with connection.makefile("rb") as stream:
        while head := stream.read(4):
            request = stream.read(struct.unpack(">i", head)[0])
            api_key, _version, correlation_id, id_length = struct.unpack_from(">hhih", request)
            body = struct.pack(">i", correlation_id) + answer(api_key, request[10 + id_length :])
            connection.sendall(struct.pack(">i", len(body)) + body)


def test_produce_until_enough_is_written(
    served: Callable[[Callable[[int, bytes], bytes]], Connection],
) -> None:
    requests: list[bytes] = []

    def answer(api_key: int, body: bytes) -> bytes:
        requests.append(body)
        return _int(1) + _T + _int(1, 0) + b"\x00\x00" + _long(0, -1, 0) + _int(0)

    load = LoadSpec("t", 1, 1000)
    flow = produce_bytes(served(answer), load, prepare_batch(load), 10 * load.bytes_per_batch)
    assert flow.record_bytes == 10 * load.bytes_per_batch
    assert len(requests) == 10


def test_a_refused_batch_is_an_error(served: Callable[[Callable[[int, bytes], bytes]], Connection]) -> None:
    load = LoadSpec("t", 1, 1000)
    refusal = _int(1) + _T + _int(1, 0) + b"\x00\x4c" + _long(-1, -1, -1) + _int(0)
    with pytest.raises(BenchError, match="error 76"):
        produce_bytes(served(lambda *_: refusal), load, prepare_batch(load), 1000)


def test_consume_begins_again_at_the_end(served: Callable[[Callable[[int, bytes], bytes]], Connection]) -> None:
    load = LoadSpec("t", 1, 1000)
    batch = prepare_batch(load)
    asked: list[int] = []

    def answer(api_key: int, body: bytes) -> bytes:
        if api_key == 2:
            return _int(1) + _T + _int(1, 0) + b"\x00\x00" + _long(-1, 5)
        asked.append(struct.unpack_from(">q", body, len(body) - 24)[0])
        return _fetched(struct.pack(">q", 5) + batch[8:], high_watermark=5 + load.records_per_batch)

    flow = consume_for(served(answer), load, batch, 0.05)
    assert set(asked) == {5}
    assert flow.record_bytes == pytest.approx(len(asked) * load.bytes_per_batch, abs=len(asked))


def test_a_refused_read_is_an_error(served: Callable[[Callable[[int, bytes], bytes]], Connection]) -> None:
    def answer(api_key: int, body: bytes) -> bytes:
        earliest = _int(1) + _T + _int(1, 0) + b"\x00\x00" + _long(-1, 0)
        return earliest if api_key == 2 else _int(0) + b"\x00\x46" + _int(0, 0)

    with pytest.raises(BenchError, match="refused to read"):
        consume_for(served(answer), LoadSpec("t", 1, 1000), b"x" * 100, 5)


def test_a_response_out_of_order_is_told() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(_int(4, 7))
        with pytest.raises(ConnectionError, match="response 7"):
            Connection(ours).receive()


def test_a_node_that_hangs_up_is_told() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        with pytest.raises(ConnectionError, match="hung up"):
            Connection(ours).receive()
