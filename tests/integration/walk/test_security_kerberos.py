"""SASL GSSAPI with a real KDC: clients and brokers log in with key tables, and principals become short names.

The clients are Kafka's own tools, since the wheels of confluent-kafka have no GSSAPI.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from .kerberos import REALM, Kdc, running_kdc
from .sasl import Listeners, commit_a_transaction, jaas, listeners

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..conftest import StartNode
    from ..java_tools import JavaTools, ToolResult

_TOPICS = "org.apache.kafka.tools.TopicCommand"
_SERVICE = "kafka"
_RULES = f"RULE:[1:$1@$0](admin-.*@{REALM})s/^admin-(.*)@.*/$1/,DEFAULT"
_STRICT = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:ANONYMOUS;User:alice;User:{_SERVICE}",
}


@pytest.fixture
def kdc(tmp_path: Path) -> Iterator[Kdc]:
    """Run a KDC."""
    folder = tmp_path / "kdc"
    folder.mkdir()
    with running_kdc(folder) as found:
        yield found


def _service_principal() -> str:
    """Return the broker's name as Java clients ask for it: by the name that the system has for the address."""
    return f"{_SERVICE}/{socket.gethostbyaddr('127.0.0.1')[0]}"


def _login(keytab: Path, principal: str) -> str:
    found = {"useKeyTab": "true", "storeKey": "true", "keyTab": str(keytab), "principal": f"{principal}@{REALM}"}
    return jaas("GSSAPI", **found)


def _start_broker(start: StartNode, kdc: Kdc, **more: str) -> Listeners:
    found = listeners({"SASL": "SASL_PLAINTEXT", "PLAINTEXT": "PLAINTEXT"})
    service = _service_principal()
    properties = {
        "sasl.enabled.mechanisms": "GSSAPI",
        "sasl.kerberos.service.name": _SERVICE,
        "sasl.kerberos.principal.to.local.rules": _RULES,
        "listener.name.sasl.gssapi.sasl.jaas.config": _login(kdc.add(service), service),
    }
    all_properties = found.properties | properties | _STRICT | more
    start(ephemeral=True, java_options=(kdc.java_option,), properties=all_properties)
    return found


def _create_topic(tools: JavaTools, kdc: Kdc, servers: str, topic: str, principal: str) -> ToolResult:
    login = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "GSSAPI",
        "sasl.kerberos.service.name": _SERVICE,
        "sasl.jaas.config": _login(kdc.folder / f"{principal}.keytab", principal),
    }
    config = tools.config(f"{principal}.properties", login)
    create = ("--create", "--topic", topic, "--command-config", config)
    return tools.run(_TOPICS, "--bootstrap-server", servers, *create, options=(kdc.java_option,))


@pytest.mark.feature("Security", "SASL GSSAPI (Kerberos)")
def test_rules_turn_a_principal_of_kerberos_into_a_user(
    start: StartNode, tools: JavaTools, kdc: Kdc, topic: str
) -> None:
    found = _start_broker(start, kdc)
    for principal in ("admin-alice", "mallory"):
        kdc.add(principal)

    alice = _create_topic(tools, kdc, found["SASL"], topic, "admin-alice")
    mallory = _create_topic(tools, kdc, found["SASL"], f"{topic}-2", "mallory")

    assert alice.exit_code == 0, alice.errors
    assert mallory.exit_code != 0
    assert "Authorization failed" in f"{mallory.output}{mallory.errors}"


@pytest.mark.feature("Security", "SASL GSSAPI (Kerberos)")
def test_a_ticket_that_the_broker_cannot_read_is_refused(
    start: StartNode, tools: JavaTools, kdc: Kdc, topic: str
) -> None:
    found = _start_broker(start, kdc)
    kdc.add("admin-alice")
    kdc.change_key(_service_principal())

    refused = _create_topic(tools, kdc, found["SASL"], topic, "admin-alice")

    assert refused.exit_code != 0
    assert "Authentication failed" in f"{refused.output}{refused.errors}"


@pytest.mark.feature("Security", "SASL GSSAPI (Kerberos) between brokers")
def test_a_broker_logs_in_to_itself_with_its_key_table(start: StartNode, kdc: Kdc, topic: str) -> None:
    inter_broker = {"inter.broker.listener.name": "SASL", "sasl.mechanism.inter.broker.protocol": "GSSAPI"}
    found = _start_broker(start, kdc, **inter_broker)

    commit_a_transaction(found["PLAINTEXT"], topic, {})
