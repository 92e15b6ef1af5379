"""Key and trust stores that are replaced under a running broker by dynamic configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import confluent_kafka
import pytest

from ..waiting import wait_until
from .certificates import Authority, to_jks
from .tls import (
    SSL_LISTENER_PREFIX,
    alter_broker,
    assert_refused,
    confluent_config,
    confluent_round_trip,
    handshake,
    listen,
    start_encrypted,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..conftest import StartNode
    from ..java_tools import JavaTools
    from .certificates import Identity


@pytest.mark.feature("Security", "Key stores replaced without a restart")
def test_a_key_store_that_is_set_anew_is_served(start: StartNode, tools: JavaTools, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    first, second, third = (authority.issue("CN=broker", name=name) for name in ("first", "second", "third"))
    at = start_encrypted(start, authority, first)
    assert handshake(at["SSL"], authority).serial == first.serial
    _set_key_store(at, second.pkcs12("second-password").as_key_store())
    _await_serial(at, authority, second)
    _set_key_store(at, to_jks(third.pkcs12("third-password"), tools).as_key_store())
    _await_serial(at, authority, third)


@pytest.mark.feature("Security", "Key stores replaced without a restart")
def test_a_key_store_whose_file_has_changed_is_served_when_its_place_is_set_again(
    start: StartNode, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    at = start_encrypted(start, authority, authority.issue("CN=broker"))
    for _ in range(2):  # the second time it is a dynamic value that is set to what it is
        renewed = authority.issue("CN=broker")
        _set_key_store(at, {"ssl.keystore.location": str(renewed.pkcs12().path)})
        _await_serial(at, authority, renewed)


@pytest.mark.feature("Security", "Key stores replaced without a restart")
def test_keys_in_the_properties_are_replaced(start: StartNode, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    first, second = authority.issue("CN=broker"), authority.issue("CN=broker")
    properties, at = listen("PLAINTEXT", "SSL")
    text = {SSL_LISTENER_PREFIX + name: value for name, value in _text(first).items()}
    start(ephemeral=True, properties=properties | text)
    assert handshake(at["SSL"], authority).serial == first.serial
    _set_key_store(at, _text(second))
    _await_serial(at, authority, second)


def _text(identity: Identity) -> dict[str, str]:
    chain = {"ssl.keystore.certificate.chain": identity.chain}
    return {"ssl.keystore.type": "PEM", "ssl.keystore.key": identity.private_key()} | chain


@pytest.mark.feature("Security", "Trust stores replaced without a restart")
def test_a_trust_store_that_is_set_anew_lets_other_clients_in(start: StartNode, tmp_path: Path, topic: str) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    at = start_encrypted(start, authority, authority.issue("CN=broker"), {"ssl.client.auth": "required"})
    config = confluent_config(at["SSL"], authority, other.issue("CN=client"))
    assert_refused(config, "certificate")
    _set_key_store(at, other.pkcs12("other-password").as_trust_store())
    confluent_round_trip(config, topic)
    assert_refused(confluent_config(at["SSL"], authority, authority.issue("CN=client")), "certificate")


@pytest.mark.feature("Security", "Names of a replaced certificate (ssl.allow.dn.changes, ssl.allow.san.changes)")
@pytest.mark.parametrize(
    ("subject", "hosts", "allow", "message"),
    [
        (
            "CN=renamed",
            ("127.0.0.1", "old.example"),
            "ssl.allow.dn.changes",
            "Keystore DistinguishedName does not match",
        ),
        ("CN=broker", ("127.0.0.1", "new.example"), "ssl.allow.san.changes", "Keystore SubjectAltNames do not match"),
    ],
    ids=["subject", "hosts"],
)
@pytest.mark.parametrize("allowed", [False, True], ids=["kept", "free"])
def test_names_in_a_certificate_change_only_when_they_may(
    start: StartNode, tmp_path: Path, *, subject: str, hosts: tuple[str, ...], allow: str, message: str, allowed: bool
) -> None:
    authority = Authority(tmp_path)
    first = authority.issue("CN=broker", ("127.0.0.1", "old.example"), name="first")
    second = authority.issue(subject, hosts, name="second")
    at = start_encrypted(start, authority, first, {allow: str(allowed).lower()})
    if allowed:
        _set_key_store(at, second.pkcs12().as_key_store())
        _await_serial(at, authority, second)
        return
    with pytest.raises(confluent_kafka.KafkaException, match=message):
        _set_key_store(at, second.pkcs12().as_key_store())
    assert handshake(at["SSL"], authority).serial == first.serial


def _set_key_store(at: Mapping[str, str], store: Mapping[str, str]) -> None:
    alter_broker(at["PLAINTEXT"], {SSL_LISTENER_PREFIX + name: value for name, value in store.items()})


def _await_serial(at: Mapping[str, str], authority: Authority, identity: Identity) -> None:
    """Wait for a certificate: the answer to the change comes before it is applied."""
    wait_until(lambda: handshake(at["SSL"], authority).serial == identity.serial, "the new certificate is shown")
