"""SASL PLAIN and SCRAM: who is let in, by which listener, for how long, and how brokers and controllers log in."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import confluent_kafka
import confluent_kafka.admin as confluent_admin
import pytest

from kafka_native._system.files import write_text
from kafka_native.broker.readiness import _call

from ..kafka_tools import UpstreamTools
from ..waiting import wait_until
from .certificates import Authority
from .sasl import (
    SCRAM,
    TIMEOUT_SECONDS,
    Listeners,
    Login,
    admin_client,
    authentication_error,
    commit_a_transaction,
    delete_scram_user,
    jaas,
    listeners,
    produce,
    round_trip,
    scram_iterations,
    set_scram_user,
)

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_TOPICS = "org.apache.kafka.tools.TopicCommand"
_CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw"
_REFUSED = "Authentication failed"
_ALICE = Login("PLAIN", "alice", "alice-secret")
_BOB = Login("PLAIN", "bob", "bob-secret")


def _sasl_and_plaintext(protocol: str = "SASL_PLAINTEXT") -> Listeners:
    """Return a listener with SASL, and one without: for brokers, and for what SASL is not the subject of."""
    return listeners({"SASL": protocol, "PLAINTEXT": "PLAINTEXT"})


def _plain(*users: Login) -> str:
    """Return a broker's JAAS configuration that knows some users."""
    return jaas("PLAIN", **{f"user_{each.user}": each.password for each in users})


def _start_plain(start: StartNode, found: Listeners, **more: str) -> Node:
    own = {"sasl.enabled.mechanisms": "PLAIN", "listener.name.sasl.plain.sasl.jaas.config": _plain(_ALICE, _BOB)}
    return start(ephemeral=True, properties={**found.properties, **own, **more})


@pytest.mark.feature("Security", "SASL PLAIN")
def test_plain_lets_in_who_knows_the_password(start: StartNode, topic: str) -> None:
    found = _sasl_and_plaintext()
    _start_plain(start, found)

    round_trip(found["SASL"], topic, _ALICE.librdkafka())

    assert _REFUSED in authentication_error(found["SASL"], Login("PLAIN", "alice", "bob-secret").librdkafka())
    assert _REFUSED in authentication_error(found["SASL"], Login("PLAIN", "carol", "alice-secret").librdkafka())


@pytest.mark.feature("Security", "SASL PLAIN")
def test_a_mechanism_that_is_not_enabled_is_refused(start: StartNode) -> None:
    found = _sasl_and_plaintext()
    _start_plain(start, found)

    refusal = authentication_error(found["SASL"], Login("SCRAM-SHA-256", "alice", "alice-secret").librdkafka())

    assert "PLAIN" in refusal  # which it tells to be the enabled one


@pytest.mark.feature("Security", "SASL server callback handler by class name")
def test_plain_works_with_its_callback_handler_given_by_name(start: StartNode, topic: str) -> None:
    found = _sasl_and_plaintext()
    handler = "org.apache.kafka.common.security.plain.internals.PlainServerCallbackHandler"
    _start_plain(start, found, **{"listener.name.sasl.plain.sasl.server.callback.handler.class": handler})

    round_trip(found["SASL"], topic, _ALICE.librdkafka())

    assert _REFUSED in authentication_error(found["SASL"], Login("PLAIN", "alice", "wrong").librdkafka())


@pytest.mark.feature("Security", "SASL over TLS (SASL_SSL)")
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
def test_sasl_over_tls_checks_certificate_and_password(
    start: StartNode, tools: JavaTools, tmp_path: Path, topic: str, mechanism: str
) -> None:
    found, authority = _sasl_and_plaintext("SASL_SSL"), Authority(tmp_path)
    store = authority.issue("CN=broker").pkcs12().as_key_store()
    enabled = {"sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512"}
    scram = {"listener.name.sasl.scram-sha-512.sasl.jaas.config": jaas("SCRAM-SHA-512")}
    _start_plain(start, found, **store, **enabled, **scram)
    set_scram_user(found["PLAINTEXT"], Login("SCRAM-SHA-512", "alice", "alice-secret"))
    login = Login(mechanism, "alice", "alice-secret", authority.pem().path)

    round_trip(found["SASL"], topic, login.librdkafka())

    assert topic in _topics(tools, found["SASL"], login.java())
    wrong = Login(mechanism, "alice", "wrong", login.ca)
    assert _REFUSED in authentication_error(found["SASL"], wrong.librdkafka())


def _topics(tools: JavaTools, servers: str, login: dict[str, str]) -> str:
    config = tools.config("client.properties", login)
    return tools.must(_TOPICS, "--bootstrap-server", servers, "--list", "--command-config", config)


