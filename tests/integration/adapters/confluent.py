"""confluent-kafka, which is librdkafka."""

from __future__ import annotations

import contextlib
import functools
import logging
from typing import TYPE_CHECKING, Any

import confluent_kafka
import confluent_kafka.admin as confluent_admin

from ..waiting import wait_until
from .contract import ClusterView, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["LOG", "Confluent", "ConfluentAdmin", "ConfluentMember"]

_TIMEOUT_SECONDS = 60
_POLL_SECONDS = 0.05
_LARGEST_BYTES = 100_000_000
_INTERNAL_PREFIX = "__"

LOG = logging.getLogger("librdkafka")
"""Takes librdkafka's lines, which would go to stderr: that a broker goes away is what some tests are about."""


class Confluent:
    """See `Client`."""

    name = "confluent-kafka"

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
        producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": servers,
                "compression.type": codec,
                "enable.idempotence": idempotent,
                "acks": "all",
                # A batch of one small record would be larger compressed, and librdkafka then leaves it as it is.
                "linger.ms": 50,
                "message.max.bytes": max_request_bytes,
                "message.timeout.ms": _TIMEOUT_SECONDS * 1000,
                "logger": LOG,
            }
        )
        offsets: dict[int, int] = {}
        errors: list[Any] = []
        for number, record in enumerate(records):
            _send(producer, topic, record, functools.partial(_delivered, offsets, errors, number))
        producer.flush(_TIMEOUT_SECONDS)
        if errors:
            raise confluent_kafka.KafkaException(errors[0])
        return [offsets[number] for number in range(len(records))]

    def read(self, servers: str, topic: str, *, committed_only: bool = False) -> list[Record]:
        """See `Client.read`."""
        consumer = confluent_kafka.Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": "unused",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",  # for when the first records were deleted
                "isolation.level": "read_committed" if committed_only else "read_uncommitted",
                "receive.message.max.bytes": _LARGEST_BYTES,
                "fetch.wait.max.ms": 50,
                "logger": LOG,
            }
        )
        with contextlib.closing(consumer):
            partitions = list(consumer.list_topics(topic, _TIMEOUT_SECONDS).topics[topic].partitions)
            consumer.assign([confluent_kafka.TopicPartition(topic, each, 0) for each in partitions])
            records = list(_read_to_the_end(consumer, set(partitions)))
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def join(
        self, servers: str, group: str, topic: str, *, instance_id: str | None = None, protocol: str = "classic"
    ) -> ConfluentMember:
        """See `Client.join`; the protocol may also be `consumer` (KIP-848)."""
        # With the protocol `consumer` the broker decides on intervals and assignors.
        classic = {"session.timeout.ms": 6000, "heartbeat.interval.ms": 200} if protocol == "classic" else {}
        static = {"group.instance.id": instance_id} if instance_id else {}
        config = {
            "bootstrap.servers": servers,
            "group.id": group,
            "group.protocol": protocol,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "topic.metadata.refresh.interval.ms": 500,
            "logger": LOG,
        }
        return ConfluentMember(confluent_kafka.Consumer(config | classic | static), topic)

    def transactional(self, servers: str, transactional_id: str) -> ConfluentTransactions:
        """See `Client.transactional`."""
        return ConfluentTransactions(servers, transactional_id)

    @contextlib.contextmanager
    def admin(self, servers: str) -> Iterator[ConfluentAdmin]:
        """See `Client.admin`."""
        yield ConfluentAdmin(confluent_admin.AdminClient({"bootstrap.servers": servers, "logger": LOG}))


def _send(producer: Any, topic: str, record: Record, on_delivery: Any) -> None:
    producer.produce(
        topic,
        value=record.value,
        key=record.key,
        headers=list(record.headers),
        timestamp=record.timestamp_ms or 0,
        partition=record.partition,
        on_delivery=on_delivery,
    )
    producer.poll(0)


def _delivered(offsets: dict[int, int], errors: list[Any], number: int, error: Any, message: Any) -> None:
    if error is None:
        offsets[number] = message.offset()
    else:
        errors.append(error)


