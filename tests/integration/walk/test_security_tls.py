"""Encrypted listeners: formats of key and trust stores, certificates of clients, and several listeners at once."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import confluent_kafka
import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from kafka_native.errors import BrokerError

from ..adapters.confluent import LOG
from .certificates import STORE_PASSWORD, Authority, to_jks
from .tls import (
    assert_refused,
    confluent_config,
    confluent_round_trip,
    handshake,
    java_round_trip,
    java_topics,
    kafka_python_config,
    kafka_python_round_trip,
    listen,
    start_encrypted,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import StartNode
    from ..java_tools import JavaTools
    from .certificates import Identity

_STORES = [
    pytest.param("JKS", marks=pytest.mark.feature("Security", "SSL with JKS key and trust stores")),
    pytest.param("PKCS12", marks=pytest.mark.feature("Security", "SSL with PKCS12 key and trust stores")),
    pytest.param("PEM", marks=pytest.mark.feature("Security", "SSL with PEM files")),
]
_AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
}
_PRINCIPALS = {
    "CN=Alice,OU=Engineering,O=Kafka": "alice",
    "CN=bob,OU=Sales": "BOB@SALES",
    "CN=carol,O=Kafka": "CN=carol,O=Kafka",
}
_PLAIN_LOGIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="alice-secret";'


def _stores(
    kind: str, authority: Authority, identity: Identity, tools: JavaTools
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the properties of a key store and of a trust store in one format."""
    if kind == "PEM":
        return identity.pem(STORE_PASSWORD).as_key_store(), authority.pem().as_trust_store()
    key_store, trust_store = identity.pkcs12(), authority.pkcs12()
    if kind == "JKS":
        key_store, trust_store = to_jks(key_store, tools), to_jks(trust_store, tools)
    return key_store.as_key_store(), trust_store.as_trust_store()


@pytest.mark.parametrize("kind", _STORES)
def test_each_client_is_served_with_stores_of_a_format(
    start: StartNode, tools: JavaTools, tmp_path: Path, topic: str, kind: str
) -> None:
    authority = Authority(tmp_path)
    broker, client = authority.issue("CN=broker"), authority.issue("CN=client")
    key_store, trust_store = _stores(kind, authority, broker, tools)
    properties, at = listen("SSL")
    start(ephemeral=True, properties=properties | key_store | trust_store | {"ssl.client.auth": "requested"})
    assert handshake(at["SSL"], authority).serial == broker.serial
    confluent_round_trip(confluent_config(at["SSL"], authority, client), f"{topic}-c")
    kafka_python_round_trip(kafka_python_config(at["SSL"], authority, client), f"{topic}-p")
    own_store, trust_store = _stores(kind, authority, client, tools)
    config = tools.config(f"{kind}.properties", {"security.protocol": "SSL", **own_store, **trust_store})
    java_round_trip(tools, at["SSL"], f"{topic}-j", config)


@pytest.mark.feature("Security", "SSL with PEM text in properties")
@pytest.mark.parametrize("password", [None, "key-password"], ids=["plain key", "encrypted key"])
def test_keys_and_certificates_may_be_written_into_the_properties(
    start: StartNode, tools: JavaTools, tmp_path: Path, topic: str, password: str | None
) -> None:
    authority = Authority(tmp_path)
    broker, client = authority.issue("CN=broker"), authority.issue("CN=client")
    trusted = {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": authority.text}
    properties, at = listen("SSL")
    start(ephemeral=True, properties=properties | trusted | _key_in_properties(broker, password))
    assert handshake(at["SSL"], authority).serial == broker.serial
    confluent_round_trip(confluent_config(at["SSL"], authority), f"{topic}-c")
    own = {key: value.replace("\n", " ") for key, value in (trusted | _key_in_properties(client, password)).items()}
    config = tools.config("text.properties", {"security.protocol": "SSL", **own})
    java_round_trip(tools, at["SSL"], f"{topic}-j", config)


def _key_in_properties(identity: Identity, password: str | None) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.key": identity.private_key(password),
        "ssl.keystore.certificate.chain": identity.chain,
    } | ({"ssl.key.password": password} if password else {})


