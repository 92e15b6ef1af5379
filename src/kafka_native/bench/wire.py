"""The few messages of Kafka's protocol that the bench sends, over one plain or encrypted connection.

A client library has pauses, threads and caches of its own, which would be measured as well; this has none. The messages
are those of https://kafka.apache.org/protocol, in old versions that Kafka 4 serves (KIP-896): ApiVersions v0,
Metadata v4, ListOffsets v1, and Produce v7 and Fetch v10, the oldest that take zstd (KIP-110).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "CODECS",
    "Codec",
    "Connection",
    "Fetched",
    "api_versions",
    "connect",
    "earliest_offsets",
    "fetch",
    "metadata",
    "parse_fetched",
    "parse_leaders",
    "parse_offsets",
    "parse_produced",
    "produce",
    "record_batch",
]

Codec = Literal["none", "lz4", "zstd"]

_PRODUCE, _FETCH, _LIST_OFFSETS, _METADATA, _API_VERSIONS = 0, 1, 2, 3, 18
_EARLIEST = -2
_CLIENT_ID = b"kafka-native-bench"
CODECS: dict[Codec, int] = {"none": 0, "lz4": 3, "zstd": 4}
"""The attribute of a record batch that tells how it is compressed."""

_ACKS_ALL = -1
_SERVER_WAIT_MS = 30_000
_FETCH_WAIT_MS = 500
_LAST_OFFSET_DELTA_AT = 23
_BATCH_OVERHEAD_BYTES = 12
"""Base offset and length, which the length of a batch does not count."""


class Connection:
    """Sends requests and reads the responses, which come in the order of the requests.

    Args:
        stream: A connected socket, plain or encrypted.
    """

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._sent = 0
        self._received = 0

    def send(self, request: tuple[int, int, bytes]) -> None:
        """Send a request with header v1.

        Args:
            request: Its API key, its version and its body.
        """
        api_key, version, body = request
        header = struct.pack(">hhih", api_key, version, self._sent, len(_CLIENT_ID)) + _CLIENT_ID
        self._stream.sendall(struct.pack(">i", len(header) + len(body)) + header + body)
        self._sent += 1

    def receive(self) -> memoryview:
        """Return the body of the next response (header v0).

        Raises:
            ConnectionError: When the node hangs up, or answers something else.
        """
        (size,) = struct.unpack(">i", self._read(4))
        response = self._read(size)
        (correlation_id,) = struct.unpack_from(">i", response)
        if correlation_id != self._received:
            raise ConnectionError(f"response {correlation_id} came where {self._received} was due")
        self._received += 1
        return response[4:]

    def call(self, request: tuple[int, int, bytes]) -> memoryview:
        """Send a request and return the body of its response."""
        self.send(request)
        return self.receive()

    def _read(self, size: int) -> memoryview:
        buffer = memoryview(bytearray(size))
        filled = 0
        while filled < size:
            count = self._stream.recv_into(buffer[filled:])
            if not count:
                raise ConnectionError("the node hung up")
            filled += count
        return buffer


@contextlib.contextmanager
def connect(host: str, port: int, timeout_seconds: float, *, tls: bool = False) -> Iterator[Connection]:
    """Connect to a listener.

    Args:
        host: Where it listens.
        port: Its port.
        timeout_seconds: How long to wait for the connection, and for each response.
        tls: Whether to encrypt. The certificate is not checked: it is the bench's own.

    Raises:
        OSError: When nobody listens (yet).
    """
    with socket.create_connection((host, port), timeout_seconds) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not tls:
            yield Connection(plain)
            return
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=host) as encrypted:
            yield Connection(encrypted)


def api_versions() -> tuple[int, int, bytes]:
    """Return the request that asks what a node speaks."""
    return _API_VERSIONS, 0, b""


def metadata(topic: str) -> tuple[int, int, bytes]:
    """Return the request that asks for the leaders of a topic, and has it created when it is missing."""
    return _METADATA, 4, struct.pack(">i", 1) + _string(topic) + b"\x01"


def produce(topic: str, batches: Mapping[int, bytes]) -> tuple[int, int, bytes]:
    """Return the request that appends one record batch to each partition, with acks=all."""
    head = struct.pack(">hhii", -1, _ACKS_ALL, _SERVER_WAIT_MS, 1) + _string(topic) + struct.pack(">i", len(batches))
    parts = (struct.pack(">ii", partition, len(batch)) + batch for partition, batch in batches.items())
    return _PRODUCE, 7, head + b"".join(parts)


def fetch(topic: str, offsets: Mapping[int, int], max_bytes: int) -> tuple[int, int, bytes]:
    """Return the request that reads from each partition, outside of any session (KIP-227).

    Args:
        topic: The topic.
        offsets: Where to read on, by partition.
        max_bytes: The most that is wanted of each partition.
    """
    head = struct.pack(">iiiibiii", -1, _FETCH_WAIT_MS, 1, max_bytes * len(offsets), 0, 0, -1, 1) + _string(topic)
    parts = (struct.pack(">iiqqi", partition, -1, offset, -1, max_bytes) for partition, offset in offsets.items())
    nothing_forgotten = struct.pack(">i", 0)
    return _FETCH, 10, head + struct.pack(">i", len(offsets)) + b"".join(parts) + nothing_forgotten


def earliest_offsets(topic: str, partitions: Iterable[int]) -> tuple[int, int, bytes]:
    """Return the request that asks where each partition begins."""
    parts = [struct.pack(">iq", each, _EARLIEST) for each in partitions]
    return (
        _LIST_OFFSETS,
        1,
        struct.pack(">ii", -1, 1) + _string(topic) + struct.pack(">i", len(parts)) + b"".join(parts),
    )


def parse_offsets(body: memoryview) -> dict[int, int]:
    """Return the offset of each partition of the one topic in a ListOffsets response; -1 where there is none."""
    reader = _Reader(body)
    reader.take(">i")
    reader.skip_string()
    offsets = {}
    for _ in range(reader.take(">i")):
        partition, _error, _timestamp, offset = reader.take_all(">ihqq")
        offsets[partition] = offset
    return offsets


def parse_leaders(body: memoryview) -> dict[int, int]:
    """Return the leaders of the partitions of the one topic that a Metadata response tells of.

    Empty when it does not exist yet; -1 stands for a partition without a leader.
    """
    reader = _Reader(body)
    reader.take(">i")
    for _ in range(reader.take(">i")):
        reader.take(">i")
        reader.skip_string()
        reader.take(">i")
        reader.skip_string()
    reader.skip_string()
    reader.take(">ii")  # the controller, and the number of topics
    reader.take(">h")
    reader.skip_string()
    reader.take(">b")
    leaders = {}
    for _ in range(reader.take(">i")):
        reader.take(">h")
        partition, leaders[partition] = reader.take(">i"), reader.take(">i")
        reader.skip_array(4)
        reader.skip_array(4)
    return leaders


def parse_produced(body: memoryview) -> dict[int, int]:
    """Return the error code of each partition of the one topic in a Produce response; 0 is success."""
    reader = _Reader(body)
    reader.take(">i")
    reader.skip_string()
    errors = {}
    for _ in range(reader.take(">i")):
        partition, error, *_rest = reader.take_all(">ihqqq")
        errors[partition] = error
    return errors


@dataclass(frozen=True)
class Fetched:
    """What a Fetch response brought of one partition.

    Args:
        error: The error code; 0 is success.
        high_watermark: The offset up to which can be read.
        next_offset: Where to read on, or None when nothing complete came.
        bytes_read: The size of the record batches that came.
    """

    error: int
    high_watermark: int
    next_offset: int | None
    bytes_read: int


def parse_fetched(body: memoryview) -> dict[int, Fetched]:
    """Return what came, by partition, of the one topic in a Fetch response; nothing when the request was refused."""
    reader = _Reader(body)
    reader.take(">ihi")  # throttle time, error, session
    if not reader.take(">i"):
        return {}
    reader.skip_string()
    result = {}
    for _ in range(reader.take(">i")):
        partition, error, high_watermark, *_offsets = reader.take_all(">ihqqq")
        reader.skip_array(16)
        records = reader.take_bytes()
        result[partition] = Fetched(error, high_watermark, _next_offset(records), len(records))
    return result


def _next_offset(records: memoryview) -> int | None:
    """Walk over the headers of the record batches; the last one may have been cut."""
    at, found = 0, None
    while at + _BATCH_OVERHEAD_BYTES <= len(records):
        base_offset, length = struct.unpack_from(">qi", records, at)
        if at + _BATCH_OVERHEAD_BYTES + length > len(records):
            break
        (delta,) = struct.unpack_from(">i", records, at + _LAST_OFFSET_DELTA_AT)
        found = base_offset + delta + 1
        at += _BATCH_OVERHEAD_BYTES + length
    return found


def record_batch(values: Sequence[bytes], codec: Codec = "none", timestamp_ms: int = 0) -> bytes:
    """Return a record batch of the current format (magic 2), without keys and headers.

    Args:
        values: The values of its records.
        codec: What it is compressed with.
        timestamp_ms: The timestamp of all records, milliseconds since 1970.
    """
    from kafka.record.default_records import DefaultRecordBatchBuilder  # noqa: PLC0415 - takes long to load

    size = sum(map(len, values)) + 100 * (len(values) + 1)
    builder = DefaultRecordBatchBuilder(2, CODECS[codec], 0, -1, -1, -1, size)
    for offset, value in enumerate(values):
        builder.append(offset, timestamp_ms, None, value, [])
    return bytes(builder.build())


class _Reader:
    def __init__(self, body: memoryview) -> None:
        self._body = body
        self._at = 0

    def take_all(self, form: str) -> tuple[int, ...]:
        values = struct.unpack_from(form, self._body, self._at)
        self._at += struct.calcsize(form)
        return values

    def take(self, form: str) -> int:
        """Return the last of the numbers that `form` names."""
        return self.take_all(form)[-1]

    def skip_string(self) -> None:
        size = max(0, self.take(">h"))
        self._at += size

    def skip_array(self, item_bytes: int) -> None:
        count = max(0, self.take(">i"))
        self._at += count * item_bytes

    def take_bytes(self) -> memoryview:
        size = max(0, self.take(">i"))
        self._at += size
        return self._body[self._at - size : self._at]


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">h", len(data)) + data
