"""Log configurations of the user's own: their formats, and files that are rolled, compressed and deleted."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native._system.files import write_text

from ..waiting import wait_until
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
    from pathlib import Path

    from ..conftest import StartNode

_LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [A-Z]+ .*")
_MAX_ROLLED = 3
_ASYNC_LOGGER = "org.apache.logging.log4j.core.async.AsyncLoggerConfig for element AsyncLogger"

_YAML = """
Configuration:
  Properties:
    Property: {name: folder, value: "${sys:logs}"}
  Appenders:
    Console:
      name: STDOUT
      PatternLayout: {pattern: "console %p %m%n"}
      ThresholdFilter: {level: INFO}
    File:
      name: FILE
      fileName: "${folder}/server.log"
      PatternLayout: {pattern: "[%d] %p %m (%c)%n"}
  Loggers:
    Root:
      level: INFO
      AppenderRef: [{ref: STDOUT}, {ref: FILE}]
    Logger:
      - {name: org.apache.kafka.common.config, level: ERROR}
"""

_XML = """<?xml version="1.0" encoding="UTF-8"?>
<Configuration>
  <Properties><Property name="folder">${sys:logs}</Property></Properties>
  <Appenders>
    <Console name="STDOUT">
      <PatternLayout pattern="console %p %m%n"/>
      <ThresholdFilter level="INFO"/>
    </Console>
    <File name="FILE" fileName="${folder}/server.log"><PatternLayout pattern="[%d] %p %m (%c)%n"/></File>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="STDOUT"/><AppenderRef ref="FILE"/></Root>
    <Logger name="org.apache.kafka.common.config" level="ERROR"/>
  </Loggers>
</Configuration>
"""

_PROPERTIES = """
property.folder = ${sys:logs}
appender.console.type = Console
appender.console.name = STDOUT
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = console %p %m%n
appender.console.filter.threshold.type = ThresholdFilter
appender.console.filter.threshold.level = INFO
appender.file.type = File
appender.file.name = FILE
appender.file.fileName = ${folder}/server.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = [%d] %p %m (%c)%n
logger.config.name = org.apache.kafka.common.config
logger.config.level = ERROR
rootLogger = INFO, STDOUT, FILE
"""

_JSON = """
{"Configuration": {
  "Properties": {"Property": {"name": "folder", "value": "${sys:logs}"}},
  "Appenders": {
    "Console": {
      "name": "STDOUT", "PatternLayout": {"pattern": "console %p %m%n"}, "ThresholdFilter": {"level": "INFO"}
    },
    "File": {"name": "FILE", "fileName": "${folder}/server.log", "PatternLayout": {"pattern": "[%d] %p %m (%c)%n"}}
  },
  "Loggers": {
    "Root": {"level": "INFO", "AppenderRef": [{"ref": "STDOUT"}, {"ref": "FILE"}]},
    "Logger": {"name": "org.apache.kafka.common.config", "level": "ERROR"}
  }
}}
"""


@pytest.mark.feature("Observability", "log4j2 configuration in YAML, XML, JSON and properties")
@pytest.mark.parametrize(
    ("suffix", "text", "option"),
    [
        ("yaml", _YAML, "log4j2"),
        ("json", _JSON, "log4j2"),
        ("xml", _XML, "log4j"),
        ("properties", _PROPERTIES, "log4j"),
    ],
    ids=["yaml", "json", "xml", "properties"],
)
def test_a_configuration_of_each_format_is_obeyed(
    start: StartNode, tmp_path: Path, suffix: str, text: str, option: str
) -> None:
    node = start_logging(start, tmp_path, text, suffix=suffix, option=option)
    written = wait_for_text(tmp_path / "server.log", STARTED)
    assert all(_LINE.fullmatch(line) for line in written.splitlines())
    assert "AbstractConfig" not in written
    assert f"\nconsole INFO [KafkaRaftServer nodeId=1] {STARTED}\n" in text_of(node.log_file)


@pytest.mark.feature("Observability", "log4j2 configuration named by LOG4J_CONFIGURATION_FILE")
def test_a_configuration_named_by_a_variable_is_obeyed(
    start: StartNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / "log4j2.json", configuration(file_appender(tmp_path / "server.log")))
    monkeypatch.setenv("LOG4J_CONFIGURATION_FILE", str(tmp_path / "log4j2.json"))
    start(ephemeral=True)
    wait_for_text(tmp_path / "server.log", STARTED)


_LOG4J_1 = """
log4j.rootLogger=INFO, STDOUT, FILE
log4j.appender.STDOUT=org.apache.log4j.ConsoleAppender
log4j.appender.STDOUT.layout=org.apache.log4j.PatternLayout
log4j.appender.STDOUT.layout.ConversionPattern=console %p %m%n
log4j.appender.FILE={appender}
log4j.appender.FILE.File=${{logs}}/server.log
log4j.appender.FILE.layout=org.apache.log4j.{layout}
log4j.logger.org.apache.kafka.common.config=ERROR
"""


@pytest.mark.feature("Observability", "Configuration files of log4j 1")
@pytest.mark.parametrize(
    ("appender", "layout"),
    [
        ("org.apache.log4j.FileAppender", "SimpleLayout"),
        ("org.apache.log4j.RollingFileAppender", "TTCCLayout"),
        ("org.apache.log4j.DailyRollingFileAppender", "PatternLayout"),
    ],
)
def test_a_configuration_of_log4j_1_is_obeyed(start: StartNode, tmp_path: Path, appender: str, layout: str) -> None:
    """The bridge that is among Kafka's jars reads them when it is told to."""
    path = tmp_path / "log4j.properties"
    write_text(path, _LOG4J_1.format(appender=appender, layout=layout))
    options = ("-Dlog4j1.compatibility=true", f"-Dlog4j.configuration=file:{path}", f"-Dlogs={tmp_path}")
    node = start(ephemeral=True, java_options=options)
    assert "AbstractConfig" not in wait_for_text(tmp_path / "server.log", STARTED)
    assert f"\nconsole INFO [KafkaRaftServer nodeId=1] {STARTED}\n" in text_of(node.log_file)