def _read_to_the_end(consumer: Any, pending: set[int]) -> Iterator[Record]:
    while pending:
        message = consumer.poll(_TIMEOUT_SECONDS)
        assert message is not None, f"nothing came from partitions {pending}"
        error = message.error()
        if error is None:
            yield _record(message)
        elif error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
            pending.discard(message.partition())
        else:
            raise confluent_kafka.KafkaException(error)


def _record(message: Any) -> Record:
    return Record(
        value=message.value(),
        key=message.key(),
        headers=tuple(message.headers() or ()),
        timestamp_ms=message.timestamp()[1],
        partition=message.partition(),
        offset=message.offset(),
    )


class ConfluentMember:
    """See `Member`."""

    def __init__(self, consumer: Any, topic: str) -> None:
        self.consumer = consumer
        self._rebalances = 0
        consumer.subscribe([topic], on_assign=self._on_assign)

    def poll(self) -> list[Record]:
        """See `Member.poll`."""
        message = self.consumer.poll(_POLL_SECONDS)
        if message is None:
            return []
        if message.error():
            raise confluent_kafka.KafkaException(message.error())
        return [_record(message)]

    def partitions(self) -> set[int]:
        """See `Member.partitions`."""
        return {each.partition for each in self.consumer.assignment()}

    def rebalances(self) -> int:
        """See `Member.rebalances`."""
        return self._rebalances

    def commit(self) -> None:
        """See `Member.commit`."""
        self.consumer.commit(asynchronous=False)

    def close(self) -> None:
        """See `Member.close`."""
        self.consumer.close()

    def _on_assign(self, _consumer: Any, _partitions: Any) -> None:
        self._rebalances += 1


class ConfluentTransactions:
    """See `TransactionalProducer`."""

    def __init__(self, servers: str, transactional_id: str) -> None:
        config = {
            "bootstrap.servers": servers,
            "transactional.id": transactional_id,
            "linger.ms": 0,
            "logger": LOG,
        }
        self._producer = confluent_kafka.Producer(config)
        self._producer.init_transactions(_TIMEOUT_SECONDS)

    def begin(self) -> None:
        """See `TransactionalProducer.begin`."""
        self._producer.begin_transaction()

    def send(self, topic: str, *sent: bytes) -> None:
        """See `TransactionalProducer.send`."""
        offsets: dict[int, int] = {}
        errors: list[Any] = []
        for number, value in enumerate(sent):
            _send(self._producer, topic, Record(value), functools.partial(_delivered, offsets, errors, number))
        try:
            self._producer.flush(_TIMEOUT_SECONDS)
        except SystemError as error:
            # confluent-kafka 2.16 sets a fatal error (being fenced) as the exception, and then goes on with callbacks:
            # "<method 'append' of 'list' objects> returned a result with an exception set", caused by the real one.
            raise error.__cause__ or error from None
        if errors:
            raise confluent_kafka.KafkaException(errors[0])
        assert len(offsets) == len(sent)

    def send_offsets(self, member: Any, offsets: Mapping[tuple[str, int], int]) -> None:
        """See `TransactionalProducer.send_offsets`."""
        positions = [confluent_kafka.TopicPartition(*where, offset) for where, offset in offsets.items()]
        self._producer.send_offsets_to_transaction(positions, member.consumer.consumer_group_metadata())

    def commit(self) -> None:
        """See `TransactionalProducer.commit`."""
        self._producer.commit_transaction(_TIMEOUT_SECONDS)

    def abort(self) -> None:
        """See `TransactionalProducer.abort`."""
        self._producer.abort_transaction(_TIMEOUT_SECONDS)

    def close(self) -> None:
        """See `TransactionalProducer.close`; librdkafka closes when the object goes."""
        self._producer.purge()


