"""Leader epochs of a log, and Kafka's tool that shows what is in its files."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record
from ..waiting import wait_until
from .log_files import checkpoint, create_topic, segments

if TYPE_CHECKING:
    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_DUMP = "org.apache.kafka.tools.DumpLogSegments"
_TRUNCATED_POSITION = str(Path(__file__).with_name("java") / "TruncatedPosition.java")


def _epochs(node: Node, topic: str) -> list[tuple[int, int]]:
    """Return the leader epochs of a partition, and with which offset each begins."""
    entries = checkpoint(node.data_dir / f"{topic}-0" / "leader-epoch-checkpoint")
    return [(int(epoch), int(offset)) for epoch, offset in entries]


def _node_with_two_epochs(start: StartNode, topic: str) -> tuple[Node, list[tuple[int, int]]]:
    """Start a node on which a crash begins a new leader epoch after five records."""
    node = start(ephemeral=True)
    create_topic(node.bootstrap_servers, topic)
    Confluent().produce(node.bootstrap_servers, topic, [Record(b"%d" % number) for number in range(5)])
    node.kill()
    node.restart()
    Confluent().produce(node.bootstrap_servers, topic, [Record(b"%d" % number) for number in range(5, 8)])
    wait_until(lambda: len(_epochs(node, topic)) == 2, "a second epoch is in the checkpoint")
    return node, _epochs(node, topic)


@pytest.mark.feature("Log", "Leader epochs: checkpoint and OffsetForLeaderEpoch")
def test_where_an_epoch_ended_is_known_to_clients(start: StartNode, tools: JavaTools) -> None:
    """A position after the end of the epoch that it is of diverges there (KIP-320)."""
    node, epochs = _node_with_two_epochs(start, "epochs")
    (first, _), (second, begin) = epochs
    assert (epochs[0][1], begin) == (0, 5)
    assert second > first
    asked = {(3, first): "read: 3", (7, first): "diverges at: 5", (7, second): "read: 7"}
    for (offset, epoch), expected in asked.items():
        arguments = (node.bootstrap_servers, "epochs", str(offset), str(epoch))
        assert tools.must(_TRUNCATED_POSITION, *arguments).strip() == expected


@pytest.mark.feature("Log", "Leader epochs: checkpoint and OffsetForLeaderEpoch")
def test_a_lost_checkpoint_of_epochs_is_rebuilt_from_the_log(start: StartNode) -> None:
    node, epochs = _node_with_two_epochs(start, "epochs")
    node.kill()
    (node.data_dir / "epochs-0" / "leader-epoch-checkpoint").unlink()
    node.restart()
    Confluent().produce(node.bootstrap_servers, "epochs", [Record(b"8")])
    wait_until(lambda: _epochs(node, "epochs")[:2] == epochs, "the epochs are known again")


@pytest.mark.feature("Log", "The dump tool reads what the broker wrote")
def test_segments_and_their_indexes_are_dumped(node: Node, servers: str, topic: str, tools: JavaTools) -> None:
    create_topic(servers, topic, {"index.interval.bytes": "0"})
    for number in range(10):
        sent = Record(b"value %d" % number * 20, b"key %d" % number, (("header", b"h"),))
        Confluent().produce(servers, topic, [sent], codec="zstd", idempotent=True)
    segment = segments(node.data_dir, topic)[0]
    node.restart()  # which closes the files, and cuts the indexes
    files = ",".join(str(segment.with_suffix(suffix)) for suffix in (".log", ".index", ".timeindex"))
    output = tools.must(_DUMP, "--print-data-log", "--deep-iteration", "--verify-index-only", "--files", files)
    assert output.count("compresscodec: zstd") == 10
    assert re.findall(r"key: (key \d) payload: (value \d)", output) == [
        (f"key {number}", f"value {number}") for number in range(10)
    ]
    assert "isvalid: true" in output
    assert "isvalid: false" not in output
    assert not re.search(r"(?i)found|mismatch|non-secutive", output)


@pytest.mark.feature("Log", "The dump tool reads what the broker wrote")
def test_the_metadata_log_and_the_offsets_topic_are_dumped(
    node: Node, servers: str, topic: str, tools: JavaTools
) -> None:
    Confluent().produce(servers, topic, [Record(b"x")])
    member = Confluent().join(servers, f"group-of-{topic}", topic)
    with closing(member):
        wait_until(member.poll, "the record comes")
        member.commit()
    metadata = segments(node.data_dir, "__cluster_metadata")[0]
    dump = tools.must(_DUMP, "--cluster-metadata-decoder", "--files", metadata)
    assert '"type":"TOPIC_RECORD"' in dump
    assert f'"name":"{topic}"' in dump
    offsets = segments(node.data_dir, "__consumer_offsets")[0]
    assert f"group-of-{topic}" in tools.must(_DUMP, "--offsets-decoder", "--files", offsets)
