"""Tiered storage, with the remote storage on a local disk that Kafka has for its tests (`LocalTieredStorage`).

Where the segments are remote metadata lies in a topic (`TopicBasedRemoteLogMetadataManager`), whose producer and
consumer are clients inside the broker.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import confluent_kafka
import confluent_kafka.admin as confluent_admin
import pytest

from kafka_native.broker import running

from ..adapters import Confluent, Record, values
from ..adapters.confluent import LOG
from ..waiting import wait_until
from .log_files import ROLL_MS, alter_topic, base_offsets, create_topic, full_admin, now_ms, produce_segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from kafka_native.broker import Node, NodeSpec
    from kafka_native.settings import Settings

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_HOUR_MS = 3_600_000
_STORAGE = "org.apache.kafka.server.log.remote.storage.LocalTieredStorage"
_METADATA = "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager"
_TIERED = {"remote.storage.enable": "true", "segment.ms": str(ROLL_MS), "file.delete.delay.ms": "0"}
_LOCAL_RETENTION = {"local.retention.bytes": "1"}  # by time, the active segment would be rolled, and go as well
_REMOTE_ONLY = _TIERED | _LOCAL_RETENTION
_COUNT = 5
_VALUES = [b"%d" % number * 1000 for number in range(_COUNT)]
_GET_OFFSETS = "org.apache.kafka.tools.GetOffsetShell"
_OFFSETS = {"latest-tiered": 3, "earliest-local": 4, "earliest-pending-upload": 4}
_COPY_QUOTA = "remote.log.manager.copy.max.bytes.per.second"
_FETCH_QUOTA = "remote.log.manager.fetch.max.bytes.per.second"
_UNLIMITED = str(2**63 - 1)
_WAITS_TEN_MINUTES = {
    # A quota that was exceeded is so until the window has passed.
    f"remote.log.manager.{what}.quota.window.{name}": value
    for what in ("copy", "fetch")
    for name, value in (("num", "61"), ("size.seconds", "10"))
}


def _properties(remote: Path) -> dict[str, str]:
    return {
        "remote.log.storage.system.enable": "true",
        "remote.log.storage.manager.class.name": _STORAGE,
        "remote.log.storage.manager.impl.prefix": "rsm.config.",
        "rsm.config.dir": str(remote),
        "remote.log.metadata.manager.class.name": _METADATA,
        "remote.log.metadata.manager.listener.name": "PLAINTEXT",
        "rlmm.config.remote.log.metadata.topic.num.partitions": "2",
        "rlmm.config.remote.log.metadata.topic.replication.factor": "1",
        "remote.log.manager.task.interval.ms": "100",
        "log.retention.check.interval.ms": "50",
        "log.initial.task.delay.ms": "50",
    }


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the remote storage."""
    return tmp_path_factory.mktemp("remote")


