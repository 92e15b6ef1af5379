"""Metrics reporters of the broker, which beans they make, and Kafka's own tool that reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.ports import free_ports

from ..adapters import Confluent, Record
from ..waiting import wait_until
from .jmx import connect, jmx_options, jmx_url
from .tls import alter_broker

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_COUNT = 20
_ROWS = 2
_JMX_REPORTER = "org.apache.kafka.common.metrics.JmxReporter"
_CSV_REPORTER = "kafka.metrics.KafkaCSVMetricsReporter"
_MESSAGES = "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec"
_SOCKET_SERVER = "kafka.server:type=socket-server-metrics,*"
_TOPIC_METRICS = "kafka.server:type=BrokerTopicMetrics,*"
_APP_INFO = "kafka.server:type=app-info,*"


def _produce(node: Node, topic: str) -> None:
    Confluent().produce(node.bootstrap_servers, topic, [Record(b"counted") for _ in range(_COUNT)])


@pytest.mark.feature("Observability", "JmxTool of Kafka")
@pytest.mark.parametrize("report_format", ["original", "properties"])
def test_the_jmx_tool_prints_attributes(start: StartNode, tools: JavaTools, topic: str, report_format: str) -> None:
    port = free_ports(1)[0]
    _produce(start(ephemeral=True, java_options=jmx_options(port)), topic)
    bean = f"{_MESSAGES},topic={topic}"
    asked = ("--jmx-url", jmx_url(port), "--object-name", bean, "--attributes", "Count,EventType", "--one-time")
    output = tools.must("org.apache.kafka.tools.JmxTool", *asked, "--report-format", report_format)
    assert str(_COUNT) in output
    assert "messages" in output


@pytest.mark.feature("Observability", "Choice of beans (metrics.jmx.include, metrics.jmx.exclude)")
def test_the_jmx_reporter_shows_what_it_is_told(start: StartNode, tools: JavaTools, topic: str) -> None:
    port = free_ports(1)[0]
    chosen = {"metrics.jmx.include": r"kafka\.server:.*|kafka\.log:.*", "metrics.jmx.exclude": ".*socket-server.*"}
    properties = {"metric.reporters": _JMX_REPORTER} | chosen
    node = start(ephemeral=True, properties=properties, java_options=jmx_options(port))
    _produce(node, topic)
    with connect(tools, jmx_url(port)) as jmx:
        assert jmx.get(_MESSAGES, "Count") == _COUNT
        assert jmx.beans("kafka.network:*") == jmx.beans(_SOCKET_SERVER) == []
        alter_broker(node.bootstrap_servers, {"metrics.jmx.exclude": ".*BrokerTopicMetrics.*"})
        wait_until(lambda: not jmx.beans(_TOPIC_METRICS), "the end of the excluded beans")
        wait_until(lambda: jmx.beans(_SOCKET_SERVER), "the beans that are no longer excluded")


@pytest.mark.feature("Observability", "Metrics reporters changed while the broker runs")
def test_the_jmx_reporter_comes_and_goes(start: StartNode, tools: JavaTools) -> None:
    port = free_ports(1)[0]
    node = start(ephemeral=True, properties={"metric.reporters": ""}, java_options=jmx_options(port))
    with connect(tools, jmx_url(port)) as jmx:
        assert jmx.beans(_SOCKET_SERVER) == []
        alter_broker(node.bootstrap_servers, {"metric.reporters": _JMX_REPORTER})
        wait_until(lambda: jmx.beans(_SOCKET_SERVER), "the beans of the reporter")
        alter_broker(node.bootstrap_servers, {"metric.reporters": ""})
        wait_until(lambda: not jmx.beans(_SOCKET_SERVER), "the end of these beans")


@pytest.mark.feature("Observability", "Metrics written to CSV files (KafkaCSVMetricsReporter)")
def test_the_csv_reporter_writes_a_row_each_second(start: StartNode, tmp_path: Path) -> None:
    """It writes the first metrics only, on every engine.

    Each metric gets a file of its bare name; at the second metric of one name, the library gives up until the next
    second (https://github.com/dropwizard/metrics/issues/212), and Kafka's have the same names with different tags.
    """
    folder = tmp_path / "metrics"
    reporter = {"kafka.metrics.reporters": _CSV_REPORTER, "kafka.metrics.polling.interval.secs": "1"}
    its_own = {"kafka.csv.metrics.reporter.enabled": "true", "kafka.csv.metrics.dir": str(folder)}
    start(ephemeral=True, properties=reporter | its_own, allow_unknown_properties=True)
    wait_until(lambda: max(map(_rows, folder.glob("*.csv")), default=0) >= _ROWS, "rows in a file")


def _rows(path: Path) -> int:
    """Return how many rows the file has: a time, and the values of a metric then."""
    return len(re.findall(r"^\d+,[\d.]+", path.read_text(encoding="utf-8"), re.MULTILINE))
