"""What a local development node sets other than Kafka does, each with its reason.

Only what makes a single node on one machine work, start fast or stay small, and changes no semantics that a client
could rely on. A property that the user gives always wins.
"""

from __future__ import annotations

from typing import NamedTuple

from kafka_native.config import names

__all__ = ["DEVELOPMENT_DEFAULTS", "DevelopmentDefault", "development_defaults"]


class DevelopmentDefault(NamedTuple):
    """A property, its value, why it is not Kafka's own default, and what makes it not apply.

    Args:
        name: The Kafka property.
        value: What we set it to.
        reason: Why.
        unless: Another property; when the user gives that one, Kafka's default stays.
    """

    name: str
    value: str
    reason: str
    unless: str | None = None


_ONE_NODE = "there is one node, so nothing can be replicated"
_FEW_CLIENTS = "each partition costs a folder, files and start-up time, and a laptop has few groups"
_CRASHED = (
    "after a crash the controller refuses the restarted broker until the old one's session has run out (9 s, asked for "
    "again every 2 s), though both are in the same process"
)
_FEW_THREADS = "each idle thread costs memory and start-up time"

DEVELOPMENT_DEFAULTS = (
    DevelopmentDefault(names.OFFSETS_TOPIC_REPLICATION_FACTOR, "1", _ONE_NODE),
    DevelopmentDefault(names.TRANSACTION_LOG_REPLICATION_FACTOR, "1", _ONE_NODE),
    DevelopmentDefault(names.TRANSACTION_LOG_MIN_ISR, "1", _ONE_NODE),
    DevelopmentDefault(names.SHARE_STATE_TOPIC_REPLICATION_FACTOR, "1", _ONE_NODE),
    DevelopmentDefault(names.SHARE_STATE_TOPIC_MIN_ISR, "1", _ONE_NODE),
    DevelopmentDefault(names.OFFSETS_TOPIC_NUM_PARTITIONS, "1", _FEW_CLIENTS),
    DevelopmentDefault(names.TRANSACTION_LOG_NUM_PARTITIONS, "1", _FEW_CLIENTS),
    DevelopmentDefault(names.SHARE_STATE_TOPIC_NUM_PARTITIONS, "1", _FEW_CLIENTS),
    DevelopmentDefault(
        names.GROUP_INITIAL_REBALANCE_DELAY_MS,
        "0",
        "a consumer group would wait 3 s for more members to come; in development one consumer is the rule",
    ),
    DevelopmentDefault(
        names.CONTROLLER_QUORUM_APPEND_LINGER_MS,
        "0",
        "each change of metadata would wait 25 ms for others to share its write; start-up makes several in a row",
    ),
    DevelopmentDefault(names.BROKER_SESSION_TIMEOUT_MS, "2000", _CRASHED, unless=names.BROKER_HEARTBEAT_INTERVAL_MS),
    DevelopmentDefault(names.BROKER_HEARTBEAT_INTERVAL_MS, "500", _CRASHED, unless=names.BROKER_SESSION_TIMEOUT_MS),
    DevelopmentDefault(
        names.LOG_CLEANER_DEDUPE_BUFFER_SIZE,
        str(2 * 1024 * 1024),
        "128 MB are allocated at start; Kafka asks for more than 1 MB a cleaner thread, and compaction with a small "
        "buffer only takes more passes",
        unless=names.LOG_CLEANER_THREADS,
    ),
    DevelopmentDefault(names.NUM_NETWORK_THREADS, "2", _FEW_THREADS),
    DevelopmentDefault(names.NUM_IO_THREADS, "4", _FEW_THREADS),
    DevelopmentDefault(names.BACKGROUND_THREADS, "2", _FEW_THREADS),
    DevelopmentDefault(names.GROUP_COORDINATOR_THREADS, "1", _FEW_THREADS + "; the offsets topic has one partition"),
)


def development_defaults(given: frozenset[str]) -> dict[str, str]:
    """Return the development defaults that apply.

    Args:
        given: The names of the properties that the user gives.
    """
    return {
        each.name: each.value for each in DEVELOPMENT_DEFAULTS if each.name not in given and each.unless not in given
    }
