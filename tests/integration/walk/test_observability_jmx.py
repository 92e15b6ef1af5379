"""JMX over RMI: who may connect, which beans and attributes there are, and what they count."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.files import write_text
from kafka_native._system.ports import free_ports
from kafka_native.broker import running
from kafka_native.errors import KafkaNativeError

from ..adapters import Confluent, Record
from .certificates import STORE_PASSWORD, Authority
from .jmx import Jmx, JmxError, connect, jmx_options, jmx_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import Node, NodeSpec
    from kafka_native.settings import Settings

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_BYTES = 100
_COUNT = 20
_STATE = "kafka.server:type=KafkaServer,name=BrokerState"
_CLUSTER_ID = "kafka.server:type=KafkaServer,name=ClusterId"
_TOPIC_METRICS = "kafka.server:type=BrokerTopicMetrics"
_MEMORY = "java.lang:type=Memory"
_RUNNING_STATE = 3
_GONE_BY_DESIGN = re.compile("is not supported|not available", re.IGNORECASE)


@pytest.fixture(scope="module")
def port() -> int:
    """Return the port of JMX of the module's node."""
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def broker(node_spec: NodeSpec, settings: Settings, port: int) -> Iterator[Node]:
    """Run a node that offers JMX to everyone."""
    spec = replace(node_spec, name="jmx", ephemeral=True, java_options=jmx_options(port))
    with running(spec, settings) as node:
        yield node


@pytest.fixture(scope="module")
def jmx(broker: Node, port: int, tools: JavaTools) -> Iterator[Jmx]:
    """Connect to it."""
    assert broker.pid
    with connect(tools, jmx_url(port)) as client:
        yield client


def _produce(broker: Node, topic: str) -> None:
    Confluent().produce(broker.bootstrap_servers, topic, [Record(b"x" * _BYTES) for _ in range(_COUNT)])


@pytest.mark.feature("Observability", "JMX over RMI without authentication")
def test_the_beans_of_kafka_and_of_the_run_time_are_there(jmx: Jmx) -> None:
    assert jmx.get(_STATE, "Value") == _RUNNING_STATE
    assert jmx.get(_MEMORY, "HeapMemoryUsage")["used"] > 0
    domains = {name.partition(":")[0] for name in jmx.beans()}
    assert {"kafka", "kafka.server", "kafka.network", "kafka.log", "kafka.controller", "java.lang"} <= domains


@pytest.mark.feature("Observability", "Beans of a topic, before and after records")
def test_what_a_client_produces_is_counted(jmx: Jmx, broker: Node, topic: str) -> None:
    of_topic = f"{_TOPIC_METRICS},name=BytesInPerSec,topic={topic}"
    assert jmx.beans(of_topic) == []
    before = jmx.get(f"{_TOPIC_METRICS},name=MessagesInPerSec", "Count")
    _produce(broker, topic)
    assert jmx.get(f"{_TOPIC_METRICS},name=MessagesInPerSec", "Count") == before + _COUNT
    assert jmx.get(f"{_TOPIC_METRICS},name=MessagesInPerSec,topic={topic}", "Count") == _COUNT
    assert jmx.get(of_topic, "Count") > _COUNT
    assert jmx.get(f"kafka.log:type=Log,name=LogEndOffset,topic={topic},partition=0", "Value") == _COUNT


@pytest.mark.feature("Observability", "Log levels changed over JMX (Log4jController)")
def test_the_log4j_controller_lists_the_loggers_with_their_levels(jmx: Jmx) -> None:
    assert {"root=INFO", "kafka.request.logger=WARN"} <= set(jmx.get("kafka:type=kafka.Log4jController", "Loggers"))


@pytest.mark.feature("Observability", "Every attribute of every bean")
def test_every_attribute_of_every_bean_is_readable(jmx: Jmx, broker: Node, topic: str) -> None:
    """Only what the run time itself does not have, such as the thresholds of some memory pools, has no value."""
    _produce(broker, topic)
    unreadable = {
        f"{bean}: {name}": outcome.value
        for bean, attributes in jmx.read().items()
        for name, outcome in attributes.items()
        if not outcome.readable and not _GONE_BY_DESIGN.search(outcome.value)
    }
    assert unreadable == {}


