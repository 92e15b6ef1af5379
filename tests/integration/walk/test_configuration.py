"""Configuration that changes while the broker runs: properties, log levels, listeners, and features of the cluster."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.ports import free_ports

from ..adapters import Confluent, Record
from ..log_segments import record_batches
from ..waiting import wait_until
from .administration import alter_configs, answers, configs, set_configs
from .sasl import listeners, round_trip

if TYPE_CHECKING:
    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_FEATURES = "org.apache.kafka.tools.FeatureCommand"
_BROKER = ("BROKER", "1")
_ALL_BROKERS = ("BROKER", "")


def _wait_for_line(node: Node, *texts: str) -> None:
    def is_there() -> bool:
        lines = node.log_file.read_text().splitlines()
        return any(all(text in line for text in texts) for line in lines)

    wait_until(is_there, f"the broker logs {texts}")


def _wait_for_value(servers: str, name: str, value: str) -> None:
    wait_until(lambda: configs(servers, *_BROKER)[name] == value, f"{name} is {value}")


@pytest.mark.feature("Configuration", "Dynamic broker configs: thread pools")
@pytest.mark.parametrize(
    ("name", "value", "logged"),
    [
        ("num.io.threads", "6", "Resizing request handler thread pool size from 4 to 6"),
        ("num.network.threads", "3", "Resizing network thread pool size for PLAINTEXT listener from 2 to 3"),
        ("background.threads", "3", None),
        ("num.recovery.threads.per.data.dir", "3", None),
        ("num.replica.fetchers", "2", None),
        ("log.cleaner.threads", "2", "[kafka-log-cleaner-thread-1]: Starting"),
    ],
)
def test_a_pool_of_threads_is_resized(name: str, value: str, logged: str | None, node: Node) -> None:
    servers = node.bootstrap_servers
    before = configs(servers, *_BROKER)[name]
    # Two cleaners need two megabytes and a bit more; development nodes have just enough for one.
    buffer = {"log.cleaner.dedupe.buffer.size": "8388608"} if name == "log.cleaner.threads" else {}
    set_configs(servers, *_ALL_BROKERS, buffer | {name: value})
    assert configs(servers, *_BROKER)[name] == value
    if logged:
        _wait_for_line(node, logged)
    set_configs(servers, *_ALL_BROKERS, dict.fromkeys(buffer | {name: None}))
    _wait_for_value(servers, name, before)


@pytest.mark.feature("Configuration", "Dynamic broker configs: per broker and for all brokers")
def test_the_config_of_one_broker_wins_over_that_of_all(servers: str) -> None:
    name = "log.retention.ms"
    default = configs(servers, *_BROKER)[name]
    for resource, value in ((_ALL_BROKERS, "1111111"), (_BROKER, "2222222")):
        set_configs(servers, *resource, {name: value})
        _wait_for_value(servers, name, value)
    for resource, value in ((_BROKER, "1111111"), (_ALL_BROKERS, default)):
        set_configs(servers, *resource, {name: None})
        _wait_for_value(servers, name, value)


@pytest.mark.feature("Configuration", "Dynamic broker configs: defaults of topics")
def test_topics_follow_the_dynamic_defaults_of_the_broker(node: Node, servers: str, topic: str) -> None:
    with Confluent().admin(servers) as client:
        client.create_topic(topic)
    set_configs(servers, *_ALL_BROKERS, {"compression.type": "zstd", "log.message.timestamp.type": "LogAppendTime"})
    wait_until(lambda: configs(servers, "TOPIC", topic)["compression.type"] == "zstd", "the topic has it")
    Confluent().produce(servers, topic, [Record(b"x" * 100)])
    (batch,) = record_batches(node.data_dir, topic)
    assert (batch.codec, batch.log_append_time) == ("zstd", True)
    set_configs(servers, *_ALL_BROKERS, {"compression.type": None, "log.message.timestamp.type": None})


@pytest.mark.feature("Configuration", "Dynamic broker configs: what is refused")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"broker.id": "7"}, "(?i)cannot update"),
        ({"num.io.threads": "many"}, "(?i)invalid value many"),
        ({"num.io.threads": "1000"}, "(?i)cannot be greater than|dynamic thread count update"),
        ({"log.cleanup.policy": "burn"}, "(?i)burn"),
    ],
    ids=["read-only", "no number", "too large a step", "not in the list"],
)
def test_a_change_that_cannot_be_made_is_refused_with_its_reason(
    changes: dict[str, str | None], message: str, servers: str
) -> None:
    before = configs(servers, *_BROKER)
    assert re.search(message, alter_configs(servers, *_BROKER, changes))
    assert configs(servers, *_BROKER) == before


@pytest.mark.feature("Configuration", "Topic configs")
def test_every_config_of_a_topic_can_be_set_to_its_own_value(servers: str, topic: str) -> None:
    """The broker reads each with the validator of its definition; leader-only ones need a larger cluster."""
    with Confluent().admin(servers) as client:
        client.create_topic(topic)
    found = configs(servers, "TOPIC", topic)
    settable = {name: value for name, value in found.items() if value and not name.startswith("remote.")}
    assert len(settable) > 20
    set_configs(servers, "TOPIC", topic, settable)
    assert configs(servers, "TOPIC", topic) == found


@pytest.mark.feature("Configuration", "Group configs")
def test_configs_of_a_group_are_checked_against_those_of_the_broker(servers: str, topic: str) -> None:
    set_configs(
        servers, "GROUP", topic, {"share.isolation.level": "read_committed", "streams.num.standby.replicas": "1"}
    )
    assert "session.timeout" in alter_configs(servers, "GROUP", topic, {"consumer.session.timeout.ms": "1"})
    assert alter_configs(servers, "GROUP", topic, {"no.such.config": "1"}) != "OK"


@pytest.mark.feature("Configuration", "Log levels of the broker while it runs (broker loggers)")
def test_a_logger_of_the_broker_gets_another_level(node: Node, topic: str) -> None:
    servers, logger = node.bootstrap_servers, "kafka.request.logger"
    set_configs(servers, "BROKER_LOGGER", "1", {logger: "TRACE"})
    round_trip(servers, topic, {})
    _wait_for_line(node, "Completed request", "PRODUCE", topic)
    set_configs(servers, "BROKER_LOGGER", "1", {logger: "WARN"})
    assert alter_configs(servers, "BROKER_LOGGER", "1", {logger: "LOUD"}) != "OK"
    assert alter_configs(servers, "BROKER_LOGGER", "1", {logger: None}) == "OK"


@pytest.mark.feature("Configuration", "Listeners that come and go while the broker runs")
def test_a_listener_is_added_and_removed_while_the_broker_runs(start: StartNode, topic: str) -> None:
    """With listeners that are advertised Kafka refuses to remove one, so which are is said here."""
    found = listeners({"PLAINTEXT": "PLAINTEXT"})
    before, protocols = (found.properties[name] for name in ("listeners", "listener.security.protocol.map"))
    own = {
        "listener.security.protocol.map": f"{protocols},EXTRA:PLAINTEXT",
        "advertised.listeners": f"PLAINTEXT://{found['PLAINTEXT']}",
    }
    node = start(properties=found.properties | own, ephemeral=True)
    servers, extra = node.bootstrap_servers, f"127.0.0.1:{free_ports(1)[0]}"
    set_configs(servers, *_BROKER, {"listeners": f"{before},EXTRA://{extra}"})
    wait_until(lambda: answers(extra), "the new listener answers")
    set_configs(servers, *_BROKER, {"listeners": before})
    wait_until(lambda: not answers(extra), "the listener is gone")
    round_trip(servers, topic, {})


@pytest.mark.feature("Configuration", "Features: upgrade, downgrade and what is refused (kafka-features)")
def test_features_of_the_cluster_are_downgraded_and_upgraded(start: StartNode, tools: JavaTools, topic: str) -> None:
    servers = start(ephemeral=True).bootstrap_servers
    tool = functools.partial(tools.must, _FEATURES, "--bootstrap-server", servers)
    before = _finalized(tool("describe"))
    features = [f"{name}={before[name]}" for name in ("share.version", "streams.version")]
    assert before["share.version"] != "0"
    tool("downgrade", "--feature", "share.version=0", "--feature", "streams.version=0")
    assert {**before, "share.version": "0", "streams.version": "0"}.items() >= _finalized(tool("describe")).items()
    tool("upgrade", *(word for feature in features for word in ("--feature", feature)))
    wait_until(lambda: _finalized(tool("describe")) == before, "features are as they were", 60)
    round_trip(servers, topic, {})


@pytest.mark.feature("Configuration", "Features: upgrade, downgrade and what is refused (kafka-features)")
def test_the_metadata_version_is_not_downgraded_to_one_that_is_too_old(start: StartNode, tools: JavaTools) -> None:
    servers = start(ephemeral=True).bootstrap_servers
    refused = tools.run(_FEATURES, "--bootstrap-server", servers, "downgrade", "--metadata", "3.3-IV3")
    assert refused.exit_code != 0
    assert "metadata.version" in refused.output + refused.errors


def _finalized(output: str) -> dict[str, str]:
    """Return the levels in lines such as `Feature: group.version ... FinalizedVersionLevel: 1 Epoch: 7`."""
    rows = [line.split() for line in output.splitlines() if line.startswith("Feature:")]
    return {row[1]: row[row.index("FinalizedVersionLevel:") + 1] for row in rows}