@pytest.mark.feature("Security", "JAAS configuration by listener")
def test_each_listener_has_mechanisms_and_users_of_its_own(start: StartNode, topic: str) -> None:
    found = listeners({"FIRST": "SASL_PLAINTEXT", "SECOND": "SASL_PLAINTEXT", "PLAINTEXT": "PLAINTEXT"})
    properties = {
        "listener.name.first.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.first.plain.sasl.jaas.config": _plain(_ALICE),
        "listener.name.second.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
        "listener.name.second.plain.sasl.jaas.config": _plain(_BOB),
        "listener.name.second.scram-sha-256.sasl.jaas.config": jaas("SCRAM-SHA-256"),
    }
    start(ephemeral=True, properties=found.properties | properties)
    scram = Login("SCRAM-SHA-256", "carol", "carol-secret")
    set_scram_user(found["PLAINTEXT"], scram)

    round_trip(found["FIRST"], f"{topic}-1", _ALICE.librdkafka())
    round_trip(found["SECOND"], f"{topic}-2", _BOB.librdkafka())
    round_trip(found["SECOND"], f"{topic}-3", scram.librdkafka())

    assert _REFUSED in authentication_error(found["FIRST"], _BOB.librdkafka())
    assert _REFUSED in authentication_error(found["SECOND"], _ALICE.librdkafka())
    assert "SCRAM-SHA-256" in authentication_error(found["FIRST"], scram.librdkafka())


@pytest.mark.feature("Security", "JAAS configuration file")
def test_users_come_from_a_jaas_file(start: StartNode, tmp_path: Path, topic: str) -> None:
    found = listeners({"FIRST": "SASL_PLAINTEXT", "SECOND": "SASL_PLAINTEXT", "PLAINTEXT": "PLAINTEXT"})
    file = tmp_path / "jaas.conf"
    # A section with a listener's name goes before the one that is for all of them.
    write_text(file, f"KafkaServer {{ {_plain(_ALICE)} }};\nsecond.KafkaServer {{ {_plain(_BOB)} }};\n", mode=0o600)
    start(
        ephemeral=True,
        java_options=(f"-Djava.security.auth.login.config={file}",),
        properties=found.properties | {"sasl.enabled.mechanisms": "PLAIN"},
    )

    round_trip(found["FIRST"], f"{topic}-1", _ALICE.librdkafka())
    round_trip(found["SECOND"], f"{topic}-2", _BOB.librdkafka())

    assert _REFUSED in authentication_error(found["FIRST"], _BOB.librdkafka())
    assert _REFUSED in authentication_error(found["SECOND"], _ALICE.librdkafka())


def _start_scram(start: StartNode, found: Listeners, **changes: Any) -> Node:
    modules = {f"listener.name.sasl.{each.lower()}.sasl.jaas.config": jaas(each) for each in SCRAM}
    own = {"sasl.enabled.mechanisms": ",".join(SCRAM)} | modules | changes.pop("properties", {})
    return start(**{"ephemeral": True, "properties": found.properties | own} | changes)


@pytest.mark.feature("Security", "SASL SCRAM")
@pytest.mark.parametrize("mechanism", SCRAM)
def test_a_scram_user_comes_changes_its_password_and_goes(start: StartNode, topic: str, mechanism: str) -> None:
    found = _sasl_and_plaintext()
    _start_scram(start, found)
    old, new = Login(mechanism, "alice", "old-secret"), Login(mechanism, "alice", "new-secret")
    assert _REFUSED in authentication_error(found["SASL"], old.librdkafka())

    set_scram_user(found["PLAINTEXT"], old)
    round_trip(found["SASL"], f"{topic}-1", old.librdkafka())

    set_scram_user(found["PLAINTEXT"], new)
    round_trip(found["SASL"], f"{topic}-2", new.librdkafka())
    assert _REFUSED in authentication_error(found["SASL"], old.librdkafka())
    assert scram_iterations(found["PLAINTEXT"], "alice") == {mechanism: 4096}

    delete_scram_user(found["PLAINTEXT"], new)
    assert _REFUSED in authentication_error(found["SASL"], new.librdkafka())


@pytest.mark.feature("Security", "SASL SCRAM users by kafka-configs")
def test_kafka_configs_creates_describes_and_deletes_a_scram_user(
    start: StartNode, tools: JavaTools, topic: str
) -> None:
    found, upstream = _sasl_and_plaintext(), UpstreamTools(tools)
    _start_scram(start, found)
    login = Login("SCRAM-SHA-256", "alice", "alice-secret")
    user = ("--bootstrap-server", found["PLAINTEXT"], "--entity-type", "users", "--entity-name", "alice")

    upstream.must("configs", *user, "--alter", "--add-config", "SCRAM-SHA-256=[iterations=8192,password=alice-secret]")

    round_trip(found["SASL"], topic, login.librdkafka())
    assert "SCRAM-SHA-256=iterations=8192" in upstream.must("configs", *user, "--describe")
    upstream.must("configs", *user, "--alter", "--delete-config", "SCRAM-SHA-256")
    assert _REFUSED in authentication_error(found["SASL"], login.librdkafka())