@pytest.fixture(scope="module")
def guarded(node_spec: NodeSpec, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a node whose JMX wants a password, and return its port."""
    port = free_ports(1)[0]
    options = jmx_options(port, authenticate="true", **_control_files(tmp_path_factory.mktemp("jmx")))
    with running(replace(node_spec, name="guarded-jmx", ephemeral=True, java_options=options), settings):
        yield port


def _control_files(folder: Path) -> dict[str, Path]:
    """Write who may connect, and what each may do; the JVM refuses a password file that others can read."""
    passwords, access = folder / "jmx.password", folder / "jmx.access"
    write_text(passwords, "watcher watches\noperator operates\n", mode=0o600)
    write_text(access, "watcher readonly\noperator readwrite\n", mode=0o600)
    return {"password_file": passwords, "access_file": access}


@pytest.mark.feature("Observability", "JMX with passwords and an access file")
def test_who_may_only_read_changes_nothing(guarded: int, tools: JavaTools) -> None:
    with connect(tools, jmx_url(guarded), user="watcher", password="watches") as watcher:
        assert watcher.get(_CLUSTER_ID, "Value")
        with pytest.raises(JmxError, match="SecurityException: Access denied! Invalid access level"):
            watcher.invoke(_MEMORY, "gc")
        with pytest.raises(JmxError, match="SecurityException: Access denied! Invalid access level"):
            watcher.set(_MEMORY, "Verbose", value=False)


@pytest.mark.feature("Observability", "JMX with passwords and an access file")
def test_who_may_write_has_the_garbage_collected(guarded: int, tools: JavaTools) -> None:
    with connect(tools, jmx_url(guarded), user="operator", password="operates") as operator:
        operator.invoke(_MEMORY, "gc")
        operator.set(_MEMORY, "Verbose", value=False)


@pytest.mark.feature("Observability", "JMX with passwords and an access file")
@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ({"user": "watcher", "password": "guessed"}, "Authentication failed! Invalid username or password"),
        ({"user": "nobody", "password": "watches"}, "Authentication failed! Invalid username or password"),
        ({}, "Authentication failed! Credentials required"),
    ],
)
def test_a_stranger_is_refused(guarded: int, tools: JavaTools, credentials: dict[str, str], told: str) -> None:
    with pytest.raises(JmxError, match=told), connect(tools, jmx_url(guarded), **credentials):
        pass


@pytest.mark.feature("Observability", "JMX with passwords and an access file")
def test_a_password_file_that_others_can_read_is_refused(start: StartNode, tmp_path: Path) -> None:
    files = _control_files(tmp_path)
    files["password_file"].chmod(0o644)
    with pytest.raises(KafkaNativeError):
        start(java_options=jmx_options(free_ports(1)[0], authenticate="true", **files))
    (log_file,) = (tmp_path / "data").rglob("kafka.log")
    assert f"Password file read access must be restricted: {files['password_file']}" in log_file.read_text()


def _tls_config(folder: Path, authority: Authority) -> Path:
    """Write the file that tells the JMX server its key store; so its password is in no list of arguments."""
    store = authority.issue("CN=jmx").pkcs12()
    lines = {"keyStore": store.path, "keyStorePassword": store.password, "keyStoreType": "PKCS12"}
    path = folder / "jmx-tls.properties"
    write_text(path, "".join(f"javax.net.ssl.{name}={value}\n" for name, value in lines.items()), mode=0o600)
    return path


@pytest.mark.feature("Observability", "JMX over TLS")
def test_jmx_over_tls_is_read_only_by_who_trusts_it(start: StartNode, tools: JavaTools, tmp_path: Path) -> None:
    port, rmi_port = free_ports(2)
    authority = Authority(tmp_path)
    config = _tls_config(tmp_path, authority)
    start(
        ephemeral=True,
        java_options=jmx_options(port, rmi_port=rmi_port, ssl="true", ssl_config_file=config),
    )
    trust = {"trustStore": authority.pkcs12().path, "trustStorePassword": STORE_PASSWORD}
    options = [f"-Djavax.net.ssl.{name}={value}" for name, value in trust.items()]
    with connect(tools, jmx_url(port), options=options) as client:
        assert client.get(_CLUSTER_ID, "Value")
    with pytest.raises(JmxError, match="unable to find valid certification path"), connect(tools, jmx_url(port)):
        pass
