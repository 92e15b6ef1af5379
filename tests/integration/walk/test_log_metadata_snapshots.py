"""Snapshots of the metadata log, and a start from one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record, values
from ..waiting import wait_until
from .log_files import create_topic, full_admin

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_DUMP = "org.apache.kafka.tools.DumpLogSegments"
_COUNT = 20


def _snapshots(node: Node) -> list[Path]:
    """Return the snapshots after the first, which is written when the log dir is formatted."""
    found = sorted((node.data_dir / "__cluster_metadata-0").glob("*.checkpoint"))
    return [path for path in found if int(path.name.partition("-")[0]) > 0]


def _node_with_snapshots(start: StartNode, **properties: str) -> Node:
    node = start(ephemeral=True, properties={name.replace("_", "."): value for name, value in properties.items()})
    with full_admin(node.bootstrap_servers) as admin:
        for number in range(_COUNT):
            admin.create_topic(f"topic-{number}", configs={"retention.ms": "123456789"})
    Confluent().produce(node.bootstrap_servers, "topic-0", [Record(b"x")])
    wait_until(lambda: _snapshots(node), "a snapshot is written")
    return node


def _remove_metadata_log(node: Node) -> None:
    folder = node.data_dir / "__cluster_metadata-0"
    for path in (*folder.glob(f"{0:020}.*"), folder / "leader-epoch-checkpoint"):
        path.unlink()
    assert _snapshots(node)


@pytest.mark.feature("Log", "Snapshots of the metadata log")
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_the_node_starts_from_a_snapshot(end: str, start: StartNode, tools: JavaTools) -> None:
    """The log is taken away, so that only the snapshot can tell of topics: it knows all but the last ones."""
    node = _node_with_snapshots(start, metadata_log_max_record_bytes_between_snapshots="1000")
    wait_until(lambda: len(_snapshots(node)) >= 2, "more snapshots are written")
    getattr(node, end)()
    snapshot = _snapshots(node)[-1]
    dump = tools.must(_DUMP, "--cluster-metadata-decoder", "--files", snapshot)
    known = set(re.findall(r'"name":"(topic-\d+)"', dump))
    assert "topic-0" in known
    _remove_metadata_log(node)
    node.restart()
    with full_admin(node.bootstrap_servers) as admin:
        assert set(admin.topics()) == known
        assert admin.topic_config("topic-0")["retention.ms"] == "123456789"
    assert values(Confluent().read(node.bootstrap_servers, "topic-0")) == [b"x"]


@pytest.mark.feature("Log", "Snapshots of the metadata log")
def test_a_snapshot_is_written_after_time_as_well(start: StartNode) -> None:
    node = _node_with_snapshots(start, metadata_log_max_snapshot_interval_ms="500")
    before = len(_snapshots(node))
    create_topic(node.bootstrap_servers, "later")
    wait_until(lambda: len(_snapshots(node)) > before, "another snapshot is written")
