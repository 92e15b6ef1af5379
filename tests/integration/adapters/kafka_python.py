"""kafka-python 3."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import kafka
from kafka.admin import AlterConfigOp, ConfigResource, OffsetSpec
from kafka.errors import KafkaError, for_code
from kafka.structs import OffsetAndMetadata

from ..waiting import wait_until
from .contract import ClusterView, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["KafkaPython"]

_TIMEOUT_SECONDS = 60
_POLL_MS = 50
# A poll that is too short for joining gives up on it, and with a pause between polls a member then never joins (3.0.12:
# polls of 50 ms with pauses of 20 ms had joined after 8 s in none of our trials, polls of 100 ms always in the first).
_MEMBER_POLL_MS = 300
_LARGEST_BYTES = 100_000_000
_INTERNAL_PREFIX = "__"


class KafkaPython:
    """See `Client`."""

    name = "kafka-python"

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
        producer = kafka.KafkaProducer(
            bootstrap_servers=servers,
            compression_type=None if codec == "none" else codec,
            enable_idempotence=idempotent,
            acks="all",
            linger_ms=5,
            max_request_size=max_request_bytes,
        )
        with contextlib.closing(producer):
            return [sent.get(_TIMEOUT_SECONDS).offset for sent in [_send(producer, topic, each) for each in records]]

    def read(self, servers: str, topic: str, *, committed_only: bool = False) -> list[Record]:
        """See `Client.read`."""
        consumer = kafka.KafkaConsumer(
            bootstrap_servers=servers,
            enable_auto_commit=False,
            isolation_level="read_committed" if committed_only else "read_uncommitted",
            max_partition_fetch_bytes=_LARGEST_BYTES,
            fetch_max_wait_ms=50,
        )
        with contextlib.closing(consumer):
            partitions = [kafka.TopicPartition(topic, each) for each in consumer.partitions_for_topic(topic) or ()]
            assert partitions, f"no topic {topic}"
            consumer.assign(partitions)
            consumer.seek_to_beginning(*partitions)
            records = _read_to_the_end(consumer, partitions)
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def join(self, servers: str, group: str, topic: str, *, instance_id: str | None = None) -> KafkaPythonMember:
        """See `Client.join`."""
        consumer = kafka.KafkaConsumer(
            bootstrap_servers=servers,
            group_id=group,
            group_instance_id=instance_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=6000,
            heartbeat_interval_ms=200,
        )
        return KafkaPythonMember(consumer, topic)

    def transactional(self, servers: str, transactional_id: str) -> KafkaPythonTransactions:
        """See `Client.transactional`."""
        return KafkaPythonTransactions(servers, transactional_id)

    @contextlib.contextmanager
    def admin(self, servers: str) -> Iterator[KafkaPythonAdmin]:
        """See `Client.admin`."""
        with contextlib.closing(kafka.KafkaAdminClient(bootstrap_servers=servers)) as client:
            yield KafkaPythonAdmin(client)


def _send(producer: Any, topic: str, record: Record) -> Any:
    return producer.send(
        topic,
        value=record.value,
        key=record.key,
        headers=list(record.headers),
        partition=record.partition,
        timestamp_ms=record.timestamp_ms,
    )


def _read_to_the_end(consumer: Any, partitions: list[Any]) -> list[Record]:
    ends = consumer.end_offsets(partitions)
    records: list[Record] = []

    def at_the_end() -> bool:
        records.extend(_polled(consumer, _POLL_MS))
        return all(consumer.position(each) >= ends[each] for each in partitions)

    wait_until(at_the_end, f"kafka-python reads up to {ends}", _TIMEOUT_SECONDS)
    return records


def _polled(consumer: Any, timeout_ms: int) -> list[Record]:
    return [_record(each) for batch in consumer.poll(timeout_ms).values() for each in batch]


def _record(message: Any) -> Record:
    return Record(
        value=message.value,
        key=message.key,
        headers=tuple(message.headers),
        timestamp_ms=message.timestamp,
        partition=message.partition,
        offset=message.offset,
    )


class KafkaPythonMember:
    """See `Member`."""

    def __init__(self, consumer: Any, topic: str) -> None:
        self.consumer = consumer
        self._listener = _Listener()
        consumer.subscribe([topic], listener=self._listener)

    def poll(self) -> list[Record]:
        """See `Member.poll`."""
        return _polled(self.consumer, _MEMBER_POLL_MS)

    def partitions(self) -> set[int]:
        """See `Member.partitions`."""
        return {each.partition for each in self.consumer.assignment()}

    def rebalances(self) -> int:
        """See `Member.rebalances`."""
        return self._listener.count

    def commit(self) -> None:
        """See `Member.commit`."""
        self.consumer.commit()

    def close(self) -> None:
        """See `Member.close`."""
        self.consumer.close(autocommit=False)


class _Listener(kafka.ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python has no types
    """Counts assignments."""

    def __init__(self) -> None:
        self.count = 0

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing is to be done then."""

    def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ARG002 - the library's signature
        """Count it."""
        self.count += 1


