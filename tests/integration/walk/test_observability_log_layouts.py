"""Log configurations of the user's own: layouts, filters, and what Kafka's own configuration is made of."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native._system.files import write_text
from kafka_native.broker import running

from .log_configuration import (
    STARTED,
    configuration,
    file_appender,
    log_something,
    pattern_layout,
    start_logging,
    text_of,
    wait_for_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from ..conftest import StartNode

_WARNING = "Performing controller activation"


_PATTERN = (
    "%d{ISO8601}{UTC}|%d{UNIX_MILLIS}|%-5level|%highlight{%p}{STYLE=Default}|%style{%p}{bright,blue}|%c{1.}|%t|%tn|"
    "%X{user}|%X|%x|%marker|%r|%sn|%pid|%uuid{TIME}|%replace{%m}{Kafka}{Cafe}|%enc{%m}{JSON}|%maxLen{%m}{20}|"
    "%equals{%p}{INFO}{info}|%notEmpty{[%X{user}]}|%K{key}|%C|%M|%L|%l|%fqcn|%N|%rEx{short}|%xEx|%throwable{2}|"
    "${sys:logs}|${env:HOME:-none}|${java:version}|${date:yyyy}|${ctx:user:-none}|${main:0:-none}%n"
)
_JSON = {"compact": True, "eventEol": True, "properties": True, "stacktraceAsString": True}
_LAYOUTS: dict[str, tuple[dict[str, Any], str]] = {
    "HtmlLayout": ({"title": "Log of the broker"}, "<title>Log of the broker</title>"),
    "GelfLayout": ({"host": "broker", "compressionType": "OFF"}, '"version":"1.1","host":"broker"'),
    "Rfc5424Layout": ({"appName": "kafka", "facility": "LOCAL0"}, " kafka "),
    "SyslogLayout": ({"facility": "LOCAL0"}, STARTED),
    "YamlLayout": ({}, "loggerName:"),
    "JsonLayout": (_JSON, STARTED),
    "PatternLayout": ({"pattern": _PATTERN}, "Cafe Server started"),
}
"""Options of each layout, and what it writes."""


@dataclass(frozen=True)
class _Filter:
    """A filter, and what it makes of what a broker logs while it starts."""

    options: dict[str, Any]
    kept: str
    dropped: str = "nothing of this kind"


_FILTERS = {
    "RegexFilter": _Filter({"regex": ".*Kafka.*", "onMatch": "ACCEPT", "onMismatch": "DENY"}, STARTED, "Starting"),
    "ThresholdFilter": _Filter({"level": "WARN"}, _WARNING, STARTED),
    "LevelMatchFilter": _Filter({"level": "WARN", "onMatch": "ACCEPT", "onMismatch": "DENY"}, _WARNING, STARTED),
    "LevelRangeFilter": _Filter(
        {"minLevel": "WARN", "maxLevel": "WARN", "onMatch": "DENY", "onMismatch": "ACCEPT"}, STARTED, _WARNING
    ),
    "StringMatchFilter": _Filter({"text": "Kafka", "onMatch": "DENY", "onMismatch": "ACCEPT"}, "Starting", STARTED),
    "BurstFilter": _Filter({"level": "INFO", "rate": "0.001", "maxBurst": "1"}, "INFO", STARTED),
    "TimeFilter": _Filter({"start": "00:00:00", "end": "23:59:59"}, STARTED),
    "MarkerFilter": _Filter({"marker": "FATAL", "onMatch": "ACCEPT", "onMismatch": "NEUTRAL"}, STARTED),
    "NoMarkerFilter": _Filter({"onMatch": "ACCEPT", "onMismatch": "DENY"}, STARTED),
    "DenyAllFilter": _Filter({}, "", STARTED),
    "ThreadContextMapFilter": _Filter(
        {"KeyValuePair": {"key": "user", "value": "x"}, "onMatch": "DENY", "onMismatch": "NEUTRAL"}, STARTED
    ),
    "DynamicThresholdFilter": _Filter(
        {"key": "user", "defaultThreshold": "WARN", "KeyValuePair": {"key": "x", "value": "DEBUG"}}, STARTED
    ),
}


@pytest.fixture(scope="module")
def logs(node_spec: NodeSpec, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run one node that logs to a file for each layout and each filter, named after it, and return their folder."""
    folder = tmp_path_factory.mktemp("logs")
    contents = {name: {name: options} for name, (options, _) in _LAYOUTS.items()}
    contents |= {name: pattern_layout() | {name: each.options} for name, each in _FILTERS.items()}
    files = [file_appender(folder / name, **content)["File"] for name, content in contents.items()]
    write_text(folder / "log4j2.json", configuration({"File": files}))
    options = (f"-Dlog4j2.configurationFile={folder}/log4j2.json", f"-Dlogs={folder}")
    # Twenty files, and patterns that look for the caller of each line, take their time on a JVM that is still cold.
    spec = replace(node_spec, name="layouts", ephemeral=True, java_options=options, start_timeout_seconds=180)
    with running(spec, settings):
        yield folder


