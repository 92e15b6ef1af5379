"""The `.properties` format, listeners, and the configuration of a local node."""

from __future__ import annotations

from pathlib import Path

import pytest

from kafka_native.config import (
    NodeConfig,
    is_only_controller,
    names,
    parse_assignments,
    parse_properties,
    render_properties,
    render_server_properties,
    serving_listener,
)
from kafka_native.config.development import all_defaults, development_defaults
from kafka_native.errors import SettingsError

_CONFIG = NodeConfig("127.0.0.1", 9092, 9093, Path("/data"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", {"a": "b"}),
        ("a = b \n", {"a": "b "}),
        ("a: b", {"a": "b"}),
        ("a b c", {"a": "b c"}),
        ("a", {"a": ""}),
        ("a==b", {"a": "=b"}),
        (" \t\fa\t=\fb", {"a": "b"}),
        ("# x=1\n  ! y=2\n\na=b", {"a": "b"}),
        ("a=b\\\n   c\\\r\n d", {"a": "bcd"}),
        ("a=b\\", {"a": "b"}),
        ("a=b\\\\", {"a": "b\\"}),
        ("a=b\\\\\\\nc", {"a": "b\\c"}),
        ("a=b\\\n#c", {"a": "b#c"}),
        ("a\\ b\\=c\\:d=e", {"a b=c:d": "e"}),
        (r"a=\t\n\r\f\q\"", {"a": '\t\n\r\fq"'}),
        (r"a=\u00e9\ud83d\ude00", {"a": "é😀"}),
        ("a=1\na=2\rb=3", {"a": "2", "b": "3"}),
        ("a=x\u2028y", {"a": "x\u2028y"}),
        ("", {}),
    ],
)
def test_properties_are_read_as_java_does(text: str, expected: dict[str, str]) -> None:
    assert parse_properties(text) == expected


def test_a_broken_unicode_escape_is_named() -> None:
    with pytest.raises(SettingsError, match="four hexadecimal digits"):
        parse_properties(r"path=C:\users")


@pytest.mark.parametrize(
    "value",
    ["", " leading", "trailing ", "\ttab", "a=b:c#d!e", "back\\slash", "é€😀", "two\nlines\r\f", "\\u0041", "#"],
)
def test_what_is_written_is_read_back(value: str) -> None:
    properties = {"plain.name": value, f"odd {value}": "x"} if value else {"plain.name": value}
    text = render_properties(properties)
    assert text.isascii()
    assert parse_properties(text) == properties


def test_written_properties_stay_readable() -> None:
    assert render_properties({"listeners": "PLAINTEXT://127.0.0.1:9092"}) == "listeners=PLAINTEXT://127.0.0.1:9092\n"


def test_assignments() -> None:
    assert parse_assignments(["a=b", " c = d=e ", "f="]) == {"a": "b", "c": "d=e", "f": ""}


@pytest.mark.parametrize("bad", ["a", "=b", " = b"])
def test_a_bad_assignment_is_named(bad: str) -> None:
    with pytest.raises(SettingsError, match=f"--property '{bad}' is not of the form"):
        parse_assignments(["x=y", bad])


def test_the_configuration_of_a_node() -> None:
    ours = {each.name for each in all_defaults()}
    rest = {name: value for name, value in render_server_properties(_CONFIG).items() if name not in ours}
    assert rest == {
        "node.id": "1",
        "process.roles": "broker,controller",
        "listeners": "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093",
        "advertised.listeners": "PLAINTEXT://127.0.0.1:9092",
        "controller.quorum.voters": "1@127.0.0.1:9093",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,"
        "SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
        "log.dirs": "/data",
    }


def test_every_development_default_has_a_reason_and_gives_way() -> None:
    assert len(all_defaults()) > 10
    for default in all_defaults():
        assert len(default.reason) > 20
        given = NodeConfig("127.0.0.1", 9092, 9093, Path("/data"), {default.name: "77"})
        assert render_server_properties(given)[default.name] == "77"


def test_a_cluster_with_several_controllers_keeps_kafkas_replication() -> None:
    one = {"controller.quorum.voters": "1@a:1"}
    three = {"controller.quorum.voters": "1@a:1,2@b:1,3@c:1"}
    for given, expected in ((one, "1"), (three, None)):
        properties = render_server_properties(NodeConfig("127.0.0.1", 9092, 9093, Path("/data"), given))
        assert properties.get(names.OFFSETS_TOPIC_REPLICATION_FACTOR) == expected


def test_the_profile_kafka_has_only_what_one_node_needs() -> None:
    kafka = development_defaults(frozenset(), profile="kafka")
    assert kafka == {
        each.name: each.value for each in all_defaults() if each.name.endswith(("replication.factor", "min.isr"))
    }
    node = NodeConfig("127.0.0.1", 9092, 9093, Path("/data"), profile="kafka")
    assert names.NUM_IO_THREADS not in render_server_properties(node)


