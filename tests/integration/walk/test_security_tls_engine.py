"""How TLS is spoken: versions, cipher suites, algorithms, and between a broker, itself and its controller."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from kafka_native.errors import KafkaNativeError

from ..adapters import Confluent
from ..waiting import wait_until
from .certificates import Authority, rsa_key
from .tls import (
    assert_refused,
    confluent_config,
    confluent_round_trip,
    handshake,
    listen,
    start_encrypted,
)

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_TLS_1_2, _TLS_1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
_FACTORIES = "org.apache.kafka.common.security.ssl"


@pytest.mark.feature("Security", "TLS versions")
@pytest.mark.parametrize(
    ("version", "only", "other"), [("TLSv1.2", _TLS_1_2, _TLS_1_3), ("TLSv1.3", _TLS_1_3, _TLS_1_2)]
)
def test_a_client_of_another_tls_version_is_refused(
    start: StartNode, tmp_path: Path, topic: str, *, version: str, only: ssl.TLSVersion, other: ssl.TLSVersion
) -> None:
    authority = Authority(tmp_path)
    at = start_encrypted(start, authority, authority.issue("CN=broker"), {"ssl.enabled.protocols": version})
    assert handshake(at["SSL"], authority).version == version
    assert handshake(at["SSL"], authority, oldest=only, newest=only).version == version
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        handshake(at["SSL"], authority, oldest=other, newest=other)
    confluent_round_trip(confluent_config(at["SSL"], authority), topic)


@pytest.mark.feature("Security", "TLS versions")
def test_the_newest_version_that_both_know_is_spoken(start: StartNode, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    at = start_encrypted(start, authority, authority.issue("CN=broker"))
    assert handshake(at["SSL"], authority).version == "TLSv1.3"
    assert handshake(at["SSL"], authority, newest=_TLS_1_2).version == "TLSv1.2"


@pytest.mark.feature("Security", "Cipher suites")
@pytest.mark.parametrize(
    ("suite", "chosen", "other"),
    [
        (
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-AES128-GCM-SHA256",
        ),
        ("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384"),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
        ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"),
    ],
)
def test_only_the_cipher_suites_of_the_broker_are_used(
    start: StartNode, tmp_path: Path, topic: str, *, suite: str, chosen: str, other: str
) -> None:
    authority = Authority(tmp_path)
    broker = authority.issue("CN=broker", key=rsa_key() if "_RSA_" in suite else None)
    suites = {"ssl.enabled.protocols": "TLSv1.2", "ssl.cipher.suites": suite}
    at = start_encrypted(start, authority, broker, suites)
    assert handshake(at["SSL"], authority).cipher == chosen
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        handshake(at["SSL"], authority, newest=_TLS_1_2, ciphers=other)
    confluent_round_trip(confluent_config(at["SSL"], authority), topic)


@pytest.mark.feature("Security", "Cipher suites")
@pytest.mark.parametrize("suite", ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])
def test_a_cipher_suite_of_tls_1_3_is_used(start: StartNode, tmp_path: Path, topic: str, suite: str) -> None:
    authority = Authority(tmp_path)
    at = start_encrypted(start, authority, authority.issue("CN=broker"), {"ssl.cipher.suites": suite})
    assert handshake(at["SSL"], authority).cipher == suite
    with pytest.raises(ssl.SSLError):  # it has no suite for the older version
        handshake(at["SSL"], authority, newest=_TLS_1_2)
    confluent_round_trip(confluent_config(at["SSL"], authority), topic)


def _algorithms(row: str, name: str, value: str) -> object:
    return pytest.param({name: value}, id=f"{name}={value}", marks=pytest.mark.feature("Security", row))


@pytest.mark.parametrize(
    "properties",
    [
        _algorithms("Engine factories", "ssl.engine.factory.class", f"{_FACTORIES}.DefaultSslEngineFactory"),
        _algorithms("Engine factories", "ssl.engine.factory.class", f"{_FACTORIES}.CommonNameLoggingSslEngineFactory"),
        _algorithms("Secure random implementations", "ssl.secure.random.implementation", "SHA1PRNG"),
        _algorithms("Secure random implementations", "ssl.secure.random.implementation", "NativePRNGNonBlocking"),
        _algorithms("Secure random implementations", "ssl.secure.random.implementation", "DRBG"),
        _algorithms("TLS providers and protocols", "ssl.provider", "SunJSSE"),
        _algorithms("TLS providers and protocols", "ssl.protocol", "TLSv1.2"),
        _algorithms("TLS providers and protocols", "ssl.protocol", "TLS"),
        _algorithms("Key and trust manager algorithms", "ssl.keymanager.algorithm", "SunX509"),
        _algorithms("Key and trust manager algorithms", "ssl.keymanager.algorithm", "NewSunX509"),
        _algorithms("Key and trust manager algorithms", "ssl.keymanager.algorithm", "PKIX"),
        _algorithms("Key and trust manager algorithms", "ssl.trustmanager.algorithm", "PKIX"),
        _algorithms("Key and trust manager algorithms", "ssl.trustmanager.algorithm", "SunX509"),
    ],
)
def test_certificates_are_checked_by_what_is_configured(
    start: StartNode, tmp_path: Path, topic: str, properties: dict[str, str]
) -> None:
    authority = Authority(tmp_path)
    broker, client = authority.issue("CN=broker"), authority.issue("CN=client")
    at = start_encrypted(start, authority, broker, properties | {"ssl.client.auth": "required"})
    confluent_round_trip(confluent_config(at["SSL"], authority, client), topic)
    assert_refused(confluent_config(at["SSL"], authority), "certificate")
    stranger = Authority(tmp_path / "stranger").issue("CN=client")
    assert_refused(confluent_config(at["SSL"], authority, stranger), "certificate")


@pytest.mark.feature("Security", "Engine factories")
def test_the_name_in_an_expired_certificate_is_logged(start: StartNode, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    factory = {"ssl.engine.factory.class": f"{_FACTORIES}.CommonNameLoggingSslEngineFactory"}
    properties, at = listen("PLAINTEXT", "SSL")
    stores = authority.issue("CN=broker").pkcs12().as_key_store() | authority.pkcs12().as_trust_store()
    node = start(ephemeral=True, properties=properties | stores | factory | {"ssl.client.auth": "required"})
    late = authority.issue("CN=late", expired=True)
    assert_refused(confluent_config(at["SSL"], authority, late), "certificate unknown")
    wait_until(lambda: 'Certificate with common name "CN=late" expired on' in node.log_file.read_text(), "it is logged")


@pytest.mark.parametrize(
    "properties",
    [
        _algorithms("TLS providers and protocols", "ssl.provider", "NoSuchProvider"),
        _algorithms("Secure random implementations", "ssl.secure.random.implementation", "NoSuchRandom"),
        _algorithms("Key and trust manager algorithms", "ssl.keymanager.algorithm", "NoSuchKeyManager"),
        _algorithms("Key and trust manager algorithms", "ssl.trustmanager.algorithm", "NoSuchTrustManager"),
    ],
)
def test_an_algorithm_that_does_not_exist_is_refused(
    start: StartNode, tmp_path: Path, properties: dict[str, str]
) -> None:
    authority = Authority(tmp_path)
    with pytest.raises(KafkaNativeError) as refused:
        start_encrypted(start, authority, authority.issue("CN=broker"), properties)
    assert next(iter(properties.values())) in f"{refused.value.message}\n{refused.value.details}"


@pytest.mark.feature("Security", "Encrypted controller listener")
def test_a_broker_and_its_controller_show_each_other_certificates(
    start: StartNode, tools: JavaTools, tmp_path: Path, topic: str
) -> None:
    authority = Authority(tmp_path)
    node_identity, admin = authority.issue("CN=node"), authority.issue("CN=admin")
    properties, at = listen("PLAINTEXT", "CONTROLLER")
    protocols = {"listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:SSL"}
    stores = node_identity.pkcs12().as_key_store() | authority.pkcs12().as_trust_store()
    start(ephemeral=True, properties=properties | protocols | stores | {"ssl.client.auth": "required"})
    assert handshake(at["CONTROLLER"], authority).serial == node_identity.serial
    assert_refused(confluent_config(at["CONTROLLER"], authority), "certificate required")
    confluent_round_trip(confluent_config(at["PLAINTEXT"]), topic)
    secure = {"security.protocol": "SSL", **authority.pkcs12().as_trust_store(), **admin.pkcs12().as_key_store()}
    arguments = (
        "--bootstrap-controller",
        at["CONTROLLER"],
        "--command-config",
        tools.config("admin.properties", secure),
    )
    output = tools.must("org.apache.kafka.tools.MetadataQuorumCommand", *arguments, "describe", "--status")
    assert f"CONTROLLER://{at['CONTROLLER']}" in output


@pytest.mark.feature("Security", "Encrypted inter-broker listener")
def test_markers_of_transactions_go_over_the_encrypted_inter_broker_listener(
    start: StartNode, tmp_path: Path, topic: str
) -> None:
    authority = Authority(tmp_path)
    properties, at = listen("PLAINTEXT", "SSL", inter_broker="SSL")
    stores = authority.issue("CN=broker").pkcs12().as_key_store() | authority.pkcs12().as_trust_store()
    start(ephemeral=True, properties=properties | stores | {"ssl.client.auth": "required"})
    producer = Confluent().transactional(at["PLAINTEXT"], "id")
    producer.begin()
    producer.send(topic, b"committed")
    producer.commit()
    producer.close()
    # The coordinator sends the marker to the leader of the partition by the network, also when that is itself.
    records = wait_until(
        lambda: Confluent().read(at["PLAINTEXT"], topic, committed_only=True), "the transaction is committed"
    )
    assert [record.value for record in records] == [b"committed"]


@pytest.mark.feature("Security", "Encrypted inter-broker listener")
def test_a_broker_whose_trust_store_does_not_know_its_certificate_ends_with_a_message(
    start: StartNode, tmp_path: Path
) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    properties, _ = listen("SSL")
    stores = authority.issue("CN=broker").pkcs12().as_key_store() | other.pkcs12().as_trust_store()
    with pytest.raises(KafkaNativeError, match="PKIX path building failed"):
        start(ephemeral=True, properties=properties | stores)