@dataclass(frozen=True)
class _Tiers:
    """A topic in both its tiers.

    Args:
        node: The node.
        remote: The folder of its remote storage.
        topic: The topic.
    """

    node: Node
    remote: Path
    topic: str

    def remote_files(self, suffix: str = "") -> list[Path]:
        """Return the remote files, in the order of their offsets."""
        return sorted((self.remote / "kafka-tiered-storage").glob(f"{self.topic}-0-*/*{suffix}"))

    def wait_for_remote(self, *expected: int) -> None:
        """Wait until there are remote segments with exactly these base offsets."""
        wait_until(lambda: self.remote_offsets() == list(expected), f"remote segments of {self.topic}: {expected}")

    def remote_offsets(self) -> list[int]:
        """Return the base offsets of the remote segments."""
        return [int(path.name.partition("-")[0]) for path in self.remote_files(".log")]

    def wait_for_local(self, *expected: int) -> None:
        """Wait until there are local segments with exactly these base offsets."""
        wait_until(
            lambda: base_offsets(self.node.data_dir, self.topic) == list(expected),
            f"local segments of {self.topic}: {expected}",
        )

    def produce(self, sent: Sequence[bytes], hours_ago: float) -> int:
        """Produce values, each into a segment of its own, and return the timestamp of the first."""
        first_ms = now_ms() - int(hours_ago * _HOUR_MS)
        rounds = [[(None, each)] for each in sent]
        produce_segments(self.node.bootstrap_servers, self.topic, rounds, first_ms=first_ms)
        return first_ms

    def offload(self) -> int:
        """Create the topic with five segments, all but the active one only remote; see `produce`."""
        create_topic(self.node.bootstrap_servers, self.topic, _REMOTE_ONLY)
        first_ms = self.produce(_VALUES, hours_ago=1)
        self.wait_for_remote(0, 1, 2, 3)
        self.wait_for_local(4)
        return first_ms

    def alter(self, changes: Mapping[str, str | None]) -> None:
        """Change configs of the topic."""
        alter_topic(self.node.bootstrap_servers, self.topic, changes)

    def read(self, *, committed_only: bool = False) -> list[bytes]:
        """Return all values from the first offset on."""
        return values(Confluent().read(self.node.bootstrap_servers, self.topic, committed_only=committed_only))

    def is_readable(self) -> bool:
        """Whether the remote segments can be read.

        For a moment after a start the broker answers UNKNOWN_SERVER_ERROR, since what is remote stands in a topic that
        it has to read first. The Java consumer asks again by itself, librdkafka tells its user.
        """
        try:
            return bool(self.read())
        except confluent_kafka.KafkaException:
            return False


@pytest.fixture(scope="module")
def node(remote: Path, node_spec: NodeSpec, settings: Settings) -> Iterator[Node]:
    """Run a node with remote storage."""
    spec = replace(node_spec, name="tiered", ephemeral=True, properties=_properties(remote))
    with running(spec, settings) as started:
        yield started


@pytest.fixture
def tiers(node: Node, remote: Path, topic: str) -> _Tiers:
    """Return the tiers of the test's own topic."""
    return _Tiers(node, remote, topic)


@pytest.mark.feature("Tiered storage", "Segments are offloaded and read back")
def test_what_is_only_remote_is_read_as_ever(tiers: _Tiers, servers: str) -> None:
    """With each segment its indexes, its leader epochs and its producers are copied."""
    first_ms = tiers.offload()
    for suffix in (".index", ".timeindex", ".leader_epoch_checkpoint", ".snapshot"):
        assert len(tiers.remote_files(suffix)) == 4, suffix
    assert tiers.read() == _VALUES
    with full_admin(servers) as admin:
        assert admin.earliest_and_latest(tiers.topic, 0) == (0, 5)
        assert admin.offset_at(tiers.topic, 0, first_ms + 2 * 2 * ROLL_MS) == 2


@pytest.mark.feature("Tiered storage", "Offsets of the tiers are listed")
def test_offsets_of_the_tiers(tiers: _Tiers, servers: str, tools: JavaTools) -> None:
    tiers.offload()
    for spec, offset in _OFFSETS.items():
        output = tools.must(_GET_OFFSETS, "--bootstrap-server", servers, "--topic", tiers.topic, "--time", spec)
        assert output.strip() == f"{tiers.topic}:0:{offset}", spec


@pytest.mark.feature("Tiered storage", "Transactions in remote segments")
def test_aborted_records_in_remote_segments_are_not_read(tiers: _Tiers, servers: str) -> None:
    """Which ones are aborted stands in the remote transaction index."""
    create_topic(servers, tiers.topic, _REMOTE_ONLY | {"segment.ms": "1"})
    producer = Confluent().transactional(servers, tiers.topic)
    for number in range(4):
        producer.begin()
        producer.send(tiers.topic, b"%d" % number)
        producer.abort() if number % 2 else producer.commit()
    producer.close()
    (last,) = Confluent().produce(servers, tiers.topic, [Record(b"last", timestamp_ms=now_ms() + 1000)])
    tiers.wait_for_local(last)
    assert tiers.remote_files(".txnindex")
    assert tiers.read(committed_only=True) == [b"0", b"2", b"last"]
    assert tiers.read() == [b"0", b"1", b"2", b"3", b"last"]


