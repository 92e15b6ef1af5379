"""The table of Kafka's tools, as Python reads it."""

from __future__ import annotations

import re

from kafka_native.cli.app import app
from kafka_native.pins import kafka_versions, load_kafka_lock
from kafka_native.tools import find_tool, is_tool, load_tools


def test_each_line_is_a_tool() -> None:
    tools = load_tools()
    assert len({tool.name for tool in tools}) == len(tools) > 30
    for tool in tools:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", tool.name)
        assert all(re.fullmatch(r"(org\.apache\.)?kafka(\.[a-z]+)*\.[A-Z]\w+", each) for each in tool.main_classes)
        assert tool.brokers_option in (None, "--bootstrap-server", "--broker-list")


def test_the_option_of_a_sub_command_stands_last() -> None:
    assert [tool.name for tool in load_tools() if tool.option_is_last] == ["cluster"]
    assert find_tool("configs").main_classes == ("org.apache.kafka.tools.ConfigCommand", "kafka.admin.ConfigCommand")
    assert not is_tool("up")
    assert find_tool("kafka-configs.sh") is find_tool("configs")
    assert not any(map(is_tool, ("kafka-up.sh", "kafka-configs", "configs.sh")))


def test_no_tool_hides_a_command_of_ours() -> None:
    ours = {"up", "down", "status", "list", "logs", "build", "toolchain", "metadata", "systest"}
    assert ours <= set(app)
    assert not ours & {tool.name for tool in load_tools()}


def test_every_kafka_lock_has_the_tools() -> None:
    for version in kafka_versions():
        assert "kafka-tools" in {each.artifact for each in load_kafka_lock(version)}
