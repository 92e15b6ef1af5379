"""Listeners, roles and quorum: what upstream's scripts derive, and what is filled in beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .launchers import Launcher

_LONE_CONTROLLER = "CONTROLLER://127.0.0.1:9093"


def test_nothing_given_is_one_node_for_this_machine(launcher: Launcher) -> None:
    rendered = launcher.render()
    assert rendered.properties["listeners"] == f"PLAINTEXT://:9092,{_LONE_CONTROLLER}"
    assert rendered.properties["advertised.listeners"] == "PLAINTEXT://localhost:9092"
    assert rendered.properties["controller.quorum.voters"] == "1@127.0.0.1:9093"
    assert rendered["problems"] == []


@pytest.mark.parametrize(
    ("advertised", "listeners"),
    [
        ("PLAINTEXT://broker:29092", f"PLAINTEXT://0.0.0.0:29092,{_LONE_CONTROLLER}"),
        ("PLAINTEXT://[::1]:9092", f"PLAINTEXT://0.0.0.0:9092,{_LONE_CONTROLLER}"),
        (
            "PLAINTEXT://broker:19092,SASL_PLAINTEXT://localhost:9092",
            f"PLAINTEXT://0.0.0.0:19092,SASL_PLAINTEXT://0.0.0.0:9092,{_LONE_CONTROLLER}",
        ),
        ("PLAINTEXT://broker:9093", "PLAINTEXT://0.0.0.0:9093,CONTROLLER://127.0.0.1:9094"),
    ],
)
def test_listeners_are_derived_from_advertised_ones(launcher: Launcher, advertised: str, listeners: str) -> None:
    rendered = launcher.render(
        KAFKA_ADVERTISED_LISTENERS=advertised, KAFKA_OPTS="-Djava.security.auth.login.config=/jaas.conf"
    )
    assert rendered.properties["listeners"] == listeners
    assert rendered.properties["advertised.listeners"] == advertised


def test_upstream_derives_no_more_than_that(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_ADVERTISED_LISTENERS="PLAINTEXT://broker:9092", NATIVE_KAFKA_ENVIRONMENT="replace")
    assert rendered.properties == {
        "advertised.listeners": "PLAINTEXT://broker:9092",
        "listeners": "PLAINTEXT://0.0.0.0:9092",
    }


def test_listeners_that_are_given_stay(launcher: Launcher) -> None:
    given = "PLAINTEXT://:9092,BROKER://:9093,CONTROLLER://:9094"
    rendered = launcher.render(
        KAFKA_LISTENERS=given,
        KAFKA_ADVERTISED_LISTENERS="PLAINTEXT://localhost:32768,BROKER://172.17.0.2:9093",
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="BROKER:PLAINTEXT,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        KAFKA_INTER_BROKER_LISTENER_NAME="BROKER",
        KAFKA_CONTROLLER_QUORUM_VOTERS="1@localhost:9094",
        KAFKA_CONTROLLER_LISTENER_NAMES="CONTROLLER",
        KAFKA_PROCESS_ROLES="broker,controller",
        KAFKA_NODE_ID="1",
        CLUSTER_ID="4L6g3nShT-eMCtK--X86sw",
    )  # what Testcontainers gives
    assert rendered.properties["listeners"] == given
    assert rendered["problems"] == []
    assert rendered["cluster_id"] == "4L6g3nShT-eMCtK--X86sw"


def test_one_own_listener_is_enough(launcher: Launcher) -> None:
    rendered = launcher.render(
        KAFKA_LISTENERS="EXTERNAL://:19092", KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="EXTERNAL:PLAINTEXT"
    )
    assert rendered.properties["listeners"] == f"EXTERNAL://:19092,{_LONE_CONTROLLER}"
    assert rendered.properties["advertised.listeners"] == "EXTERNAL://localhost:19092"
    assert rendered.properties["inter.broker.listener.name"] == "EXTERNAL"
    assert rendered.properties["listener.security.protocol.map"] == "EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT"
    assert rendered["problems"] == []


def test_a_node_of_several_opens_its_controller_and_keeps_kafkas_replication(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_NODE_ID="2", KAFKA_CONTROLLER_QUORUM_VOTERS="1@a:9093,2@b:9093,3@c:9093")
    assert rendered.properties["listeners"] == "PLAINTEXT://:9092,CONTROLLER://:9093"
    assert "advertised.listeners" not in rendered.properties
    assert "offsets.topic.replication.factor" not in rendered.properties
    assert "broker.session.timeout.ms" not in rendered.properties
    assert rendered["problems"] == []


def test_a_controller_has_no_listener_for_clients(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_PROCESS_ROLES="controller", KAFKA_ADVERTISED_LISTENERS="")
    assert rendered.properties["listeners"] == "CONTROLLER://:9093"
    assert "advertised.listeners" not in rendered.properties
    assert rendered["problems"] == []


def test_a_controller_advertises_nothing(launcher: Launcher) -> None:
    told = launcher.refused(KAFKA_PROCESS_ROLES="controller", KAFKA_ADVERTISED_LISTENERS="PLAINTEXT://h:9092")
    assert "the node is a controller only" in told


def test_a_broker_has_no_listener_for_controllers(launcher: Launcher) -> None:
    rendered = launcher.render(
        KAFKA_PROCESS_ROLES="broker", KAFKA_NODE_ID="2", KAFKA_CONTROLLER_QUORUM_VOTERS="1@controller:9093"
    )
    assert rendered.properties["listeners"] == "PLAINTEXT://:9092"
    assert rendered["problems"] == []


def test_a_dynamic_quorum_gets_no_voters(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_CONTROLLER_QUORUM_BOOTSTRAP_SERVERS="localhost:9093")
    assert "controller.quorum.voters" not in rendered.properties
    assert rendered["problems"] == []


def test_log_dir_keeps_our_log_dirs_away(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_LOG_DIR="/mine")
    assert "log.dirs" not in rendered.properties
    assert rendered.properties["log.dir"] == "/mine"