@pytest.mark.feature("Security", "Wrong passwords of key stores are refused")
@pytest.mark.parametrize("kind", ["JKS", "PKCS12", "PEM"])
def test_a_broker_with_a_wrong_password_ends_with_a_message(
    start: StartNode, tools: JavaTools, tmp_path: Path, kind: str
) -> None:
    authority = Authority(tmp_path)
    key_store, _ = _stores(kind, authority, authority.issue("CN=broker"), tools)
    wrong = {name: "wrong-password" for name in key_store if name.endswith(".password")}
    properties, _ = listen("SSL")
    with pytest.raises(BrokerError) as refused:
        start(ephemeral=True, properties=properties | key_store | wrong)
    said = f"{refused.value.message}\n{refused.value.details}"
    assert f"Failed to load {'PEM ' if kind == 'PEM' else ''}SSL keystore {tmp_path}" in said
    assert "wrong-password" not in said


@pytest.mark.feature("Security", "Client certificates required (mutual TLS)")
def test_a_client_without_certificate_is_refused(
    start: StartNode, tools: JavaTools, tmp_path: Path, topic: str
) -> None:
    authority = Authority(tmp_path)
    client = authority.issue("CN=client")
    at = start_encrypted(start, authority, authority.issue("CN=broker"), {"ssl.client.auth": "required"})
    assert_refused(confluent_config(at["SSL"], authority), "certificate required")
    confluent_round_trip(confluent_config(at["SSL"], authority, client), f"{topic}-c")
    kafka_python_round_trip(kafka_python_config(at["SSL"], authority, client), f"{topic}-p")
    secure = {"security.protocol": "SSL", **authority.pkcs12().as_trust_store()}
    refused = java_topics(tools, at["SSL"], tools.config("without.properties", secure))
    # TLS 1.3: the client is told after its own half of the handshake.
    assert (refused.exit_code, "Failed to process post-handshake messages" in refused.output) == (1, True), refused
    java_round_trip(
        tools, at["SSL"], f"{topic}-j", tools.config("with.properties", secure | client.pkcs12().as_key_store())
    )


