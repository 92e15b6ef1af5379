"""What a test can do with a client, the same for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

__all__ = ["Admin", "Client", "ClusterView", "FullAdmin", "Member", "Record", "TransactionalProducer", "values"]


@dataclass(frozen=True)
class Record:
    """A record, to be produced or as it was consumed.

    Args:
        value: Its value; None is a tombstone.
        key: Its key.
        headers: Its headers, in order.
        timestamp_ms: Its timestamp; None lets the client choose.
        partition: The partition.
        offset: Its offset once it was stored.
    """

    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_ms: int | None = None
    partition: int = 0
    offset: int = -1


def values(records: Sequence[Record]) -> list[bytes]:
    """Return the values of records, none of which is a tombstone."""
    found = [record.value for record in records if record.value is not None]
    assert len(found) == len(records)
    return found


class Member(Protocol):
    """A member of a consumer group; it takes part in rebalances only while it is polled."""

    def poll(self) -> list[Record]:
        """Return what came, waiting a moment at most."""

    def partitions(self) -> set[int]:
        """Return the partitions that it has."""

    def rebalances(self) -> int:
        """Return how often it was assigned partitions."""

    def commit(self) -> None:
        """Commit the offsets of what was polled, and wait for the answer."""

    def close(self) -> None:
        """Leave (a static member does not tell the group)."""


class TransactionalProducer(Protocol):
    """A producer with a transactional id, which is initialised."""

    def begin(self) -> None:
        """Begin a transaction."""

    def send(self, topic: str, *sent: bytes) -> None:
        """Send values and wait until the broker has them."""

    def send_offsets(self, member: Member, offsets: Mapping[tuple[str, int], int]) -> None:
        """Add offsets of a consumer group to the transaction."""

    def commit(self) -> None:
        """Commit the transaction."""

    def abort(self) -> None:
        """Abort the transaction."""

    def close(self) -> None:
        """Close the producer; does not commit."""


@dataclass(frozen=True)
class ClusterView:
    """The cluster as a client sees it.

    Args:
        cluster_id: Its id.
        brokers: Addresses of the brokers, by node id.
        controller: The node id that the client is given for the controller.
    """

    cluster_id: str
    brokers: dict[int, str]
    controller: int


class Admin(Protocol):
    """Administrative calls. Each waits for the answer and raises what the broker refuses."""

    def create_topic(self, name: str, partitions: int = 1, configs: Mapping[str, str] | None = None) -> None:
        """Create a topic."""

    def delete_topics(self, *names: str) -> None:
        """Delete topics."""

    def topics(self) -> dict[str, int]:
        """Return the number of partitions of each topic that is not internal."""

    def add_partitions(self, topic: str, total: int) -> None:
        """Increase the number of partitions."""

    def topic_config(self, topic: str) -> dict[str, str]:
        """Return all configs of a topic."""

    def alter_topic_config(self, topic: str, changes: Mapping[str, str | None]) -> None:
        """Set configs, and give those with None their default back; leave all others."""

    def delete_records(self, topic: str, partition: int, before: int) -> None:
        """Delete the records before an offset."""

    def cluster(self) -> ClusterView:
        """Describe the cluster."""

    def groups(self) -> dict[str, str]:
        """Return the state of each group."""

    def group_members(self, group: str) -> int:
        """Return how many members a group has."""

    def group_offsets(self, group: str) -> dict[tuple[str, int], int]:
        """Return the committed offsets of a group."""


class FullAdmin(Admin, Protocol):
    """What aiokafka's admin client lacks."""

    def earliest_and_latest(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the first offset and the one after the last."""

    def offset_at(self, topic: str, partition: int, timestamp_ms: int) -> int:
        """Return the offset of the first record that is not older."""

    def alter_group_offsets(self, group: str, offsets: Mapping[tuple[str, int], int]) -> None:
        """Change committed offsets of an empty group."""

    def delete_group(self, group: str) -> None:
        """Delete an empty group."""


class Client(Protocol):
    """A client library."""

    name: str
    """Its name on PyPI."""

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
        """Produce records with acks=all, wait for all of them, and return their offsets."""

    def read(self, servers: str, topic: str, *, committed_only: bool = False) -> list[Record]:
        """Return everything that a topic holds, by partition and offset."""

    def join(self, servers: str, group: str, topic: str, *, instance_id: str | None = None) -> Member:
        """Subscribe as a member of a group (classic protocol), from the earliest record on, with commits on demand."""

    def transactional(self, servers: str, transactional_id: str) -> TransactionalProducer:
        """Return a transactional producer; whoever had this id before is fenced."""

    def admin(self, servers: str) -> AbstractContextManager[Admin]:
        """Return an admin client."""