def test_a_default_gives_way_when_it_would_contradict_what_is_given() -> None:
    given = NodeConfig("127.0.0.1", 9092, 9093, Path("/data"), {names.LOG_CLEANER_THREADS: "4"})
    assert names.LOG_CLEANER_DEDUPE_BUFFER_SIZE not in render_server_properties(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"node.id": "7"}, {"controller.quorum.voters": "7@127.0.0.1:9093"}),
        ({"log.dir": "/mine"}, {"log.dirs": None, "log.dir": "/mine"}),
        (
            {"listeners": "PLAINTEXT://0.0.0.0:1"},
            {
                "listeners": "PLAINTEXT://0.0.0.0:1,CONTROLLER://127.0.0.1:9093",
                "advertised.listeners": None,
                "controller.quorum.voters": "1@127.0.0.1:9093",
            },
        ),
        (
            {"listeners": "SSL://h:1,CONTROLLER://:2"},
            {"listeners": "SSL://h:1,CONTROLLER://:2", "controller.quorum.voters": "1@127.0.0.1:2"},
        ),
        (
            {"listeners": "A://h:1", "controller.listener.names": "KRAFT"},
            {"listeners": "A://h:1,KRAFT://127.0.0.1:9093"},
        ),
        ({"controller.quorum.bootstrap.servers": "h:1"}, {"controller.quorum.voters": None}),
        ({"controller.quorum.voters": "1@a:1,2@b:2"}, {"controller.quorum.voters": "1@a:1,2@b:2"}),
    ],
)
def test_what_the_user_gives_wins(given: dict[str, str], expected: dict[str, str | None]) -> None:
    properties = render_server_properties(NodeConfig("127.0.0.1", 9092, 9093, Path("/data"), given))
    assert {name: properties.get(name) for name in expected} == expected


@pytest.mark.parametrize("bad", ["9092", "PLAINTEXT://h", "PLAINTEXT://h:port", "PLAINTEXT://h:70000"])
def test_a_listener_that_cannot_be_read_is_named(bad: str) -> None:
    with pytest.raises(SettingsError, match=f"the listener '{bad}'"):
        render_server_properties(NodeConfig("127.0.0.1", 9092, 9093, Path("/data"), {"listeners": bad}))


_WHERE = ("process.roles", "listeners", "advertised.listeners", "controller.quorum.voters")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["broker", "PLAINTEXT://127.0.0.1:9092", "PLAINTEXT://127.0.0.1:9092", None]),
        ({"listeners": "SSL://h:1"}, ["broker", "SSL://h:1", None, None]),
        (
            {"controller.quorum.voters": "7@h:1"},
            ["broker", "PLAINTEXT://127.0.0.1:9092", "PLAINTEXT://127.0.0.1:9092", "7@h:1"],
        ),
    ],
)
def test_a_node_that_is_only_a_broker(given: dict[str, str], expected: list[str | None]) -> None:
    """It has no listener for controllers, but must know what theirs is called."""
    config = NodeConfig("127.0.0.1", 9092, 9093, Path("/data"), {"process.roles": "broker"} | given)
    properties = render_server_properties(config)
    assert [properties.get(name) for name in _WHERE] == expected
    assert properties["controller.listener.names"] == "CONTROLLER"
    assert not is_only_controller(properties)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["controller", "CONTROLLER://127.0.0.1:9092", None, "1@127.0.0.1:9092"]),
        ({"listeners": "CONTROLLER://:1"}, ["controller", "CONTROLLER://:1", None, "1@127.0.0.1:1"]),
        (
            {"controller.quorum.bootstrap.servers": "h:1"},
            ["controller", "CONTROLLER://127.0.0.1:9092", None, None],
        ),
    ],
)
def test_a_node_that_is_only_a_controller(given: dict[str, str], expected: list[str | None]) -> None:
    """Its controller listener has the node's port, since it is the only one."""
    config = NodeConfig("127.0.0.1", 9092, 9093, Path("/data"), {"process.roles": "controller"} | given)
    properties = render_server_properties(config)
    assert [properties.get(name) for name in _WHERE] == expected
    assert is_only_controller(properties)


def test_the_serving_listener_and_its_protocol() -> None:
    properties = {
        "listeners": "CONTROLLER://:1, secure://[::]:2",
        "controller.listener.names": "controller",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,SECURE:SASL_SSL",
    }
    listener, protocol = serving_listener(properties)
    assert (listener.name, listener.port, listener.reachable_host, protocol) == ("SECURE", 2, "127.0.0.1", "SASL_SSL")
    listener, protocol = serving_listener(properties, controllers=True)
    assert (listener.name, listener.port, protocol) == ("CONTROLLER", 1, "PLAINTEXT")
    with pytest.raises(SettingsError, match="is for clients"):
        serving_listener(properties | {"listeners": "CONTROLLER://:1"})
    with pytest.raises(SettingsError, match="is for controllers"):
        serving_listener(properties | {"listeners": "SECURE://:1"}, controllers=True)
