"""Log levels that change while the broker runs: over the protocol, over JMX, and in the configuration file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafka_native._system.files import write_text
from kafka_native._system.ports import free_ports

from ..kafka_tools import UpstreamTools
from ..waiting import wait_until
from .jmx import connect, jmx_options, jmx_url
from .log_configuration import configuration, file_appender, log_something, start_logging, text_of, wait_for_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_REQUESTS = "kafka.request.logger"
_CONTROLLER = "kafka:type=kafka.Log4jController"
_COMPLETED = "Completed request:"


def _configs(tools: JavaTools, node: Node, *arguments: str) -> str:
    entity = ("--bootstrap-server", node.bootstrap_servers, "--entity-type", "broker-loggers", "--entity-name", "1")
    return UpstreamTools(tools).must("configs", *entity, *arguments)


def _completed(node: Node, log_file: Path) -> bool:
    """Send requests, and return whether the log file tells of them."""
    log_something(node)
    return _COMPLETED in text_of(log_file)


@pytest.mark.feature("Observability", "Log levels changed by kafka-configs (broker-loggers)")
def test_kafka_configs_changes_the_level_of_a_logger(start: StartNode, tools: JavaTools) -> None:
    node = start(ephemeral=True)
    log_something(node)
    assert _COMPLETED not in text_of(node.log_file)
    _configs(tools, node, "--alter", "--add-config", f"{_REQUESTS}=DEBUG")
    wait_until(lambda: _completed(node, node.log_file), "a request in the log")
    assert f"{_REQUESTS}=DEBUG" in _configs(tools, node, "--describe")
    _configs(tools, node, "--alter", "--delete-config", _REQUESTS)
    log_something(node)
    size = len(text_of(node.log_file))
    log_something(node)
    assert _COMPLETED not in text_of(node.log_file)[size:]


@pytest.mark.feature("Observability", "Log levels changed by kafka-configs (broker-loggers)")
def test_kafka_configs_changes_levels_of_a_configuration_file(
    start: StartNode, tools: JavaTools, tmp_path: Path
) -> None:
    node = start_logging(start, tmp_path, configuration(file_appender(tmp_path / "server.log")))
    _configs(tools, node, "--alter", "--add-config", f"{_REQUESTS}=DEBUG")
    log_something(node)
    wait_for_text(tmp_path / "server.log", _COMPLETED)


@pytest.mark.feature("Observability", "Log levels changed over JMX (Log4jController)")
@pytest.mark.parametrize("file_is_given", [False, True], ids=["our-log", "users-file"])
def test_the_log4j_controller_changes_the_level_of_a_logger(
    start: StartNode, tools: JavaTools, tmp_path: Path, file_is_given: bool
) -> None:
    port = free_ports(1)[0]
    options: Sequence[str] = jmx_options(port)
    if file_is_given:
        write_text(tmp_path / "log4j2.json", configuration(file_appender(tmp_path / "server.log")))
        options = (*options, f"-Dlog4j2.configurationFile={tmp_path}/log4j2.json")
    node = start(ephemeral=True, java_options=tuple(options))
    log_file = tmp_path / "server.log" if file_is_given else node.log_file
    with connect(tools, jmx_url(port)) as jmx:
        before = "INFO" if file_is_given else "WARN"
        assert jmx.invoke(_CONTROLLER, "getLogLevel", _REQUESTS) == before
        assert jmx.invoke(_CONTROLLER, "setLogLevel", _REQUESTS, "DEBUG") is True
        assert jmx.invoke(_CONTROLLER, "getLogLevel", _REQUESTS) == "DEBUG"
        assert jmx.invoke(_CONTROLLER, "getLogLevel", "no.such.logger") == "No such logger."
    log_something(node)
    wait_for_text(log_file, _COMPLETED)


@pytest.mark.feature("Observability", "A log configuration that is read again when it changes (monitorInterval)")
def test_a_changed_configuration_is_read_again(start: StartNode, tmp_path: Path) -> None:
    """The file is looked at each second, and a broker that has nothing to log need not look."""
    first = configuration(file_appender(tmp_path / "first.log"), monitorInterval="1")
    node = start_logging(start, tmp_path, first)
    loggers = [{"name": _REQUESTS, "level": "DEBUG"}]
    second = configuration(file_appender(tmp_path / "second.log"), loggers=loggers, monitorInterval="1")
    write_text(tmp_path / "log4j2.json", second)
    wait_until(lambda: _completed(node, tmp_path / "second.log"), "requests in the new log file")
    assert _COMPLETED not in text_of(tmp_path / "first.log")
