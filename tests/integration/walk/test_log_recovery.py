"""What a crash leaves behind, and how the log is put right when the broker starts again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..adapters import Confluent, Record, values
from ..log_segments import record_batches
from ..waiting import wait_until
from .log_files import ROLL_MS, base_offsets, checkpoint, create_topic, now_ms, produce_segments, segments

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_COUNT = 20
_HOUR_MS = 3_600_000
_MARKER = ".kafka_cleanshutdown"
_SEGMENTED = {"segment.ms": str(ROLL_MS)}


def _append_garbage(segment: Path) -> None:
    with segment.open("ab") as file:
        file.write(b"\x00" * 7 + b"garbage" * 50)


def _append_half_a_batch(segment: Path) -> None:
    data = segment.read_bytes()
    with segment.open("ab") as file:
        file.write(data[:40])


def _flip_a_bit_of_the_last_batch(segment: Path) -> None:
    data = bytearray(segment.read_bytes())
    data[-1] ^= 1
    segment.write_bytes(data)


def _cut_the_last_batch(segment: Path) -> None:
    segment.write_bytes(segment.read_bytes()[:-3])


def _node_with_records(start: StartNode, topic: str) -> Node:
    """Start a node, and produce batches of one record, the last of them into a segment of its own."""
    node = start(ephemeral=True)
    create_topic(node.bootstrap_servers, topic, _SEGMENTED)
    first_ms = now_ms() - _HOUR_MS
    for number in range(_COUNT):
        at = first_ms + (2 * ROLL_MS if number >= _COUNT // 2 else 0)
        Confluent().produce(node.bootstrap_servers, topic, [Record(b"%d" % number, timestamp_ms=at)], idempotent=True)
    assert base_offsets(node.data_dir, topic) == [0, _COUNT // 2]
    return node


@pytest.mark.feature("Log", "Recovery after a crash: unclean tail of a segment")
@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        (_append_garbage, 0),
        (_append_half_a_batch, 0),
        (_flip_a_bit_of_the_last_batch, 1),
        (_cut_the_last_batch, 1),
    ],
    ids=["garbage", "half a batch", "flipped bit", "cut batch"],
)
def test_the_log_ends_with_its_last_whole_batch(damage: Callable[[Path], None], lost: int, start: StartNode) -> None:
    node = _node_with_records(start, "damaged")
    node.kill()
    damage(segments(node.data_dir, "damaged")[-1])
    node.restart()
    expected = [b"%d" % number for number in range(_COUNT - lost)]
    assert values(Confluent().read(node.bootstrap_servers, "damaged")) == expected
    assert Confluent().produce(node.bootstrap_servers, "damaged", [Record(b"next")]) == [_COUNT - lost]
    assert [each.count for each in record_batches(node.data_dir, "damaged")] == [1] * (_COUNT - lost + 1)


@pytest.mark.feature("Log", "Recovery after a crash: index files are rebuilt")
@pytest.mark.parametrize("content", [None, b"garbage"], ids=["missing", "damaged"])
def test_index_files_are_rebuilt(content: bytes | None, start: StartNode) -> None:
    node = start(ephemeral=True)
    create_topic(node.bootstrap_servers, "indexed", _SEGMENTED | {"index.interval.bytes": "0"})
    first_ms = now_ms() - _HOUR_MS
    for number in range(_COUNT):
        produce_segments(
            node.bootstrap_servers, "indexed", [[(None, b"%d" % number)]], first_ms=first_ms + 200 * number
        )
    node.kill()
    for path in (node.data_dir / "indexed-0").glob("*index"):
        path.unlink() if content is None else path.write_bytes(content)
    node.restart()
    assert values(Confluent().read(node.bootstrap_servers, "indexed")) == [b"%d" % each for each in range(_COUNT)]
    with Confluent().admin(node.bootstrap_servers) as admin:
        assert admin.offset_at("indexed", 0, first_ms + 200 * 7 - 1) == 7
    node.stop()  # which cuts the active segment's index to what is in it
    for segment in segments(node.data_dir, "indexed"):
        assert segment.with_suffix(".index").stat().st_size % 8 == 0
        assert segment.with_suffix(".index").stat().st_size > 0
        assert segment.with_suffix(".timeindex").stat().st_size % 12 == 0


@pytest.mark.feature("Log", "Clean shutdown leaves a marker, a crash does not")
def test_the_marker_tells_whether_the_log_must_be_recovered(start: StartNode) -> None:
    node = _node_with_records(start, "marked")
    marker = node.data_dir / _MARKER
    assert not marker.exists()
    node.stop()
    assert marker.exists()
    node.restart()
    assert not marker.exists()
    assert "Recovering" not in _lines_about(node, "marked-0")
    node.kill()
    assert not marker.exists()
    node.restart()
    assert "Recovering" in _lines_about(node, "marked-0")
    assert len(Confluent().read(node.bootstrap_servers, "marked")) == _COUNT


def _lines_about(node: Node, partition: str) -> str:
    lines = node.log_file.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if partition in line)


@pytest.mark.feature("Log", "Checkpoints of recovery point, high watermark and log start")
def test_checkpoints_are_written(start: StartNode) -> None:
    properties = {
        "replica.high.watermark.checkpoint.interval.ms": "100",
        "log.flush.offset.checkpoint.interval.ms": "100",
        "log.flush.start.offset.checkpoint.interval.ms": "100",
        "log.flush.scheduler.interval.ms": "100",
        "log.initial.task.delay.ms": "50",
    }
    node = start(ephemeral=True, properties=properties)
    create_topic(node.bootstrap_servers, "checked", {"flush.ms": "50"})
    Confluent().produce(node.bootstrap_servers, "checked", [Record(b"x")] * 5)
    with Confluent().admin(node.bootstrap_servers) as admin:
        admin.delete_records("checked", 0, 2)
    expected = {
        "replication-offset-checkpoint": "5",
        "recovery-point-offset-checkpoint": "5",
        "log-start-offset-checkpoint": "2",
    }
    for name, offset in expected.items():
        path = node.data_dir / name
        wait_until(lambda: ["checked", "0", offset] in checkpoint(path), f"{name} is written")  # noqa: B023
    node.kill()
    node.restart()
    assert [each.offset for each in Confluent().read(node.bootstrap_servers, "checked")] == [2, 3, 4]


@pytest.mark.feature("Log", "Snapshots of producers")
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_producers_are_known_again_after_a_restart(end: str, start: StartNode, tools: JavaTools) -> None:
    """A snapshot is written when a segment ends and at shutdown; after a crash the rest is read from the log."""
    node = _node_with_records(start, "produced")
    folder = node.data_dir / "produced-0"
    before = _described_producers(tools, node)
    assert len(before) == _COUNT
    getattr(node, end)()
    names = {path.name for path in folder.glob("*.snapshot")}
    assert names == {f"{each:020}.snapshot" for each in ([10, 20] if end == "stop" else [10])}
    dump = tools.must("org.apache.kafka.tools.DumpLogSegments", "--files", str(folder / f"{_COUNT // 2:020}.snapshot"))
    assert dump.count("producerId:") == _COUNT // 2
    node.restart()
    assert _described_producers(tools, node) == before


def _described_producers(tools: JavaTools, node: Node) -> set[str]:
    command = ("describe-producers", "--topic", "produced", "--partition", "0")
    output = tools.must(
        "org.apache.kafka.tools.TransactionsCommand", "--bootstrap-server", node.bootstrap_servers, *command
    )
    return {" ".join(line.split()) for line in output.splitlines()[1:]}


@pytest.mark.feature("Log", "Fsync after records and after time")
def test_every_record_is_flushed_when_that_is_asked_for(start: StartNode) -> None:
    """The recovery point is how far the log was flushed."""
    node = start(ephemeral=True, properties={"log.flush.offset.checkpoint.interval.ms": "50"})
    create_topic(node.bootstrap_servers, "flushed", {"flush.messages": "1"})
    Confluent().produce(node.bootstrap_servers, "flushed", [Record(b"x")])
    path = node.data_dir / "recovery-point-offset-checkpoint"
    wait_until(lambda: ["flushed", "0", "1"] in checkpoint(path), "the recovery point is after the record")
