"""aiokafka, driven from synchronous tests by an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

import aiokafka
import aiokafka.admin as aiokafka_admin
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from ..waiting import wait_until
from .contract import ClusterView, Record

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping, Sequence

__all__ = ["Aiokafka"]

_T = TypeVar("_T")
_TIMEOUT_SECONDS = 60
_POLL_MS = 50
_LARGEST_BYTES = 100_000_000
_INTERNAL_PREFIX = "__"


class _EventLoop:
    """A running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Return what a coroutine returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_TIMEOUT_SECONDS)

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_TIMEOUT_SECONDS)
        self._loop.close()


class Aiokafka:
    """See `Client`."""

    name = "aiokafka"

    def produce(
        self,
        servers: str,
        topic: str,
        records: Sequence[Record],
        *,
        codec: str = "none",
        idempotent: bool = False,
        max_request_bytes: int = 1_000_000,
    ) -> list[int]:
        """See `Client.produce`."""

        async def produce() -> list[int]:
            producer = aiokafka.AIOKafkaProducer(
                bootstrap_servers=servers,
                compression_type=None if codec == "none" else codec,
                enable_idempotence=idempotent,
                acks="all",
                linger_ms=5,
                max_request_size=max_request_bytes,
            )
            async with producer:
                sent = [await _send(producer, topic, each) for each in records]
                return [result.offset for result in await asyncio.gather(*sent)]

        return asyncio.run(produce())

    def read(self, servers: str, topic: str, *, committed_only: bool = False) -> list[Record]:
        """See `Client.read`."""

        async def read() -> list[Record]:
            consumer = aiokafka.AIOKafkaConsumer(
                bootstrap_servers=servers,
                enable_auto_commit=False,
                isolation_level="read_committed" if committed_only else "read_uncommitted",
                max_partition_fetch_bytes=_LARGEST_BYTES,
                fetch_max_wait_ms=50,
            )
            async with consumer:
                return await _read_to_the_end(consumer, topic)

        return sorted(asyncio.run(read()), key=lambda record: (record.partition, record.offset))

    def join(self, servers: str, group: str, topic: str, *, instance_id: str | None = None) -> AiokafkaMember:
        """See `Client.join`."""
        return AiokafkaMember(
            topic,
            bootstrap_servers=servers,
            group_id=group,
            group_instance_id=instance_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=6000,
            heartbeat_interval_ms=200,
        )

    def transactional(self, servers: str, transactional_id: str) -> AiokafkaTransactions:
        """See `Client.transactional`."""
        return AiokafkaTransactions(servers, transactional_id)

    @contextlib.contextmanager
    def admin(self, servers: str) -> Iterator[AiokafkaAdmin]:
        """See `Client.admin`."""
        with contextlib.closing(AiokafkaAdmin(servers)) as admin:
            yield admin


async def _send(producer: Any, topic: str, record: Record) -> Any:
    return await producer.send(
        topic,
        value=record.value,
        key=record.key,
        headers=list(record.headers),
        partition=record.partition,
        timestamp_ms=record.timestamp_ms,
    )


