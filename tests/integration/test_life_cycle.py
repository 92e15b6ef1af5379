"""From up to down: what is asked for is there, what was acknowledged stays, and nothing is left running."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import confluent_kafka
import confluent_kafka.admin as confluent_admin
import pytest

from kafka_native.broker import NodeSpec, TopicSpec, down, up

from .adapters import CLIENTS, Confluent, Record, values
from .adapters.confluent import LOG
from .local_processes import leaked_processes
from .log_segments import record_batches
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import Node
    from kafka_native.settings import Settings

    from .conftest import StartNode

pytestmark = pytest.mark.trace

_TIMEOUT_SECONDS = 30
_CYCLES = {"native": 50, "jvm": 5}
_CLEAN_SHUTDOWN_MARKER = ".kafka_cleanshutdown"  # CleanShutdownFileHandler writes it when all logs are closed
_CLEAN_START = "since clean shutdown file was found"
_RECOVERY = "since no clean shutdown file was found"


class _BusyProducer:
    """Produces in a thread, with acks=all, until it is told to stop; it knows what was acknowledged."""

    def __init__(self, servers: str, topic: str, partitions: int) -> None:
        self.acknowledged: list[bytes] = []
        self._topic = topic
        self._partitions = partitions
        self._stopping = threading.Event()
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": servers,
                "acks": "all",
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 1,
                "queue.buffering.max.messages": 2000,
                "logger": LOG,
            }
        )
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def stop(self) -> set[bytes]:
        """Stop, give up what is not acknowledged, and return what is."""
        self._stopping.set()
        self._thread.join(_TIMEOUT_SECONDS)
        assert not self._thread.is_alive()
        self._producer.purge()
        self._producer.flush(_TIMEOUT_SECONDS)
        assert len(self.acknowledged) == len(set(self.acknowledged))
        return set(self.acknowledged)

    def _work(self) -> None:
        number = 0
        while not self._stopping.is_set():
            try:
                value = b"record %d" % number
                self._producer.produce(
                    self._topic, value, partition=number % self._partitions, on_delivery=self._delivered
                )
                number += 1
            except BufferError:
                self._producer.poll(0.01)
            self._producer.poll(0)

    def _delivered(self, error: Any, message: Any) -> None:
        if error is None:
            self.acknowledged.append(message.value())


def _wait_for_acknowledged(producer: _BusyProducer, count: int) -> None:
    already = len(producer.acknowledged)
    wait_until(lambda: len(producer.acknowledged) >= already + count, f"{count} more records are acknowledged")


def _read_once(servers: str, topic: str) -> set[bytes]:
    """Return the values in a topic, none of which may be there twice."""
    read = values(Confluent().read(servers, topic))
    assert len(read) == len(set(read))
    return set(read)


def test_data_is_kept_over_a_restart(start: StartNode) -> None:
    """Records, offsets of groups, configs, the cluster id and the port."""
    node = start(topics=(TopicSpec("kept", 3),))
    before = node.report
    sent = [
        Record(f"{number}".encode(), b"key", (("h", b"v"),), 1_700_000_000_000 + number, number % 3)
        for number in range(300)
    ]
    for client, codec in zip(CLIENTS, ("zstd", "snappy", "gzip"), strict=True):
        client.produce(node.bootstrap_servers, "kept", sent, codec=codec)
    first = {client.name: client.read(node.bootstrap_servers, "kept") for client in CLIENTS}
    with Confluent().admin(node.bootstrap_servers) as admin:
        admin.alter_topic_config("kept", {"retention.ms": "-1"})
        admin.alter_group_offsets("group", {("kept", 1): 42})
    node.restart()
    assert node.report.pid != before.pid
    assert (node.report.cluster_id, node.bootstrap_servers) == (before.cluster_id, before.bootstrap_servers)
    assert {client.name: client.read(node.bootstrap_servers, "kept") for client in CLIENTS} == first
    assert len(first["aiokafka"]) == 900
    with Confluent().admin(node.bootstrap_servers) as admin:
        assert admin.topic_config("kept")["retention.ms"] == "-1"
        assert wait_until(lambda: admin.group_offsets("group"), "the group is loaded") == {("kept", 1): 42}
    assert Confluent().produce(node.bootstrap_servers, "kept", [Record(b"after")]) == [300]


def test_sigterm_in_the_middle_of_a_produce_loses_nothing_and_is_clean(start: StartNode) -> None:
    node = start(topics=(TopicSpec("busy", 4),))
    producer = _BusyProducer(node.bootstrap_servers, "busy", 4)
    _wait_for_acknowledged(producer, 500)
    pid = node.pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    assert _exit_code(pid) == 0
    acknowledged = producer.stop()
    assert (node.data_dir / _CLEAN_SHUTDOWN_MARKER).exists()
    node.restart()
    log = node.log_file.read_text()
    assert _CLEAN_START in log
    assert _RECOVERY not in log
    assert not acknowledged - _read_once(node.bootstrap_servers, "busy")


def _exit_code(pid: int) -> int:
    """Wait until a child of ours has ended, and return its exit code (negative for a signal)."""
    ended, status = wait_until(
        lambda: (found := os.waitpid(pid, os.WNOHANG))[0] and found, f"process {pid} ends", _TIMEOUT_SECONDS
    ) or (0, 0)
    assert ended == pid
    return os.waitstatus_to_exitcode(status)


def test_a_killed_broker_recovers_all_acknowledged_records(start: StartNode) -> None:
    """Kill -9 in the middle of a produce, several times over; each start recovers what was not closed."""
    node = start()
    acknowledged: dict[str, set[bytes]] = {}
    for number in range(3):
        topic = f"busy-{number}"
        with Confluent().admin(node.bootstrap_servers) as admin:
            admin.create_topic(topic, 4)
        producer = _BusyProducer(node.bootstrap_servers, topic, 4)
        _wait_for_acknowledged(producer, 500)
        node.kill()
        assert node.pid is None
        acknowledged[topic] = producer.stop()
        assert not (node.data_dir / _CLEAN_SHUTDOWN_MARKER).exists()
        node.restart()
        assert _RECOVERY in node.log_file.read_text()
        for each, values_sent in acknowledged.items():
            assert not values_sent - _read_once(node.bootstrap_servers, each)


def test_a_transaction_that_a_kill_cut_off_is_aborted_by_its_producer_coming_back(start: StartNode) -> None:
    node = start(topics=(TopicSpec("cut"),))
    client = Confluent()
    before = client.transactional(node.bootstrap_servers, "cut")
    before.begin()
    before.send("cut", b"committed")
    before.commit()
    before.begin()
    before.send("cut", b"cut off")
    node.kill()
    before.close()
    node.restart()
    with contextlib.closing(client.transactional(node.bootstrap_servers, "cut")) as after:
        after.begin()
        after.send("cut", b"after")
        after.commit()
    wait_until(
        lambda: values(client.read(node.bootstrap_servers, "cut", committed_only=True)) == [b"committed", b"after"],
        "what was cut off is aborted",
    )
    assert values(client.read(node.bootstrap_servers, "cut")) == [b"committed", b"cut off", b"after"]


def test_a_broker_that_died_is_seen_to_have_died_and_comes_up_again(
    node_spec: NodeSpec, own_settings: Settings
) -> None:
    spec = replace(node_spec, port=0, topics=(TopicSpec("t"),))
    first = up(spec, own_settings).node
    assert first.pid is not None
    Confluent().produce(first.bootstrap_servers, "t", [Record(b"x")])
    os.kill(first.pid, signal.SIGKILL)
    assert _exit_code(first.pid) == -signal.SIGKILL
    try:
        second = up(spec, own_settings)
        assert not second.already_running
        assert second.node.cluster_id == first.cluster_id
        assert values(Confluent().read(second.node.bootstrap_servers, "t")) == [b"x"]
    finally:
        down(None, own_settings)


def test_topics_that_are_asked_for_are_there_when_up_returns(node_spec: NodeSpec, own_settings: Settings) -> None:
    spec = replace(node_spec, port=0)
    report = up(replace(spec, topics=(TopicSpec("six", 6), TopicSpec("plain"))), own_settings)
    try:
        assert report.topics == ("six", "plain")
        with Confluent().admin(report.node.bootstrap_servers) as admin:
            assert admin.topics() == {"six": 6, "plain": 1}
            again = up(replace(spec, topics=(TopicSpec("six", 6), TopicSpec("later", 2))), own_settings)
            assert again.already_running
            assert again.node.pid == report.node.pid
            assert admin.topics() == {"six": 6, "plain": 1, "later": 2}
    finally:
        down(None, own_settings)


def test_properties_reach_the_broker(start: StartNode) -> None:
    given = {
        "num.partitions": "7",
        "auto.create.topics.enable": "false",
        "log.retention.hours": "13",
        "compression.type": "zstd",
    }
    node = start(properties=given, ephemeral=True)
    client = Confluent()
    with client.admin(node.bootstrap_servers) as admin:
        resource = confluent_admin.ConfigResource(confluent_admin.RESOURCE_BROKER, "1")
        found = admin.client.describe_configs([resource])[resource].result(_TIMEOUT_SECONDS)
        assert {name: found[name].value for name in given} == given
        assert _asked_for(node.bootstrap_servers, "not-there") == "UNKNOWN_TOPIC_OR_PART"
        admin.create_topic("there", -1)
        assert admin.topics() == {"there": 7}
    client.produce(node.bootstrap_servers, "there", [Record(b"x" * 1000)], codec="none")
    assert [each.codec for each in record_batches(node.data_dir, "there")] == ["zstd"]


def _asked_for(servers: str, topic: str) -> str | None:
    """Return the error that a client gets which asks for a topic and lets the broker create it."""
    config = {"bootstrap.servers": servers, "group.id": "unused", "allow.auto.create.topics": True, "logger": LOG}
    with contextlib.closing(confluent_kafka.Consumer(config)) as consumer:
        error = consumer.list_topics(topic, _TIMEOUT_SECONDS).topics[topic].error
    return error and str(error.name())


def test_instances_run_side_by_side_and_know_nothing_of_each_other(start: StartNode) -> None:
    nodes = [start(name=f"instance-{number}", ephemeral=number == 0) for number in range(3)]
    for facts in zip(*((each.bootstrap_servers, each.pid, each.report.cluster_id) for each in nodes), strict=True):
        assert len(set(facts)) == 3
    for client, node in zip(CLIENTS, nodes, strict=True):
        client.produce(node.bootstrap_servers, "same-name", [Record(node.name.encode())])
    nodes[0].stop()
    for client, node in zip(CLIENTS[1:], nodes[1:], strict=True):
        assert values(client.read(node.bootstrap_servers, "same-name")) == [node.name.encode()]


def test_ephemeral_data_goes_and_other_data_stays(node_spec: NodeSpec, own_settings: Settings, tmp_path: Path) -> None:
    for name, ephemeral in (("goes", True), ("stays", False)):
        report = up(replace(node_spec, name=name, port=0, ephemeral=ephemeral), own_settings).node
        Confluent().produce(report.bootstrap_servers, "t", [Record(b"x")])
        assert down(name, own_settings).data_deleted is ephemeral
    assert not (own_settings.instances_dir / "goes").exists()
    assert list((own_settings.instances_dir / "stays").rglob("t-0/*.log"))
    assert leaked_processes(tmp_path) == []


@pytest.fixture
def cycles(pytestconfig: pytest.Config) -> int:
    """Return how often to go round."""
    return int(pytestconfig.option.cycles or _CYCLES[pytestconfig.option.engine])


@pytest.mark.timeout(900)
def test_up_produce_consume_down_again_and_again(
    cycles: int, node_spec: NodeSpec, own_settings: Settings, tmp_path: Path
) -> None:
    """No crash, no leaked process, no leaked port, and no acknowledged record missing."""
    spec = replace(node_spec, port=0, topics=(TopicSpec("t", 2),))
    acknowledged: list[bytes] = []
    for number in range(cycles):
        client = CLIENTS[number % len(CLIENTS)]
        node = up(spec, own_settings).node
        sent = [Record(f"{number}-{each}".encode(), partition=each % 2) for each in range(20)]
        client.produce(node.bootstrap_servers, "t", sent)
        acknowledged += values(sent)
        assert sorted(values(client.read(node.bootstrap_servers, "t"))) == sorted(acknowledged)
        ended = down(None, own_settings)
        assert (ended.was_running, ended.clean) == (True, True)
        assert leaked_processes(tmp_path) == []
        assert not list(_listeners(node.bootstrap_servers))
    assert len(acknowledged) == 20 * cycles


def _listeners(servers: str) -> Iterator[str]:
    """Yield the address when somebody still accepts connections there."""
    host, _, port = servers.rpartition(":")
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection((host, int(port)), timeout=5):
        yield servers


def test_a_node_leaves_nothing_behind(start: StartNode, tmp_path: Path) -> None:
    """Not with data that was asked to go: no file, no process."""
    node: Node = start(ephemeral=True)
    Confluent().produce(node.bootstrap_servers, "t", [Record(b"x")])
    report = node.down()
    assert (report.clean, report.data_deleted) == (True, True)
    assert leaked_processes(tmp_path) == []
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and each.suffix != ".lock"]
    start(name=node.name)  # so that the end of the test finds an instance to bring down