@pytest.mark.feature("Tiered storage", "Remote segments are deleted")
@pytest.mark.parametrize(
    ("config", "value", "left"), [("retention.ms", str(_HOUR_MS // 2), []), ("retention.bytes", "1100", [4])]
)
def test_retention_deletes_remote_segments(config: str, value: str, left: list[int], tiers: _Tiers) -> None:
    """By size, the local segment counts as well."""
    tiers.offload()
    tiers.produce([b"young"], hours_ago=0)
    tiers.wait_for_remote(0, 1, 2, 3, 4)
    tiers.wait_for_local(5)
    tiers.alter({config: value})
    tiers.wait_for_remote(*left)
    assert tiers.read() == [*(_VALUES[each] for each in left), b"young"]


@pytest.mark.feature("Tiered storage", "Remote segments are deleted")
def test_deleted_records_are_deleted_in_the_remote_tier(tiers: _Tiers, servers: str) -> None:
    tiers.offload()
    with full_admin(servers) as admin:
        admin.delete_records(tiers.topic, 0, 3)
    tiers.wait_for_remote(3)
    assert tiers.read() == _VALUES[3:]


@pytest.mark.feature("Tiered storage", "Remote segments are deleted")
def test_a_deleted_topic_is_deleted_in_the_remote_tier(tiers: _Tiers, servers: str) -> None:
    tiers.offload()
    with full_admin(servers) as admin:
        admin.delete_topics(tiers.topic)
    wait_until(lambda: tiers.remote_files() == [], "the remote files are deleted")


@pytest.mark.feature("Tiered storage", "Remote metadata survives restarts and crashes")
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_after_a_restart_the_broker_knows_what_is_remote(end: str, tiers: _Tiers, tools: JavaTools) -> None:
    tiers.offload()
    getattr(tiers.node, end)()
    tiers.node.restart()
    wait_until(tiers.is_readable, "the broker has read its remote metadata")
    assert tiers.read() == _VALUES
    tiers.produce([b"6", b"7"], hours_ago=0.5)
    tiers.wait_for_remote(0, 1, 2, 3, 4, 5)
    logs = ",".join(map(str, tiers.node.data_dir.glob("__remote_log_metadata-*/*.log")))
    dump = tools.must("org.apache.kafka.tools.DumpLogSegments", "--remote-log-metadata-decoder", "--files", logs)
    assert "COPY_SEGMENT_FINISHED" in dump


@pytest.mark.feature("Tiered storage", "Tiering of a topic is paused and ended")
def test_with_copying_disabled_segments_stay_local(tiers: _Tiers) -> None:
    """What is remote stays so; another topic tells that the copier has been there. Then copying goes on.

    Since nothing goes to the remote tier, what is local must be kept as long as everything.
    """
    tiers.offload()
    with pytest.raises(Exception, match="must be set to the identical value"):
        tiers.alter({"remote.log.copy.disable": "true"})
    tiers.alter({"remote.log.copy.disable": "true", "local.retention.bytes": "-2"})
    tiers.produce([b"6", b"7"], hours_ago=0.5)
    replace(tiers, topic=f"{tiers.topic}-control").offload()
    assert tiers.remote_offsets() == [0, 1, 2, 3]
    assert tiers.read() == [*_VALUES, b"6", b"7"]
    tiers.alter({"remote.log.copy.disable": "false"} | _LOCAL_RETENTION)
    tiers.wait_for_remote(0, 1, 2, 3, 4, 5)


@pytest.mark.feature("Tiered storage", "Tiering of a topic is paused and ended")
def test_a_topic_becomes_tiered_and_local_again(tiers: _Tiers, servers: str) -> None:
    """It ends only together with what is remote (KIP-950); the log then begins with what is local."""
    create_topic(servers, tiers.topic, {"segment.ms": str(ROLL_MS), "file.delete.delay.ms": "0"})
    tiers.produce(_VALUES, hours_ago=1)
    tiers.alter({"remote.storage.enable": "true"} | _LOCAL_RETENTION)
    tiers.wait_for_remote(0, 1, 2, 3)
    tiers.wait_for_local(4)
    with pytest.raises(Exception, match=r"remote\.log\.delete\.on\.disable"):
        tiers.alter({"remote.storage.enable": "false"})
    ended = {"remote.storage.enable": "false", "remote.log.delete.on.disable": "true", "local.retention.bytes": None}
    tiers.alter(ended)
    wait_until(lambda: tiers.remote_files() == [], "the remote files are deleted")
    assert tiers.read() == _VALUES[4:]


@pytest.mark.feature("Tiered storage", "Topics that cannot be tiered are refused")
def test_a_broker_without_remote_storage_has_no_tiered_topics(start: StartNode) -> None:
    node = start(ephemeral=True)
    with pytest.raises(Exception, match="Tiered Storage functionality is disabled"):
        create_topic(node.bootstrap_servers, "tiered", {"remote.storage.enable": "true"})


@pytest.mark.feature("Tiered storage", "Topics that cannot be tiered are refused")
def test_a_compacted_topic_cannot_be_tiered(servers: str, topic: str) -> None:
    with pytest.raises(Exception, match=r"(?i)remote log storage.*(compact|delete)"):
        create_topic(servers, topic, _TIERED | {"cleanup.policy": "compact"})


def _set_quota(servers: str, name: str, value: str) -> None:
    entry = confluent_admin.ConfigEntry(name, value, incremental_operation=confluent_admin.AlterConfigOpType.SET)
    broker = confluent_admin.ConfigResource(confluent_admin.RESOURCE_BROKER, "1", incremental_configs=[entry])
    client = confluent_admin.AdminClient({"bootstrap.servers": servers, "logger": LOG})
    for future in client.incremental_alter_configs([broker]).values():
        future.result(30)


@pytest.mark.feature("Tiered storage", "Quotas of copying and reading")
def test_copying_waits_for_its_quota(start: StartNode, tmp_path: Path) -> None:
    """The first copy exceeds the quota, whose window is ten minutes; raising it lets the others be copied."""
    node = start(ephemeral=True, properties=_properties(tmp_path) | _WAITS_TEN_MINUTES | {_COPY_QUOTA: "1"})
    tiers = _Tiers(node, tmp_path, "slow")
    create_topic(node.bootstrap_servers, tiers.topic, _TIERED)
    tiers.produce([b"x" * 100_000] * _COUNT, hours_ago=1)
    tiers.wait_for_remote(0)
    time.sleep(0.5)  # several intervals of the copier, which has nothing else to tell it has been there
    assert tiers.remote_offsets() == [0]
    _set_quota(node.bootstrap_servers, _COPY_QUOTA, _UNLIMITED)
    tiers.wait_for_remote(0, 1, 2, 3)


@pytest.mark.feature("Tiered storage", "Quotas of copying and reading")
def test_reading_waits_for_its_quota(start: StartNode, tmp_path: Path) -> None:
    """The first remote read exceeds the quota, whose window is ten minutes; raising it lets the others be read."""
    node = start(ephemeral=True, properties=_properties(tmp_path) | _WAITS_TEN_MINUTES | {_FETCH_QUOTA: "1"})
    _Tiers(node, tmp_path, "slow").offload()
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": node.bootstrap_servers, "group.id": "unused", "fetch.wait.max.ms": 50, "logger": LOG}
    )
    with closing(consumer):
        consumer.assign([confluent_kafka.TopicPartition("slow", 0, 0)])
        read = [_poll(consumer, 30)]
        assert _poll(consumer, 1) is None
        _set_quota(node.bootstrap_servers, _FETCH_QUOTA, _UNLIMITED)
        read += [_poll(consumer, 30) for _ in range(_COUNT - 1)]
    assert read == _VALUES


def _poll(consumer: confluent_kafka.Consumer, seconds: float) -> bytes | None:
    message = consumer.poll(seconds)
    assert message is None or message.error() is None
    return message.value() if message else None