def _scram_option(login: Login) -> str:
    return f"{login.mechanism}=[name={login.user},password={login.password}]"


def _format(tools: JavaTools, log_dir: Path, found: Listeners, *users: Login) -> None:
    """Format a log dir with SCRAM users, which the launcher does not offer: it leaves formatted storage alone."""
    voter = f"1@{found['CONTROLLER']}"
    own = {"node.id": "1", "process.roles": "broker,controller", "controller.quorum.voters": voter}
    own |= {"controller.listener.names": "CONTROLLER", "log.dirs": str(log_dir)}
    own |= {"inter.broker.listener.name": next(name for name in found.addresses if name != "CONTROLLER")}
    config = tools.config("format.properties", found.properties | own)
    options = [word for each in users for word in ("--add-scram", _scram_option(each))]
    tools.must("kafka.tools.StorageTool", "format", "--config", config, "--cluster-id", _CLUSTER_ID, *options)


@pytest.mark.feature("Security", "SASL SCRAM users at format time")
def test_users_of_the_format_command_are_there_from_the_start(
    start: StartNode, tools: JavaTools, tmp_path: Path, topic: str
) -> None:
    found, log_dir = _sasl_and_plaintext(), tmp_path / "log"
    alice, bob = Login("SCRAM-SHA-256", "alice", "alice-secret"), Login("SCRAM-SHA-512", "bob", "bob-secret")
    _format(tools, log_dir, found, alice, bob)
    _start_scram(start, found, ephemeral=False, cluster_id=_CLUSTER_ID, properties={"log.dirs": str(log_dir)})

    round_trip(found["SASL"], f"{topic}-1", alice.librdkafka())
    round_trip(found["SASL"], f"{topic}-2", bob.librdkafka())

    assert set(scram_iterations(found["PLAINTEXT"], "alice")) == {"SCRAM-SHA-256"}
    assert _REFUSED in authentication_error(found["SASL"], replace(alice, password="wrong").librdkafka())


_BROKER = Login("PLAIN", "broker", "broker-secret")
_STRICT = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:broker;User:alice",
}
"""Only the user `broker` may do what brokers do, so that nothing works when they log in as nobody, or not at all."""


def _inter_broker(mechanism: str, login: Login) -> dict[str, str]:
    """Return the properties with which brokers log in to each other, and to the controllers with PLAIN."""
    controller = _BROKER.jaas(**{f"user_{_BROKER.user}": _BROKER.password})
    return {
        "inter.broker.listener.name": "BROKER",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": mechanism,
        f"listener.name.broker.{mechanism.lower()}.sasl.jaas.config": login.jaas(),
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": controller,
    } | _STRICT


def _broker_listeners() -> Listeners:
    return listeners({"SASL": "SASL_PLAINTEXT", "BROKER": "SASL_PLAINTEXT"}, controller="SASL_PLAINTEXT")


@pytest.mark.feature("Security", "SASL between brokers and controllers")
def test_a_broker_logs_in_with_plain_to_itself_and_to_the_controller(start: StartNode, topic: str) -> None:
    found = _broker_listeners()
    users = {f"user_{each.user}": each.password for each in (_ALICE, _BROKER)}
    modules = {
        "listener.name.sasl.plain.sasl.jaas.config": _plain(_ALICE),
        "listener.name.broker.plain.sasl.jaas.config": _BROKER.jaas(**users),
    }
    only_plain = {"sasl.enabled.mechanisms": "PLAIN"}
    start(ephemeral=True, properties=found.properties | _inter_broker("PLAIN", _BROKER) | modules | only_plain)

    commit_a_transaction(found["SASL"], topic, _ALICE.librdkafka())


@pytest.mark.feature("Security", "SASL between brokers and controllers")
def test_a_broker_logs_in_with_a_scram_user_of_the_format_command(
    start: StartNode, tools: JavaTools, tmp_path: Path, topic: str
) -> None:
    found, log_dir = _broker_listeners(), tmp_path / "log"
    broker = Login("SCRAM-SHA-512", "broker", "scram-secret")
    _format(tools, log_dir, found, broker)
    modules = {
        "listener.name.broker.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl.plain.sasl.jaas.config": _plain(_ALICE),
    }
    properties = found.properties | _inter_broker("SCRAM-SHA-512", broker) | modules
    start(cluster_id=_CLUSTER_ID, properties=properties | {"log.dirs": str(log_dir)})

    commit_a_transaction(found["SASL"], topic, _ALICE.librdkafka())