def _rolling(folder: Path, pattern: str, **more: Any) -> dict[str, Any]:
    names = {"name": "ROLLING", "fileName": f"{folder}/server.log", "filePattern": f"{folder}/{pattern}"}
    return {"RollingFile": names | pattern_layout() | more}


@pytest.mark.feature("Observability", "Log files rolled by size, compressed and limited in number")
@pytest.mark.parametrize(("suffix", "opened"), [(".gz", gzip.open), ("", open)], ids=["gzip", "plain"])
def test_a_log_file_that_is_large_is_rolled(start: StartNode, tmp_path: Path, suffix: str, opened: Any) -> None:
    policies = {"Policies": {"SizeBasedTriggeringPolicy": {"size": "10 KB"}, "OnStartupTriggeringPolicy": {}}}
    strategy = {"DefaultRolloverStrategy": {"max": _MAX_ROLLED, "fileIndex": "min"}}
    start_logging(start, tmp_path, configuration(_rolling(tmp_path, f"old-%i.log{suffix}", **policies, **strategy)))
    names = {f"old-{number}.log{suffix}" for number in range(1, _MAX_ROLLED + 1)}
    wait_until(lambda: {path.name for path in tmp_path.glob("old-*.log*")} == names, "so many rolled files")
    with opened(tmp_path / f"old-{_MAX_ROLLED}.log{suffix}", "rt", encoding="utf-8") as file:
        assert "INFO" in file.read()


@pytest.mark.feature("Observability", "Log files rolled by time, and old ones deleted")
@pytest.mark.parametrize("policy", ["TimeBasedTriggeringPolicy", "CronTriggeringPolicy"])
def test_a_log_file_is_rolled_as_time_goes_by(start: StartNode, tmp_path: Path, policy: str) -> None:
    when = {"interval": 1, "modulate": True} if policy.startswith("Time") else {"schedule": "* * * * * ?"}
    conditions = {"IfFileName": {"glob": "old-*.log"}, "IfAccumulatedFileCount": {"exceeds": 2}}
    strategy = {"DefaultRolloverStrategy": {"Delete": {"basePath": str(tmp_path), **conditions}}}
    rolling = _rolling(tmp_path, "old-%d{HH-mm-ss}.log", **{policy: when}, **strategy)
    node = start_logging(start, tmp_path, configuration(rolling))
    seen: set[str] = set()

    def rolled() -> int:
        log_something(node)
        seen.update(path.name for path in tmp_path.glob("old-*.log"))
        return len(seen) >= _MAX_ROLLED

    wait_until(rolled, "rolled files")
    # Each rollover deletes what is too much by then.
    wait_until(lambda: rolled() and len(list(tmp_path.glob("old-*.log"))) <= 2, "the old ones' end")


@pytest.mark.feature("Observability", "Asynchronous logging")
def test_an_async_appender_hands_everything_on(start: StartNode, tmp_path: Path) -> None:
    queue = {"Async": {"name": "QUEUE", "bufferSize": 64, "AppenderRef": {"ref": "server.log"}}}
    start_logging(start, tmp_path, configuration(file_appender(tmp_path / "server.log") | queue, "QUEUE"))
    assert "Starting controller" in wait_for_text(tmp_path / "server.log", STARTED)


@pytest.mark.feature("Observability", "Asynchronous logging")
def test_asynchronous_loggers_ask_for_the_library_that_kafka_has_not(start: StartNode, tmp_path: Path) -> None:
    """Kafka's releases have no disruptor jar, so there can be no AsyncLogger; log4j says so, and the rest logs."""
    loggers = [{"name": "kafka", "level": "DEBUG"}]
    text = configuration(file_appender(tmp_path / "server.log"), loggers=loggers).replace('"Logger"', '"AsyncLogger"')
    node = start_logging(start, tmp_path, text)
    assert "Could not create plugin of type class " + _ASYNC_LOGGER in text_of(node.log_file)
    assert "DEBUG" not in wait_for_text(tmp_path / "server.log", STARTED)


@pytest.mark.feature("Observability", "The shutdown in a log of the user's own (shutdownHook)")
def test_a_log_without_a_shutdown_hook_is_written_to_the_end(start: StartNode, tmp_path: Path) -> None:
    """With log4j's own hook, the log may end before the broker does: all hooks run at once."""
    node = start_logging(start, tmp_path, configuration(file_appender(tmp_path / "server.log"), shutdownHook="disable"))
    assert node.stop()
    assert "App info kafka.server for 1 unregistered" in text_of(tmp_path / "server.log")
