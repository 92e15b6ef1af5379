"""Streams groups (KIP-1071): the broker gets the topology of the members, creates their topics and assigns tasks."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kafka_native import pins
from kafka_native.distribution.maven import ensure_artifacts
from kafka_native.settings import load_settings

from ..adapters import Confluent, Record, values
from ..waiting import wait_until
from .administration import set_configs

if TYPE_CHECKING:
    import subprocess

    from ..java_tools import JavaTools

pytestmark = pytest.mark.feature("Groups", "Streams groups (KIP-1071)")

PROPERTIES = {
    "group.streams.min.heartbeat.interval.ms": "100",
    "group.streams.heartbeat.interval.ms": "100",
    "group.streams.initial.rebalance.delay.ms": "0",
}
_VERSION = "4.3.1"
_PROGRAM = str(Path(__file__).parent / "java" / "StreamsProgram.java")
_TOOL = "org.apache.kafka.tools.streams.StreamsGroupCommand"
_TIMEOUT_SECONDS = 90


@pytest.fixture(scope="module")
def streams(tools: JavaTools) -> JavaTools:
    """Return what runs programs that use Kafka Streams."""
    lock = pins.load_lock(f"streams-{_VERSION}")
    places = ensure_artifacts(lock, load_settings(), title="Kafka Streams")
    return replace(tools, class_path=(*tools.class_path, *places.values()))


def _wait_for_counts(servers: str, topic: str, expected: set[bytes]) -> None:
    wait_until(
        lambda: expected <= set(values(Confluent().read(servers, topic))), f"{topic} has {expected}", _TIMEOUT_SECONDS
    )


def _end(program: subprocess.Popen[str]) -> None:
    """Let the program leave the group and end."""
    output, _ = program.communicate(timeout=_TIMEOUT_SECONDS)
    assert program.returncode == 0, output


def test_members_of_a_streams_group_share_tasks_and_go_on_where_they_were(
    servers: str, topic: str, streams: JavaTools, tmp_path: Path
) -> None:
    source, target = f"{topic}-in", f"{topic}-out"
    with Confluent().admin(servers) as admin:
        admin.create_topic(source, 2)
        admin.create_topic(target)
        Confluent().produce(servers, source, [Record(each, partition=n) for n, each in enumerate((b"a", b"b"))])
        run = functools.partial(streams.running, _PROGRAM, servers, topic, source, target)
        with run(tmp_path / "first") as first, run(tmp_path / "second") as second:
            _wait_for_counts(servers, target, {b"a=1", b"b=1"})
            _check_described(servers, topic, streams)
            own = {name.removeprefix(f"{topic}-") for name in admin.topics() if name.startswith(f"{topic}-counts")}
            assert own == {"counts-changelog", "counts-repartition"}
            _end(first)
            _end(second)
    Confluent().produce(servers, source, [Record(b"a"), Record(b"b", partition=1)])
    with streams.running(_PROGRAM, servers, topic, source, target, tmp_path / "third") as third:
        _wait_for_counts(servers, target, {b"a=2", b"b=2"})  # counts of before came from the changelog
        _end(third)


def _check_described(servers: str, group: str, tools: JavaTools) -> None:
    tool = functools.partial(tools.must, _TOOL, "--bootstrap-server", servers)
    assert group in tool("--list").splitlines()
    wait_until(lambda: "Stable" in tool("--describe", "--group", group, "--state"), "it is stable", _TIMEOUT_SECONDS)
    members = tool("--describe", "--group", group, "--members")
    assert len([line for line in members.splitlines() if line.startswith(group)]) == 2


def test_the_tool_resets_and_deletes_a_streams_group(
    servers: str, topic: str, streams: JavaTools, tmp_path: Path
) -> None:
    source, target = f"{topic}-in", f"{topic}-out"
    set_configs(servers, "GROUP", topic, {"streams.num.standby.replicas": "1"})
    Confluent().produce(servers, source, [Record(b"a")])
    with Confluent().admin(servers) as admin:
        admin.create_topic(target)
    with streams.running(_PROGRAM, servers, topic, source, target, tmp_path / "only") as program:
        _wait_for_counts(servers, target, {b"a=1"})
        _end(program)
    tool = functools.partial(streams.must, _TOOL, "--bootstrap-server", servers)
    wait_until(lambda: "Empty" in tool("--describe", "--group", topic, "--state"), "all left", _TIMEOUT_SECONDS)
    tool("--reset-offsets", "--group", topic, "--input-topic", source, "--to-earliest", "--execute")
    tool("--delete", "--group", topic)
    assert topic not in tool("--list").splitlines()