@pytest.mark.feature("Security", "SASL between brokers and controllers")
def test_followers_fetch_from_leaders_over_sasl(start: StartNode, topic: str) -> None:
    first, second = _broker_listeners(), _broker_listeners()
    users = {f"user_{each.user}": each.password for each in (_ALICE, _BROKER)}
    properties = _inter_broker("PLAIN", _BROKER) | {
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl.plain.sasl.jaas.config": _plain(_ALICE),
        "listener.name.broker.plain.sasl.jaas.config": _BROKER.jaas(**users),
        "controller.quorum.voters": f"1@{first['CONTROLLER']}",
    }
    start(ephemeral=True, cluster_id=_CLUSTER_ID, properties=first.properties | properties)
    own = {"node.id": "2", "process.roles": "broker"} | _without_controller(second)
    start(ephemeral=True, cluster_id=_CLUSTER_ID, properties=properties | own)

    admin = admin_client(first["SASL"], _ALICE.librdkafka())
    new = confluent_admin.NewTopic(topic, 2, 2, config={"min.insync.replicas": "2"})
    wait_until(lambda: len(admin.list_topics(timeout=TIMEOUT_SECONDS).brokers) == 2, "both brokers are there")
    admin.create_topics([new])[topic].result(TIMEOUT_SECONDS)

    produce(second["SASL"], topic, _ALICE.librdkafka(), acks="all")


def _without_controller(found: Listeners) -> dict[str, str]:
    names = found.properties["listeners"].partition(",CONTROLLER")[0]
    return found.properties | {"listeners": names}


_API_VERSIONS, _SASL_HANDSHAKE, _SASL_AUTHENTICATE = 18, 17, 36


class _PlainConnection:
    """A client of one connection, which logs in when it is told to: no library lets a session run out.

    Args:
        servers: The address of a listener with SASL_PLAINTEXT.
    """

    def __init__(self, servers: str) -> None:
        host, _, port = servers.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), TIMEOUT_SECONDS)

    def log_in(self, login: Login) -> float:
        """Authenticate with PLAIN, and return the seconds that the session lasts."""
        _call(self.socket, _SASL_HANDSHAKE, 1, struct.pack(">h", 5) + b"PLAIN")
        secret = f"\0{login.user}\0{login.password}".encode()
        reply = _call(self.socket, _SASL_AUTHENTICATE, 1, struct.pack(">i", len(secret)) + secret)
        error, _message, _bytes, lifetime_ms = struct.unpack(">hhiq", reply)
        assert error == 0
        return float(lifetime_ms) / 1000

    def answers(self) -> bool:
        """Return whether the broker still answers on this connection."""
        try:
            return len(_call(self.socket, _API_VERSIONS, 0, b"")) > 0
        except ConnectionError:
            return False


@pytest.mark.feature("Security", "SASL re-authentication")
def test_a_session_ends_unless_the_client_logs_in_again(start: StartNode) -> None:
    found = _sasl_and_plaintext()
    _start_plain(start, found, **{"connections.max.reauth.ms": "6000"})
    renewing, idle = _PlainConnection(found["SASL"]), _PlainConnection(found["SASL"])
    with contextlib.closing(renewing.socket), contextlib.closing(idle.socket):
        assert 0 < idle.log_in(_ALICE) <= 6
        assert 0 < renewing.log_in(_ALICE) <= 6
        began = time.monotonic()
        assert idle.answers()
        wait_until(lambda: time.monotonic() - began > 2, "Kafka allows another login after a second")
        renewing.log_in(_ALICE)

        wait_until(lambda: not idle.answers(), "the session of the client that did nothing runs out")

        assert renewing.answers()


@pytest.mark.feature("Security", "SASL re-authentication")
def test_a_client_that_renews_its_session_keeps_its_connections(start: StartNode, topic: str) -> None:
    found = _sasl_and_plaintext()
    node = _start_plain(start, found, **{"connections.max.reauth.ms": "2500"})
    errors: list[Any] = []
    # librdkafka logs in again when 90 % of the session are over (KIP-368).
    config = {"bootstrap.servers": found["SASL"], "error_cb": errors.append, **_ALICE.librdkafka()}
    producer, began = confluent_kafka.Producer(config), time.monotonic()
    while time.monotonic() - began < 6:
        producer.produce(topic, value=b"walk")
        assert producer.flush(TIMEOUT_SECONDS) == 0

    assert errors == []
    assert "session expiration" not in node.log_file.read_text()
