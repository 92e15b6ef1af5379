"""Variables that are no properties: heap, system properties, JMX, levels of loggers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .launchers import Launcher


def test_heap_and_system_properties(launcher: Launcher) -> None:
    rendered = launcher.render(
        KAFKA_HEAP_OPTS="-Xmx96m -Xms64m", KAFKA_OPTS="-Dfirst=1 -Dsecond=a=b -Dflag", KAFKA_LOG4J_OPTS="-Dthird=3"
    )
    assert rendered["heap"] == {"mx": "96m", "ms": "64m"}
    assert rendered["system_properties"] == {"third": "3", "first": "1", "second": "a=b", "flag": ""}
    assert rendered["warnings"] == []


def test_options_of_a_jvm_are_told_and_ignored(launcher: Launcher) -> None:
    (warning,) = launcher.render(KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseG1GC")["warnings"]
    assert "-XX:+UseG1GC of KAFKA_JVM_PERFORMANCE_OPTS means nothing" in warning


def test_a_size_that_is_none_is_told(launcher: Launcher) -> None:
    assert "-Xmxbig is no size" in launcher.refused(KAFKA_HEAP_OPTS="-Xmxbig")


def test_the_jmx_port_opens_jmx(launcher: Launcher) -> None:
    options = launcher.render(KAFKA_JMX_PORT="9999", KAFKA_JMX_HOSTNAME="broker.example")["system_properties"]
    assert options["com.sun.management.jmxremote.port"] == options["com.sun.management.jmxremote.rmi.port"] == "9999"
    assert options["java.rmi.server.hostname"] == "broker.example"
    assert options["com.sun.management.jmxremote.authenticate"] == "false"


def test_levels_of_loggers(launcher: Launcher) -> None:
    log = launcher.render(
        KAFKA_LOG4J_LOGGERS="kafka=INFO,kafka.network.RequestChannel$=WARN,kafka.producer.async.DefaultEventHandler=DEBUG,",
        KAFKA_LOG4J_ROOT_LOGLEVEL="ERROR",
        SOME_VARIABLE="Some Value",
    )["log"]
    assert log["root"] == "ERROR"
    assert log["loggers"] == {
        "kafka": "INFO",
        "kafka.network.RequestChannel$": "WARN",
        "kafka.producer.async.DefaultEventHandler": "DEBUG",
    }


@pytest.mark.parametrize("variables", [{}, {"KAFKA_LOG4J_LOGGERS": "", "KAFKA_LOG4J_ROOT_LOGLEVEL": ""}])
def test_no_levels_of_loggers(launcher: Launcher, variables: dict[str, str]) -> None:
    assert launcher.render(**variables)["log"] == {"loggers": {}}


def test_a_mounted_log_configuration_is_used(launcher: Launcher) -> None:
    file = launcher.mount / "log4j2.yaml"
    file.write_text("Configuration: {}")
    assert launcher.render()["log"]["file"] == str(file)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"KAFKA_LOG4J_ROOT_LOGLEVEL": "LOUD"}, "'LOUD' is no level"),
        ({"KAFKA_LOG4J_LOGGERS": "kafka"}, "'kafka' is not of the form LOGGER=LEVEL"),
        ({"KAFKA_JMX_PORT": "jmx"}, "'jmx' is no port"),
    ],
)
def test_what_cannot_be_used_is_told(launcher: Launcher, variables: dict[str, str], told: str) -> None:
    assert told in launcher.refused(**variables)
