"""`kafka healthcheck`: against a node that serves, one without its topics, and none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.ports import free_ports

from .launchers import READY

if TYPE_CHECKING:
    from .launchers import Launcher


def test_a_node_that_serves_is_healthy(launcher: Launcher) -> None:
    with launcher.started(NATIVE_KAFKA_TOPICS="orders") as node:
        node.wait_for(READY)
        by_environment = launcher.run("healthcheck", environment=node.variables)
        assert by_environment.exit_code == 0, by_environment.stderr
        assert by_environment.stdout.startswith(f"{node.bootstrap_servers} answers ApiVersions and Metadata after ")
        by_address = launcher.run("healthcheck", "--bootstrap-server", node.bootstrap_servers, "--json")
        told = json.loads(by_address.stdout)
        assert told["healthy"] is True
        assert told["milliseconds"] > 0
        other = dict(node.variables) | {"NATIVE_KAFKA_TOPICS": "orders,other"}
        without = launcher.run("healthcheck", environment=other)
        assert without.exit_code == 8
        assert "the topic other is not there yet" in without.stderr
        assert node.stop() == 0


def test_nobody_there_is_unhealthy(launcher: Launcher) -> None:
    (port,) = free_ports(1)
    result = launcher.run("healthcheck", "--bootstrap-server", f"127.0.0.1:{port}", "--json")
    assert result.exit_code == 8
    assert json.loads(result.stdout)["healthy"] is False


def test_a_controller_is_asked_what_it_answers(launcher: Launcher) -> None:
    (port,) = free_ports(1)
    variables = {
        "KAFKA_PROCESS_ROLES": "controller",
        "KAFKA_LISTENERS": f"CONTROLLER://127.0.0.1:{port}",
    }
    with launcher.started(**variables) as node:
        node.wait_for("Kafka Server started")
        result = launcher.run("healthcheck", environment=node.variables)
        assert result.exit_code == 0, result.stderr
        assert "answers ApiVersions after" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--timeout-ms", "soon"), "--timeout-ms soon is no number"),
        (("--bootstrap-server", "here"), "not of the form HOST:PORT"),
        (("--command-config", "/none"), "there is no such file"),
        (("--loud",), "unknown argument --loud"),
    ],
)
def test_bad_arguments_are_told(launcher: Launcher, arguments: tuple[str, ...], told: str) -> None:
    result = launcher.run("healthcheck", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