async def _read_to_the_end(consumer: Any, topic: str) -> list[Record]:
    await consumer._client.set_topics([topic])  # partitions_for_topic() knows only topics that are subscribed to
    partitions = [aiokafka.TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
    assert partitions, f"no topic {topic}"
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    records: list[Record] = []
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    while any([await consumer.position(each) < ends[each] for each in partitions]):
        assert time.monotonic() < deadline, f"aiokafka does not read up to {ends}"
        found = await consumer.getmany(timeout_ms=_POLL_MS)
        records += [_record(each) for batch in found.values() for each in batch]
    return records


def _record(message: Any) -> Record:
    return Record(
        value=message.value,
        key=message.key,
        headers=tuple(message.headers),
        timestamp_ms=message.timestamp,
        partition=message.partition,
        offset=message.offset,
    )


class AiokafkaMember:
    """See `Member`."""

    def __init__(self, topic: str, **config: Any) -> None:
        self._loop = _EventLoop()
        self.group: str = config["group_id"]
        self._listener = _Listener()
        self._consumer = self._loop.run(self._start(topic, config))

    async def _start(self, topic: str, config: Mapping[str, Any]) -> Any:
        consumer = aiokafka.AIOKafkaConsumer(**config)
        consumer.subscribe([topic], listener=self._listener)
        await consumer.start()
        return consumer

    def poll(self) -> list[Record]:
        """See `Member.poll`."""
        found = self._loop.run(self._consumer.getmany(timeout_ms=_POLL_MS))
        return [_record(each) for batch in found.values() for each in batch]

    def partitions(self) -> set[int]:
        """See `Member.partitions`."""
        return {each.partition for each in self._consumer.assignment()}

    def rebalances(self) -> int:
        """See `Member.rebalances`."""
        return self._listener.count

    def commit(self) -> None:
        """See `Member.commit`."""
        self._loop.run(self._consumer.commit())

    def close(self) -> None:
        """See `Member.close`."""
        self._loop.run(self._consumer.stop())
        self._loop.close()


class _Listener(aiokafka.ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Counts assignments."""

    def __init__(self) -> None:
        self.count = 0

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing is to be done then."""

    def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ARG002 - the library's signature
        """Count it."""
        self.count += 1


class AiokafkaTransactions:
    """See `TransactionalProducer`."""

    def __init__(self, servers: str, transactional_id: str) -> None:
        self._loop = _EventLoop()
        self._producer = self._loop.run(self._start(servers, transactional_id))

    async def _start(self, servers: str, transactional_id: str) -> Any:
        producer = aiokafka.AIOKafkaProducer(bootstrap_servers=servers, transactional_id=transactional_id)
        await producer.start()
        return producer

    def begin(self) -> None:
        """See `TransactionalProducer.begin`."""
        self._loop.run(self._producer.begin_transaction())

    def send(self, topic: str, *sent: bytes) -> None:
        """See `TransactionalProducer.send`."""
        self._loop.run(self._send(topic, sent))

    async def _send(self, topic: str, sent: tuple[bytes, ...]) -> None:
        await asyncio.gather(*[await _send(self._producer, topic, Record(value)) for value in sent])

    def send_offsets(self, member: Any, offsets: Mapping[tuple[str, int], int]) -> None:
        """See `TransactionalProducer.send_offsets`."""
        positions = {aiokafka.TopicPartition(*where): offset for where, offset in offsets.items()}
        self._loop.run(self._producer.send_offsets_to_transaction(positions, member.group))

    def commit(self) -> None:
        """See `TransactionalProducer.commit`."""
        self._loop.run(self._producer.commit_transaction())

    def abort(self) -> None:
        """See `TransactionalProducer.abort`."""
        self._loop.run(self._producer.abort_transaction())

    def close(self) -> None:
        """See `TransactionalProducer.close`."""
        self._loop.run(self._producer.stop())
        self._loop.close()


class AiokafkaAdmin:
    """See `Admin`. aiokafka can neither list offsets nor change or delete groups."""

    def __init__(self, servers: str) -> None:
        self._loop = _EventLoop()
        self._client = self._loop.run(self._start(servers))

    async def _start(self, servers: str) -> Any:
        client = aiokafka_admin.AIOKafkaAdminClient(bootstrap_servers=servers)
        await client.start()
        return client

    def close(self) -> None:
        """Close the connections."""
        self._loop.run(self._client.close())
        self._loop.close()

    def create_topic(self, name: str, partitions: int = 1, configs: Mapping[str, str] | None = None) -> None:
        """See `Admin.create_topic`."""
        topic = aiokafka_admin.NewTopic(name, partitions, 1, topic_configs=dict(configs or {}))
        _check(self._loop.run(self._client.create_topics([topic])).topic_errors)
        wait_until(lambda: name in self.topics(), f"the broker knows topic {name}")

    def delete_topics(self, *names: str) -> None:
        """See `Admin.delete_topics`."""
        _check(self._loop.run(self._client.delete_topics(list(names))).topic_error_codes)

    def topics(self) -> dict[str, int]:
        """See `Admin.topics`."""
        found = {each["topic"]: len(each["partitions"]) for each in self._loop.run(self._client.describe_topics())}
        return {name: count for name, count in found.items() if not name.startswith(_INTERNAL_PREFIX)}

    def add_partitions(self, topic: str, total: int) -> None:
        """See `Admin.add_partitions`."""
        request = {topic: aiokafka_admin.NewPartitions(total)}
        _check(self._loop.run(self._client.create_partitions(request)).topic_errors)

    def topic_config(self, topic: str) -> dict[str, str]:
        """See `Admin.topic_config`."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        (response,) = self._loop.run(self._client.describe_configs([resource]))
        ((code, *_, entries),) = response.resources
        _check([(topic, code)])
        return {entry[0]: entry[1] for entry in entries}

    def alter_topic_config(self, topic: str, changes: Mapping[str, str | None]) -> None:
        """See `Admin.alter_topic_config`; aiokafka has the older call only, which resets whatever it does not name."""
        configs = {name: value for name, value in changes.items() if value is not None}
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, configs)
        (response,) = self._loop.run(self._client.alter_configs([resource]))
        _check([(topic, code) for code, *_ in response.resources])

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """See `Admin.delete_records`."""
        request = {aiokafka.TopicPartition(topic, partition): aiokafka_admin.RecordsToDelete(before)}
        self._loop.run(self._client.delete_records(request))

    def cluster(self) -> ClusterView:
        """See `Admin.cluster`."""
        found = self._loop.run(self._client.describe_cluster())
        brokers = {each["node_id"]: f"{each['host']}:{each['port']}" for each in found["brokers"]}
        return ClusterView(found["cluster_id"], brokers, found["controller_id"])

    def groups(self) -> dict[str, str]:
        """See `Admin.groups`."""
        return {group: self._describe(group)[0] for group, *_ in self._loop.run(self._client.list_consumer_groups())}

    def group_members(self, group: str) -> int:
        """See `Admin.group_members`."""
        return self._describe(group)[1]

    def _describe(self, group: str) -> tuple[str, int]:
        (response,) = self._loop.run(self._client.describe_consumer_groups([group]))
        ((code, _, state, _, _, members, *_),) = response.groups
        _check([(group, code)])
        return state, len(members)

    def group_offsets(self, group: str) -> dict[tuple[str, int], int]:
        """See `Admin.group_offsets`."""
        found = self._loop.run(self._client.list_consumer_group_offsets(group))
        return {(where.topic, where.partition): position.offset for where, position in found.items()}


def _check(results: Sequence[Any]) -> None:
    for name, code, *_ in results:
        if code:
            raise for_code(code)(name)
