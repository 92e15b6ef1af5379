"""Nodes that are really started from variables."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from kafka_native._system.ports import free_ports

from ..walk.certificates import Authority
from ..walk.jmx import connect, jmx_url
from .launchers import READY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..java_tools import JavaTools
    from .launchers import Launcher, Running

_CLUSTER = "4L6g3nShT-eMCtK--X86sw"
_JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
_LOG4J = """
Configuration:
  shutdownHook: disable
  Appenders:
    Console: {name: MINE, PatternLayout: {pattern: "mine %p %m %n"}}
  Loggers:
    Root: {level: INFO, AppenderRef: {ref: MINE}}
"""


def test_topics_are_there_when_it_says_that_it_is_ready(launcher: Launcher) -> None:
    with launcher.started(NATIVE_KAFKA_TOPICS="orders:3:1,events") as node:
        node.wait_for(READY)
        produced = KafkaProducer(bootstrap_servers=node.bootstrap_servers, acks="all")
        assert produced.send("orders", b"hello", partition=2).get(10).offset == 0
        admin = KafkaAdminClient(bootstrap_servers=node.bootstrap_servers)
        assert {each["name"]: len(each["partitions"]) for each in admin.describe_topics(["orders", "events"])} == {
            "orders": 3,
            "events": 1,
        }
        lines = node.text()
        assert lines.index(READY) > lines.index("Created log for partition orders-2")
        assert lines.index(READY) < lines.index("Kafka Server started")
        admin.close()
        produced.close()
        assert node.stop() == 0


def test_a_topic_that_cannot_be_created_ends_the_start(launcher: Launcher) -> None:
    with launcher.started(NATIVE_KAFKA_TOPICS="orders:1:3") as node:
        assert node.process.wait(60) == 8
        assert "kafka: error: creating the topic orders: " in node.text()
        assert READY not in node.text()


def test_storage_is_formatted_once_and_kept_for_its_cluster(launcher: Launcher) -> None:
    with launcher.started(CLUSTER_ID=_CLUSTER) as node:
        node.wait_for(READY)
        assert node.stop() == 0
    meta = (launcher.data / "meta.properties").read_text()
    assert f"cluster.id={_CLUSTER}" in meta
    with launcher.started() as node:
        node.wait_for(READY)
        assert node.stop() == 0
    assert (launcher.data / "meta.properties").read_text() == meta
    with launcher.started(CLUSTER_ID="b25lLWNsdXN0ZXItb25seQ") as node:
        assert node.process.wait(60) == 8
        assert f"it belongs to cluster {_CLUSTER}, but the cluster id asked for is b25l" in node.text()
        assert "\tat " not in node.text()


def test_lost_and_found_is_avoided(launcher: Launcher) -> None:
    (launcher.data / "lost+found").mkdir(parents=True)
    with launcher.started() as node:
        node.wait_for(READY)
        assert "the volume for log.dirs holds lost+found" in node.text()
        assert node.stop() == 0
    assert (launcher.data / "data" / "meta.properties").is_file()


def test_a_volume_that_cannot_be_written_is_told(launcher: Launcher) -> None:
    launcher.data.mkdir(mode=0o500)
    # Root may write everywhere, but nobody into /proc.
    with launcher.started(NATIVE_KAFKA_LOG_DIRS="/proc/kafka" if os.geteuid() == 0 else str(launcher.data)) as node:
        assert node.process.wait(60) == 8
        assert "kafka: error: " in node.text()
        assert "\tat " not in node.text()


def test_users_with_scram_and_a_topic_behind_sasl(launcher: Launcher) -> None:
    port, controller = free_ports(2)
    (launcher.secrets / "users").write_text("alice:alice,se=cret\n")
    with launcher.started(
        KAFKA_LISTENERS=f"SASL_PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        KAFKA_SASL_ENABLED_MECHANISMS="SCRAM-SHA-256,SCRAM-SHA-512",
        KAFKA_SASL_MECHANISM_INTER_BROKER_PROTOCOL="SCRAM-SHA-512",
        KAFKA_LISTENER_NAME_SASL__PLAINTEXT_SCRAM___SHA___512_SASL_JAAS_CONFIG=_JAAS,
        KAFKA_LISTENER_NAME_SASL__PLAINTEXT_SCRAM___SHA___256_SASL_JAAS_CONFIG=_JAAS,
        NATIVE_KAFKA_SCRAM_USERS_FILENAME="users",
        NATIVE_KAFKA_TOPICS="orders:2",
    ) as node:
        node.wait_for(READY)
        assert "storedKey" not in node.text()
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            consumer = KafkaConsumer(
                bootstrap_servers=f"127.0.0.1:{port}",
                security_protocol="SASL_PLAINTEXT",
                sasl_mechanism=mechanism,
                sasl_plain_username="alice",
                sasl_plain_password="alice,se=cret",
            )
            assert consumer.partitions_for_topic("orders") == {0, 1}
            consumer.close()
        health = launcher.run("healthcheck", "--json", environment=node.variables)
        assert json.loads(health.stdout)["asked"] == "ApiVersions"
        client = launcher.mount.parent / "client.properties"
        client.write_text(
            "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config="
            + _JAAS.replace(";", ' username="alice" password="alice,se=cret";\n')
        )
        options = ("--bootstrap-server", f"127.0.0.1:{port}", "--command-config", str(client), "--json")
        assert json.loads(launcher.run("healthcheck", *options).stdout)["asked"] == "ApiVersions and Metadata"


def test_levels_and_a_mounted_log_configuration(launcher: Launcher) -> None:
    (launcher.mount / "log4j2.yaml").write_text(_LOG4J)
    with launcher.started(KAFKA_LOG4J_LOGGERS="org.apache.kafka.raft=ERROR") as node:
        node.wait_for("mine INFO [BrokerLifecycleManager id=1] The broker has been unfenced")
        assert "QuorumState" not in node.text()
        assert "Log4jController` MBean" in node.text()  # the level of the file


def test_levels_of_loggers_take_effect(launcher: Launcher) -> None:
    with launcher.started(
        KAFKA_LOG4J_ROOT_LOGLEVEL="ERROR", KAFKA_LOG4J_LOGGERS="org.apache.kafka.server.BrokerLifecycleManager=INFO"
    ) as node:
        node.wait_for(READY)
        logged = [line for line in node.text().splitlines() if "] INFO " in line]
        assert all("BrokerLifecycleManager" in line for line in logged)


def test_the_jmx_port_is_served(launcher: Launcher, tools: JavaTools) -> None:
    (port,) = free_ports(1)
    with launcher.started(KAFKA_JMX_PORT=str(port), KAFKA_JMX_HOSTNAME="127.0.0.1") as node:
        node.wait_for(READY)
        with connect(tools, jmx_url(port)) as jmx:
            assert jmx.get("kafka.server:type=KafkaServer,name=BrokerState", "Value") == 3


@pytest.mark.native
@pytest.mark.parametrize(("argument", "expected_mb"), [(None, 64), ("-Xmx80m", 80)])
def test_the_heap_option_takes_effect(
    launcher: Launcher, tools: JavaTools, argument: str | None, expected_mb: int
) -> None:
    """A size among the arguments wins."""
    (port,) = free_ports(1)
    variables = {"KAFKA_JMX_PORT": str(port), "KAFKA_JMX_HOSTNAME": "127.0.0.1"}
    arguments = ("server-start", argument) if argument else ()
    with launcher.started(*arguments, KAFKA_HEAP_OPTS="-Xmx64m", **variables) as node:
        node.wait_for(READY)
        with connect(tools, jmx_url(port)) as jmx:
            assert jmx.get("java.lang:type=Memory", "HeapMemoryUsage")["max"] == expected_mb * 1024 * 1024


def test_a_heap_option_that_has_no_effect_is_told(launcher: Launcher) -> None:
    with launcher.started("server-start", "-Xmx200m", KAFKA_HEAP_OPTS="-Xmx64m") as node:
        node.wait_for("warning: KAFKA_HEAP_OPTS has -Xmx64m, but the limit of the heap is ")


@contextlib.contextmanager
def _with_tls(launcher: Launcher, tmp_path: Path, **variables: str) -> Iterator[Running]:
    """Run a node with a PEM listener whose files lie in the secrets folder."""
    authority = Authority(tmp_path)
    pem = authority.issue("CN=broker").pem()
    assert pem.password is None
    (launcher.secrets / "server.pem").write_bytes(pem.path.read_bytes())
    (launcher.secrets / "ca.pem").write_text(authority.text)
    port, controller = free_ports(2)
    with launcher.started(
        KAFKA_LISTENERS=f"SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        KAFKA_SSL_KEYSTORE_FILENAME="server.pem",
        KAFKA_SSL_TRUSTSTORE_FILENAME="ca.pem",
        NATIVE_KAFKA_TOPICS="orders",
        **variables,
    ) as node:
        node.wait_for(READY)
        yield node


def test_a_pem_listener_from_the_secrets_folder(launcher: Launcher, tmp_path: Path) -> None:
    with _with_tls(launcher, tmp_path) as node:
        server = node.variables["KAFKA_LISTENERS"].partition(",")[0].removeprefix("SSL://")
        producer = KafkaProducer(
            bootstrap_servers=server, security_protocol="SSL", ssl_cafile=str(launcher.secrets / "ca.pem")
        )
        assert producer.send("orders", b"x").get(10).offset == 0
        producer.close()
        health = launcher.run("healthcheck", "--json", environment=node.variables)
        assert json.loads(health.stdout)["asked"] == "ApiVersions and Metadata"


def test_a_node_that_wants_certificates_of_its_clients_is_healthy(launcher: Launcher, tmp_path: Path) -> None:
    """The health check shows the broker's own, and leaves no log behind, whatever lies on the class path."""
    with _with_tls(launcher, tmp_path, KAFKA_SSL_CLIENT_AUTH="required") as node:
        health = launcher.run("healthcheck", "--json", environment=node.variables)
        assert (health.exit_code, health.stderr) == (0, "")
        assert json.loads(health.stdout)["asked"] == "ApiVersions and Metadata"


def test_what_upstreams_drivers_run(launcher: Launcher, tmp_path: Path) -> None:
    final = tmp_path / "final"
    final.mkdir()
    port, controller = free_ports(2)
    variables = {
        "KAFKA_LISTENERS": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "CLUSTER_ID": _CLUSTER,
    }
    set_up = ("-Dsome.property=1", "setup", "-D", str(tmp_path), "-M", str(launcher.mount), "-F", str(final))
    result = launcher.run(*set_up, environment=variables)
    assert result.exit_code == 0, result.stderr
    assert f"cluster.id={_CLUSTER}" in (launcher.data / "meta.properties").read_text()
    options = (f"-Dlog4j2.configurationFile={final}/log4j2.yaml", "-Dcom.example=1")
    with launcher.started("start", "--config", str(final / "server.properties"), *options) as node:
        node.wait_for(READY)
        assert "there is no log configuration" in node.text()
