"""Creates topics on a running broker, with kafka-python's admin client."""

from __future__ import annotations

import contextlib
import importlib
import threading
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native.errors import BrokerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kafka_native.broker.spec import TopicSpec

__all__ = ["ensure_topics", "load_client_in_background"]

_REQUEST_TIMEOUT_MS = 30_000
_TOPIC_ALREADY_EXISTS = 36
_HINT = "the log file of the broker may tell more (kafka-native logs)"


def load_client_in_background() -> None:
    """Begin to load the admin client, which takes about as long as the broker takes to start."""
    threading.Thread(target=importlib.import_module, args=("kafka.admin",), daemon=True).start()


def ensure_topics(bootstrap_servers: str, topics: Sequence[TopicSpec]) -> None:
    """Create the topics that are missing, and wait until each has a leader.

    A topic that is there with another number of partitions or replicas stays as it is, with a warning.

    Raises:
        BrokerError: When the broker does not create one.
    """
    with _admin(bootstrap_servers) as client:
        there = {each["name"]: each["partitions"] for each in client.describe_topics()}
        for topic in topics:
            if topic.name in there:
                _compare(topic, there[topic.name])
        missing = {topic.name: _request(topic) for topic in topics if topic.name not in there}
        if missing:
            _check_created(client.create_topics(missing, raise_errors=False)["topics"])
            client.wait_for_topics(missing)


@contextlib.contextmanager
def _admin(bootstrap_servers: str) -> Iterator[Any]:
    # Imported late: most starts need no client.
    from kafka.admin import KafkaAdminClient  # noqa: PLC0415
    from kafka.errors import KafkaError  # noqa: PLC0415

    try:
        client = KafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=_REQUEST_TIMEOUT_MS)
        with contextlib.closing(client):
            yield client
    except KafkaError as error:
        raise BrokerError(
            f"creating topics on {bootstrap_servers}: {error}",
            hint=_HINT,
        ) from error


def _check_created(topics: Sequence[Any]) -> None:
    failed = [
        f"{topic['name']}: {topic['error_message'] or topic['error_code']}"
        for topic in topics
        if topic["error_code"] not in (0, _TOPIC_ALREADY_EXISTS)
    ]
    if failed:
        raise BrokerError(f"creating topics: {'; '.join(failed)}", hint=_HINT)


def _request(topic: TopicSpec) -> dict[str, int]:
    return {"num_partitions": topic.partitions or -1, "replication_factor": topic.replication_factor or -1}


def _compare(topic: TopicSpec, partitions: Sequence[Any]) -> None:
    replicas = len(partitions[0]["replica_nodes"]) if partitions else 0
    asked = (topic.partitions or len(partitions), topic.replication_factor or replicas)
    if asked != (len(partitions), replicas):
        reporting.current().warn(
            f"topic {topic.name} is there with {len(partitions)} partitions of {replicas} replicas, and stays so"
        )