class ConfluentAdmin:
    """See `Admin`."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def create_topic(self, name: str, partitions: int = 1, configs: Mapping[str, str] | None = None) -> None:
        """See `Admin.create_topic`."""
        topic = confluent_admin.NewTopic(name, partitions, 1, config=dict(configs or {}))
        _wait(self.client.create_topics([topic]))
        wait_until(lambda: name in self.topics(), f"the broker knows topic {name}")

    def delete_topics(self, *names: str) -> None:
        """See `Admin.delete_topics`."""
        _wait(self.client.delete_topics(list(names)))

    def topics(self) -> dict[str, int]:
        """See `Admin.topics`."""
        found = self.client.list_topics(timeout=_TIMEOUT_SECONDS).topics
        return {name: len(each.partitions) for name, each in found.items() if not name.startswith(_INTERNAL_PREFIX)}

    def add_partitions(self, topic: str, total: int) -> None:
        """See `Admin.add_partitions`."""
        _wait(self.client.create_partitions([confluent_admin.NewPartitions(topic, total)]))

    def topic_config(self, topic: str) -> dict[str, str]:
        """See `Admin.topic_config`."""
        resource = confluent_admin.ConfigResource(confluent_admin.RESOURCE_TOPIC, topic)
        (found,) = _wait(self.client.describe_configs([resource]))
        return {name: entry.value for name, entry in found.items()}

    def alter_topic_config(self, topic: str, changes: Mapping[str, str | None]) -> None:
        """See `Admin.alter_topic_config`."""
        operation = confluent_admin.AlterConfigOpType
        entries = [
            confluent_admin.ConfigEntry(
                name, value, incremental_operation=operation.SET if value is not None else operation.DELETE
            )
            for name, value in changes.items()
        ]
        resource = confluent_admin.ConfigResource(confluent_admin.RESOURCE_TOPIC, topic, incremental_configs=entries)
        _wait(self.client.incremental_alter_configs([resource]))

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """See `Admin.delete_records`."""
        _wait(self.client.delete_records([confluent_kafka.TopicPartition(topic, partition, before)]))

    def earliest_and_latest(self, topic: str, partition: int) -> tuple[int, int]:
        """See `Admin.earliest_and_latest`."""
        spec = confluent_admin.OffsetSpec
        return self._offset(topic, partition, spec.earliest()), self._offset(topic, partition, spec.latest())

    def offset_at(self, topic: str, partition: int, timestamp_ms: int) -> int:
        """See `Admin.offset_at`."""
        return self._offset(topic, partition, confluent_admin.OffsetSpec.for_timestamp(timestamp_ms))

    def _offset(self, topic: str, partition: int, spec: Any) -> int:
        (found,) = _wait(self.client.list_offsets({confluent_kafka.TopicPartition(topic, partition): spec}))
        return int(found.offset)

    def cluster(self) -> ClusterView:
        """See `Admin.cluster`."""
        found = self.client.describe_cluster().result(_TIMEOUT_SECONDS)
        brokers = {node.id: f"{node.host}:{node.port}" for node in found.nodes}
        return ClusterView(found.cluster_id, brokers, found.controller.id)

    def groups(self) -> dict[str, str]:
        """See `Admin.groups`."""
        found = self.client.list_consumer_groups().result(_TIMEOUT_SECONDS)
        assert not found.errors
        return {each.group_id: each.state.name.title() for each in found.valid}

    def group_members(self, group: str) -> int:
        """See `Admin.group_members`."""
        (found,) = _wait(self.client.describe_consumer_groups([group]))
        return len(found.members)

    def group_offsets(self, group: str) -> dict[tuple[str, int], int]:
        """See `Admin.group_offsets`."""
        request = confluent_kafka.ConsumerGroupTopicPartitions(group)
        (found,) = _wait(self.client.list_consumer_group_offsets([request]))
        return {(each.topic, each.partition): each.offset for each in found.topic_partitions}

    def alter_group_offsets(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """See `Admin.alter_group_offsets`."""
        positions = [confluent_kafka.TopicPartition(*where, offset) for where, offset in offsets.items()]
        request = confluent_kafka.ConsumerGroupTopicPartitions(group, positions)

        def changed() -> bool:
            (result,) = _wait(self.client.alter_consumer_group_offsets([request]))
            return not [each.error for each in result.topic_partitions if each.error]

        # Refused at times on a busy machine, while the topic and the group are a moment old.
        wait_until(changed, f"the offsets of group {group} are changed")

    def delete_group(self, group: str) -> None:
        """See `Admin.delete_group`."""
        _wait(self.client.delete_consumer_groups([group]))


def _wait(futures: Mapping[Any, Any]) -> list[Any]:
    return [future.result(_TIMEOUT_SECONDS) for future in futures.values()]