class KafkaPythonTransactions:
    """See `TransactionalProducer`."""

    def __init__(self, servers: str, transactional_id: str) -> None:
        self._producer = kafka.KafkaProducer(bootstrap_servers=servers, transactional_id=transactional_id)
        self._producer.init_transactions()

    def begin(self) -> None:
        """See `TransactionalProducer.begin`."""
        self._producer.begin_transaction()

    def send(self, topic: str, *sent: bytes) -> None:
        """See `TransactionalProducer.send`."""
        for future in [_send(self._producer, topic, Record(value)) for value in sent]:
            future.get(_TIMEOUT_SECONDS)

    def send_offsets(self, member: Any, offsets: Mapping[tuple[str, int], int]) -> None:
        """See `TransactionalProducer.send_offsets`."""
        self._producer.send_offsets_to_transaction(_positions(offsets), member.consumer.group_metadata())

    def commit(self) -> None:
        """See `TransactionalProducer.commit`."""
        self._producer.commit_transaction()

    def abort(self) -> None:
        """See `TransactionalProducer.abort`."""
        self._producer.abort_transaction()

    def close(self) -> None:
        """See `TransactionalProducer.close`."""
        self._producer.close(timeout=0)


def _positions(offsets: Mapping[tuple[str, int], int]) -> dict[Any, Any]:
    return {kafka.TopicPartition(*where): OffsetAndMetadata(offset, "", -1) for where, offset in offsets.items()}


class KafkaPythonAdmin:
    """See `Admin`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def create_topic(self, name: str, partitions: int = 1, configs: Mapping[str, str] | None = None) -> None:
        """See `Admin.create_topic`."""
        options = {"num_partitions": partitions, "replication_factor": 1, "configs": dict(configs or {})}
        self.client.create_topics({name: options}, wait_for_metadata=True)

    def delete_topics(self, *names: str) -> None:
        """See `Admin.delete_topics`."""
        self.client.delete_topics(list(names))

    def topics(self) -> dict[str, int]:
        """See `Admin.topics`."""
        found = {each["name"]: len(each["partitions"]) for each in self.client.describe_topics()}
        return {name: count for name, count in found.items() if not name.startswith(_INTERNAL_PREFIX)}

    def add_partitions(self, topic: str, total: int) -> None:
        """See `Admin.add_partitions`."""
        self.client.create_partitions({topic: total})

    def topic_config(self, topic: str) -> dict[str, str]:
        """See `Admin.topic_config`."""
        found = self.client.describe_configs([ConfigResource("TOPIC", topic)], config_filter="all")
        return {name: entry["value"] for name, entry in found["topic"][topic].items()}

    def alter_topic_config(self, topic: str, changes: Mapping[str, str | None]) -> None:
        """See `Admin.alter_topic_config`."""
        configs = {
            name: (AlterConfigOp.SET, value) if value is not None else (AlterConfigOp.DELETE, None)
            for name, value in changes.items()
        }
        results = self.client.alter_configs([ConfigResource("TOPIC", topic, configs)])
        if results["topic"][topic] != "OK":
            raise KafkaError(results["topic"][topic])

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """See `Admin.delete_records`."""
        self.client.delete_records({kafka.TopicPartition(topic, partition): before})

    def earliest_and_latest(self, topic: str, partition: int) -> tuple[int, int]:
        """See `Admin.earliest_and_latest`."""
        earliest = self._offset(topic, partition, OffsetSpec.EARLIEST)
        return earliest, self._offset(topic, partition, OffsetSpec.LATEST)

    def offset_at(self, topic: str, partition: int, timestamp_ms: int) -> int:
        """See `Admin.offset_at`."""
        return self._offset(topic, partition, timestamp_ms)

    def _offset(self, topic: str, partition: int, spec: Any) -> int:
        where = kafka.TopicPartition(topic, partition)
        return int(self.client.list_partition_offsets({where: spec})[where].offset)

    def cluster(self) -> ClusterView:
        """See `Admin.cluster`."""
        found = self.client.describe_cluster()
        brokers = {each["broker_id"]: f"{each['host']}:{each['port']}" for each in found["brokers"]}
        return ClusterView(found["cluster_id"], brokers, found["controller_id"])

    def groups(self) -> dict[str, str]:
        """See `Admin.groups`."""
        return {each["group_id"]: each["group_state"] for each in self.client.list_groups()}

    def group_members(self, group: str) -> int:
        """See `Admin.group_members`."""
        found = self.client.describe_groups([group])[group]
        assert found["error"] is None
        return len(found["members"])

    def group_offsets(self, group: str) -> dict[tuple[str, int], int]:
        """See `Admin.group_offsets`."""
        found = self.client.list_group_offsets(group)[group]
        return {(where.topic, where.partition): position.offset for where, position in found.items()}

    def alter_group_offsets(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """See `Admin.alter_group_offsets`."""
        results = self.client.alter_group_offsets(group, _positions(offsets))
        assert set(results.values()) == {for_code(0)}

    def delete_group(self, group: str) -> None:
        """See `Admin.delete_group`."""
        result = self.client.delete_groups([group])[group]
        if result != "OK":
            raise KafkaError(result)