@pytest.mark.feature("Security", "Client certificates required (mutual TLS)")
def test_a_certificate_of_an_unknown_authority_is_refused(start: StartNode, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    at = start_encrypted(start, authority, authority.issue("CN=broker"), {"ssl.client.auth": "required"})
    # Of the same name: librdkafka does not even show a certificate whose issuer the broker has not named.
    stranger = Authority(tmp_path / "stranger").issue("CN=client")
    assert_refused(confluent_config(at["SSL"], authority, stranger), "certificate unknown")


@pytest.mark.feature("Security", "Client certificates requested")
def test_a_requested_certificate_names_the_client_that_has_one(start: StartNode, tmp_path: Path, topic: str) -> None:
    authority = Authority(tmp_path)
    at = start_encrypted(start, authority, authority.issue("CN=broker"), _AUTHORIZER | {"ssl.client.auth": "requested"})
    confluent_round_trip(confluent_config(at["SSL"], authority), topic)
    _assert_denied_until_allowed(at, authority, authority.issue("CN=client,OU=Sales"), "CN=client,OU=Sales", topic)


@pytest.mark.feature("Security", "Principal mapping rules of certificates")
def test_the_first_rule_that_matches_names_the_client(start: StartNode, tmp_path: Path, topic: str) -> None:
    authority = Authority(tmp_path)
    rules = "RULE:^CN=(.*?),OU=Engineering.*$/$1/L,RULE:^CN=(.*?),OU=(.*?)$/$1@$2/U,DEFAULT"
    more = _AUTHORIZER | {"ssl.client.auth": "required", "ssl.principal.mapping.rules": rules}
    at = start_encrypted(start, authority, authority.issue("CN=broker"), more)
    confluent_round_trip(confluent_config(at["PLAINTEXT"]), topic)
    for subject, principal in _PRINCIPALS.items():
        _assert_denied_until_allowed(at, authority, authority.issue(subject), principal, topic)


def _assert_denied_until_allowed(
    at: dict[str, str], authority: Authority, identity: Identity, principal: str, topic: str
) -> None:
    config = confluent_config(at["SSL"], authority, identity)
    with pytest.raises(confluent_kafka.KafkaException) as denied:
        confluent_round_trip(config, topic)
    assert denied.value.args[0].code() == confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED
    for resource in (ResourceType.TOPIC, ResourceType.GROUP):
        _allow(at["PLAINTEXT"], principal, resource)
    confluent_round_trip(config, topic)


def _allow(servers: str, principal: str, resource: Any) -> None:
    admin = AdminClient({"bootstrap.servers": servers, "logger": LOG})
    who = f"User:{principal}", "*", AclOperation.ALL, AclPermissionType.ALLOW
    (future,) = admin.create_acls([AclBinding(resource, "*", ResourcePatternType.LITERAL, *who)]).values()
    future.result(30)


@pytest.mark.feature("Security", "Endpoint identification")
def test_a_client_refuses_a_broker_whose_certificate_is_for_another_host(
    start: StartNode, tools: JavaTools, tmp_path: Path, topic: str
) -> None:
    authority = Authority(tmp_path)
    at = start_encrypted(start, authority, authority.issue("CN=broker", ("elsewhere.example",)))
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        handshake(at["SSL"], authority)
    assert_refused(confluent_config(at["SSL"], authority), "certificate verify failed")
    secure = {"security.protocol": "SSL", **authority.pkcs12().as_trust_store()}
    refused = java_topics(tools, at["SSL"], tools.config("strict.properties", secure))
    assert (refused.exit_code, "SSL handshake failed" in refused.output) == (1, True), refused
    unchecked = {"ssl.endpoint.identification.algorithm": ""}
    java_round_trip(tools, at["SSL"], topic, tools.config("unchecked.properties", secure | unchecked))
    unchecked = {"ssl.endpoint.identification.algorithm": "none"}
    confluent_round_trip(confluent_config(at["SSL"], authority) | unchecked, f"{topic}-c")


@pytest.mark.feature("Security", "Listeners of different protocols at once")
def test_each_listener_has_its_own_protocol_and_certificate(start: StartNode, tmp_path: Path, topic: str) -> None:
    authority = Authority(tmp_path)
    one, other = authority.issue("CN=broker"), authority.issue("CN=broker", name="other")
    properties, at = listen("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
    own = {f"listener.name.sasl_ssl.{name}": value for name, value in other.pem("secret").as_key_store().items()}
    login = {f"listener.name.{each}.plain.sasl.jaas.config": _PLAIN_LOGIN for each in ("sasl_plaintext", "sasl_ssl")}
    mechanisms = {"sasl.enabled.mechanisms": "PLAIN"}
    # Kafka refuses a store password beside a PEM file also when it is the other listeners' and inherited.
    general = {f"listener.name.ssl.{name}": value for name, value in one.pkcs12().as_key_store().items()}
    start(ephemeral=True, properties=properties | general | own | login | mechanisms)
    serials = [handshake(at[name], authority).serial for name in ("SSL", "SASL_SSL")]
    assert serials == [one.serial, other.serial]
    plain = {"sasl.mechanism": "PLAIN", "sasl.username": "alice", "sasl.password": "alice-secret"}
    for name, address in at.items():
        config = confluent_config(address, authority if name.endswith("SSL") else None) | {"security.protocol": name}
        confluent_round_trip(config | (plain if name.startswith("SASL") else {}), f"{topic}-{name}")
