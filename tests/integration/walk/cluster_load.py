"""Load on a cluster: records that are produced while nodes come and go, and what must have become of them."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

import confluent_kafka

from ..adapters.confluent import LOG, Confluent
from ..waiting import wait_until

if TYPE_CHECKING:
    from types import TracebackType

    from ..clusters import Cluster

__all__ = ["Load"]

_TIMEOUT_SECONDS = 120
_PAUSE_SECONDS = 0.005


class Load:
    """Produces numbered records with an idempotent producer and acks=all, in a thread, while the block runs.

    Args:
        cluster: Where to.
        topic: A topic that is there.
        partitions: How many of its partitions to write to.
    """

    def __init__(self, cluster: Cluster, topic: str, partitions: int = 1) -> None:
        self.acknowledged: list[bytes] = []
        self.errors: list[str] = []
        self._cluster, self._topic, self._partitions = cluster, topic, partitions
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": cluster.bootstrap_servers,
                "enable.idempotence": True,
                "acks": "all",
                "message.timeout.ms": _TIMEOUT_SECONDS * 1000,
                "logger": LOG,
            }
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._produce)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        self.wait_for_more()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End, and wait for what is under way."""
        self._ended.set()
        self._thread.join()
        self._producer.flush(_TIMEOUT_SECONDS)

    def wait_for_more(self, count: int = 200) -> None:
        """Wait until so many more records were acknowledged."""
        wanted = len(self.acknowledged) + count
        wait_until(lambda: len(self.acknowledged) >= wanted, f"{count} more records are acknowledged", _TIMEOUT_SECONDS)

    def check(self) -> None:
        """See that all that was acknowledged is there exactly once, and that nothing was refused."""
        assert self.errors == []
        stored = Counter(each.value for each in Confluent().read(self._cluster.bootstrap_servers, self._topic))
        assert [value for value in self.acknowledged if value not in stored] == []
        assert [value for value, count in stored.items() if count > 1] == []
        assert len(stored) == len(self.acknowledged)

    def _produce(self) -> None:
        number = 0
        while not self._ended.wait(_PAUSE_SECONDS):
            for _ in range(5):
                self._producer.produce(
                    self._topic, b"%d" % number, partition=number % self._partitions, on_delivery=self._delivered
                )
                number += 1
            self._producer.poll(0)

    def _delivered(self, error: Any, message: Any) -> None:
        if error is None:
            self.acknowledged.append(message.value())
        else:
            self.errors.append(str(error))
