"""Several log dirs: partitions are spread over them, move between them, and outlive the failure of another one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import confluent_kafka
import pytest

from ..adapters import Confluent, Record, values
from ..waiting import wait_until
from .log_files import create_topic

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_LOG_DIRS = "org.apache.kafka.tools.LogDirsCommand"
_REASSIGN = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"
_PARTITIONS = 6


@dataclass(frozen=True)
class _Dirs:
    """A node with three log dirs, the first of which has the metadata.

    Args:
        node: The node.
        folders: Its log dirs.
    """

    node: Node
    folders: tuple[Path, ...]

    def spread(self, topic: str) -> dict[int, Path]:
        """Return the log dir of each partition of a topic; future replicas do not count."""
        found = [path for folder in self.folders if folder.is_dir() for path in folder.glob(f"{topic}-*")]
        return {int(path.name.rpartition("-")[2]): path.parent for path in found if path.name[-1].isdecimal()}


@pytest.fixture
def dirs(start: StartNode, tmp_path: Path) -> _Dirs:
    """Start a node with three log dirs."""
    folders = tuple(tmp_path / f"log-dir-{number}" for number in range(3))
    properties = {
        "log.dirs": ",".join(map(str, folders)),
        "replica.high.watermark.checkpoint.interval.ms": "100",
        "log.initial.task.delay.ms": "50",
    }
    return _Dirs(start(ephemeral=True, properties=properties), folders)


def _produce_to_all(servers: str, topic: str) -> list[bytes]:
    create_topic(servers, topic, partitions=_PARTITIONS)
    sent = [Record(b"%d" % number, partition=number % _PARTITIONS) for number in range(_PARTITIONS * 5)]
    Confluent().produce(servers, topic, sent)
    return sorted(values(sent))


def _describe(tools: JavaTools, servers: str, topic: str) -> list[dict[str, Any]]:
    output = tools.must(_LOG_DIRS, "--bootstrap-server", servers, "--describe", "--topic-list", topic)
    (line,) = [line for line in output.splitlines() if line.startswith("{")]
    (broker,) = json.loads(line)["brokers"]
    found: list[dict[str, Any]] = broker["logDirs"]
    return found


@pytest.mark.feature("Log", "Several log dirs, described by kafka-log-dirs")
def test_partitions_are_spread_over_the_log_dirs(dirs: _Dirs, tools: JavaTools) -> None:
    sent = _produce_to_all(dirs.node.bootstrap_servers, "spread")
    spread = dirs.spread("spread")
    assert sorted(spread) == list(range(_PARTITIONS))
    assert set(spread.values()) == set(dirs.folders)
    described = {
        partition["partition"]: each["logDir"]
        for each in _describe(tools, dirs.node.bootstrap_servers, "spread")
        for partition in each["partitions"]
    }
    assert described == {f"spread-{number}": str(folder) for number, folder in spread.items()}
    ids = {
        (folder / "meta.properties").read_text(encoding="utf-8").partition("directory.id=")[2]
        for folder in dirs.folders
    }
    assert len(ids) == len(dirs.folders)
    dirs.node.restart()
    assert dirs.spread("spread") == spread
    assert sorted(values(Confluent().read(dirs.node.bootstrap_servers, "spread"))) == sent


@pytest.mark.feature("Log", "Replicas move between log dirs")
def test_a_replica_moves_to_another_log_dir(dirs: _Dirs, tools: JavaTools) -> None:
    """Within the broker: the future replica catches up, and takes the place of the current one (KIP-113)."""
    servers = dirs.node.bootstrap_servers
    sent = _produce_to_all(servers, "moved")
    target = next(folder for folder in dirs.folders if folder != dirs.spread("moved")[0])
    partition = {"topic": "moved", "partition": 0, "replicas": [1], "log_dirs": [str(target)]}
    plan = tools.folder / "move.json"
    plan.write_text(json.dumps({"version": 1, "partitions": [partition]}), encoding="utf-8")
    output = tools.must(
        _REASSIGN, "--bootstrap-server", servers, "--reassignment-json-file", plan, "--execute",
        "--replica-alter-log-dirs-throttle", "100000000",
    )  # fmt: skip
    assert f"log directory to {target} for replica moved-0 with broker 1" in output
    wait_until(lambda: dirs.spread("moved")[0] == target, "the replica is in the other log dir")
    verified = tools.must(_REASSIGN, "--bootstrap-server", servers, "--reassignment-json-file", plan, "--verify")
    assert "Reassignment of replica moved-0-1 completed successfully." in verified
    assert Confluent().produce(servers, "moved", [Record(b"after")]) == [5]
    assert sorted(values(Confluent().read(servers, "moved"))) == sorted([*sent, b"after"])
    dirs.node.restart()
    assert dirs.spread("moved")[0] == target
    assert sorted(values(Confluent().read(servers, "moved"))) == sorted([*sent, b"after"])


def _break(folder: Path) -> None:
    """Put a file in the place of a log dir, so that nothing in it can be opened any more, even by root."""
    folder.rename(folder.with_name(f"{folder.name}-was-here"))  # at once, however busy the broker is in it
    folder.write_text("no folder", encoding="utf-8")


def _is_readable(servers: str, topic: str, partition: int) -> bool:
    consumer = confluent_kafka.Consumer({"bootstrap.servers": servers, "group.id": "unused"})
    try:
        low, high = consumer.get_watermark_offsets(confluent_kafka.TopicPartition(topic, partition), timeout=2)
    except confluent_kafka.KafkaException:
        return False
    finally:
        consumer.close()
    return bool(low < high)


@pytest.mark.feature("Log", "A log dir fails, the broker goes on with the others")
def test_the_other_log_dirs_outlive_a_failed_one(dirs: _Dirs, tools: JavaTools) -> None:
    """The broker tells the controller in its heartbeats; new partitions come into the others (KIP-858)."""
    servers = dirs.node.bootstrap_servers
    _produce_to_all(servers, "partly")
    spread = dirs.spread("partly")
    broken = dirs.folders[2]  # not the one with the metadata
    _break(broken)
    lost = {partition for partition, folder in spread.items() if folder == broken}
    assert lost
    offline = f"Stopping serving logs in dir {broken}"
    wait_until(lambda: offline in dirs.node.log_file.read_text(encoding="utf-8"), "the broker sees it")
    for partition in spread:
        wait_until(lambda: _is_readable(servers, "partly", partition) == (partition not in lost), "the others stay")  # noqa: B023
    create_topic(servers, "new", partitions=_PARTITIONS)
    Confluent().produce(servers, "new", [Record(b"x", partition=number) for number in range(_PARTITIONS)])
    assert set(dirs.spread("new").values()) == set(dirs.folders[:2])
    errors = {each["logDir"]: each["error"] for each in _describe(tools, servers, "new")}
    assert {folder for folder, error in errors.items() if error} <= {str(broken)}
    assert dirs.node.pid


@pytest.mark.feature("Log", "A log dir fails, the broker goes on with the others")
def test_with_a_failed_log_dir_the_broker_starts(dirs: _Dirs) -> None:
    servers = dirs.node.bootstrap_servers
    _produce_to_all(servers, "partly")
    spread = dirs.spread("partly")
    broken = dirs.folders[2]  # not the one with the metadata
    dirs.node.stop()
    (segment, *_) = broken.glob("partly-*/*.log")
    segment.unlink()
    segment.mkdir()
    dirs.node.restart()
    for partition, folder in spread.items():
        there = folder != broken
        wait_until(lambda: _is_readable(servers, "partly", partition) == there, "the others are there")  # noqa: B023


@pytest.mark.feature("Log", "A log dir fails, the broker goes on with the others")
def test_without_the_metadata_log_dir_the_broker_ends(dirs: _Dirs) -> None:
    """The metadata log cannot be done without: the node halts instead of going on half."""
    create_topic(dirs.node.bootstrap_servers, "one", partitions=_PARTITIONS)
    _break(dirs.folders[0])
    wait_until(lambda: dirs.node.pid is None, "the process has ended")