@pytest.mark.feature("Observability", "Log layouts")
@pytest.mark.parametrize("name", sorted(_LAYOUTS))
def test_layouts_write_in_their_format(logs: Path, name: str) -> None:
    wait_for_text(logs / name, _LAYOUTS[name][1])


@pytest.mark.feature("Observability", "Log patterns")
def test_a_pattern_may_have_all_converters(logs: Path) -> None:
    written = wait_for_text(logs / "PatternLayout", "Cafe Server started")
    (line,) = (line for line in written.splitlines() if "Cafe Server started" in line)
    fields = line.split("|")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{3}", fields[0])
    assert fields[2:7] == ["INFO ", "\x1b[32mINFO\x1b[m", "\x1b[1;34mINFO\x1b[m", "k.s.KafkaRaftServer", "main"]
    assert fields[8:12] == ["", "{}", "[]", ""]
    assert str(logs) in fields


@pytest.mark.feature("Observability", "Log layouts")
def test_a_log_in_json_has_one_object_a_line(logs: Path) -> None:
    written = wait_for_text(logs / "JsonLayout", STARTED)
    events = [json.loads(line) for line in written.splitlines()[: written.count("\n")]]
    last = [event for event in events if STARTED in event["message"]]
    assert [(event["level"], event["loggerName"]) for event in last] == [("INFO", "kafka.server.KafkaRaftServer")]


@pytest.mark.feature("Observability", "Log layouts")
def test_a_layout_whose_library_kafka_has_not_is_named(start: StartNode, tmp_path: Path) -> None:
    """JsonTemplateLayout is in log4j-layout-template-json, which is not in Kafka's releases."""
    layout = {"JsonTemplateLayout": {"eventTemplateUri": "classpath:EcsLayout.json"}}
    node = start_logging(start, tmp_path, configuration(file_appender(tmp_path / "server.log", **layout)))
    assert "Unable to locate plugin type for JsonTemplateLayout" in text_of(node.log_file)


@pytest.mark.feature("Observability", "Log filters")
@pytest.mark.parametrize("name", sorted(_FILTERS))
def test_filters_keep_and_drop(logs: Path, name: str) -> None:
    wait_for_text(logs / "SyslogLayout", STARTED)  # the broker has started, and this file has everything
    each = _FILTERS[name]
    assert each.dropped not in wait_for_text(logs / name, each.kept)


@pytest.mark.feature("Observability", "Logs sent over the network")
def test_a_socket_appender_sends_what_is_logged(start: StartNode, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as collector:
        where = {"name": "COLLECTOR", "host": "127.0.0.1", "port": collector.getsockname()[1], "protocol": "TCP"}
        start_logging(start, tmp_path, configuration({"Socket": where | pattern_layout()}))
        connection, _ = collector.accept()
        with connection, connection.makefile(encoding="utf-8") as lines:
            assert next(line for line in lines if STARTED in line)


def _rolling(folder: Path, name: str) -> dict[str, Any]:
    """Return an appender such as those of config/log4j2.yaml in a release: a file of its own, rolled each hour."""
    file = f"{folder}/{name}.log"
    names = {"name": name, "fileName": file, "filePattern": f"{file}.%d{{yyyy-MM-dd-HH}}"}
    return names | pattern_layout() | {"TimeBasedTriggeringPolicy": {"modulate": True, "interval": 1}}


def _logger(name: str, appender: str, level: str = "INFO") -> dict[str, Any]:
    return {"name": name, "level": level, "additivity": False, "AppenderRef": {"ref": appender}}


@pytest.mark.feature("Observability", "Log files of their own for controller, requests, authorizer, cleaner and states")
def test_each_part_of_the_broker_logs_to_the_file_of_its_own(start: StartNode, tmp_path: Path) -> None:
    """As a release configures it; but requests at DEBUG, where each is logged with all it says."""
    files = ("server", "controller", "state-change", "kafka-request", "log-cleaner", "kafka-authorizer")
    loggers = [
        _logger("org.apache.kafka.controller", "controller"),
        _logger("state.change.logger", "state-change", "TRACE"),
        _logger("kafka.request.logger", "kafka-request", "DEBUG"),
        _logger("org.apache.kafka.storage.internals.log.LogCleaner", "log-cleaner", "DEBUG"),
        _logger("kafka.authorizer.logger", "kafka-authorizer", "DEBUG"),
    ]
    rolling = [_rolling(tmp_path, each) for each in files]
    appenders = {"Console": {"name": "STDOUT", **pattern_layout()}, "RollingFile": rolling}
    node = start_logging(start, tmp_path, configuration(appenders, "STDOUT", "server", loggers=loggers))
    log_something(node)
    wait_for_text(tmp_path / "server.log", STARTED)
    wait_for_text(tmp_path / "controller.log", "CreateTopics result(s)")
    wait_for_text(tmp_path / "state-change.log", "something")
    requests = wait_for_text(tmp_path / "kafka-request.log", '"requestApiKeyName":"CREATE_TOPICS"')
    assert "Completed request:{" in requests
    wait_for_text(tmp_path / "log-cleaner.log", "Starting the log cleaner")
    assert (tmp_path / "kafka-authorizer.log").exists()
    assert "CreateTopics result(s)" not in text_of(tmp_path / "server.log")
