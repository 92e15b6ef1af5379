"""Listeners that speak TLS, and what each client needs to talk to them."""

from __future__ import annotations

import contextlib
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import confluent_kafka
import kafka
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource
from cryptography import x509

from kafka_native._system.ports import free_ports

from ..adapters.confluent import LOG
from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..conftest import StartNode
    from ..java_tools import JavaTools, ToolResult
    from .certificates import Authority, Identity

__all__ = [
    "SSL_LISTENER_PREFIX",
    "Handshake",
    "alter_broker",
    "assert_refused",
    "confluent_config",
    "confluent_round_trip",
    "handshake",
    "java_round_trip",
    "java_topics",
    "kafka_python_config",
    "kafka_python_round_trip",
    "listen",
    "start_encrypted",
]

SSL_LISTENER_PREFIX = "listener.name.ssl."
_TIMEOUT_SECONDS = 30
_VALUE = b"over TLS"


@dataclass(frozen=True)
class Handshake:
    """What a TLS handshake has agreed on.

    Args:
        version: The version of the protocol, such as `TLSv1.3`.
        cipher: The cipher suite as OpenSSL calls it.
        serial: The serial number of the certificate that the broker showed.
    """

    version: str | None
    cipher: str
    serial: int


def listen(*names: str, inter_broker: str | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """Choose a port for each listener.

    Args:
        names: The listeners; the first that is for clients is what `up` asks.
        inter_broker: The listener between brokers, the first one when left out.

    Returns:
        The properties of the broker, and the address of each listener.
    """
    at = {name: f"127.0.0.1:{port}" for name, port in zip(names, free_ports(len(names)), strict=True)}
    listeners = ",".join(f"{name}://{address}" for name, address in at.items())
    return {"listeners": listeners, "inter.broker.listener.name": inter_broker or names[0]}, at


def start_encrypted(
    start: StartNode, authority: Authority, broker: Identity, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Start a broker with a listener PLAINTEXT, and a listener SSL that has PKCS12 stores of its own.

    Args:
        start: What starts it.
        authority: Whom it trusts.
        broker: What it shows.
        more: Its other properties.

    Returns:
        The address of each listener.
    """
    properties, at = listen("PLAINTEXT", "SSL")
    stores = broker.pkcs12().as_key_store() | authority.pkcs12().as_trust_store()
    own = {SSL_LISTENER_PREFIX + name: value for name, value in stores.items()}
    start(ephemeral=True, properties=properties | own | dict(more or {}))
    return at


def handshake(
    address: str,
    authority: Authority,
    *,
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ciphers: str | None = None,
) -> Handshake:
    """Shake hands with a listener that must show a certificate of this authority.

    Raises:
        ssl.SSLError: When the two cannot agree; `ConnectionError` when the broker just hangs up.
    """
    context = ssl.create_default_context(cafile=str(authority.pem().path))
    context.minimum_version, context.maximum_version = oldest, newest
    if ciphers:
        context.set_ciphers(ciphers)
    host, _, port = address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), _TIMEOUT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as encrypted,
    ):
        shown = x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True) or b"")
        return Handshake(encrypted.version(), (encrypted.cipher() or ("",))[0], shown.serial_number)


def confluent_config(
    servers: str, authority: Authority | None = None, identity: Identity | None = None
) -> dict[str, Any]:
    """Return the configuration of librdkafka: TLS if there is an authority, with a certificate if there is one."""
    config: dict[str, Any] = {"bootstrap.servers": servers, "logger": LOG}
    if authority:
        config |= {"security.protocol": "SSL", "ssl.ca.location": str(authority.pem().path)}
    if identity:
        path = str(identity.pem().path)
        config |= {"ssl.certificate.location": path, "ssl.key.location": path}
    return config


def confluent_round_trip(config: Mapping[str, Any], topic: str) -> None:
    """Produce a record with librdkafka and consume it.

    Raises:
        confluent_kafka.KafkaException: When the broker refuses.
    """
    errors: list[Any] = []
    producer = confluent_kafka.Producer({**config, "message.timeout.ms": _TIMEOUT_SECONDS * 1000})
    producer.produce(topic, _VALUE, partition=0, on_delivery=lambda error, _: errors.append(error))
    producer.flush()  # ends at the latest when the message expires
    (error,) = errors
    if error is not None:
        raise confluent_kafka.KafkaException(error)
    with contextlib.closing(confluent_kafka.Consumer({**config, "group.id": "unused"})) as consumer:
        consumer.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
        message = consumer.poll(_TIMEOUT_SECONDS)
        assert message is not None
        if message.error():
            raise confluent_kafka.KafkaException(message.error())
        assert message.value() == _VALUE


def assert_refused(config: Mapping[str, Any], because: str) -> None:
    """See that librdkafka and a listener cannot agree, and that this is in what librdkafka says of it.

    It goes on trying, and the first time a connection may be gone before the reason was read.
    """
    errors: list[str] = []
    client = AdminClient({**config, "error_cb": lambda error: errors.append(error.str())})

    def told() -> bool:
        client.poll(0)
        return any(because in error for error in errors)

    wait_until(told, f"librdkafka reports {because!r}", _TIMEOUT_SECONDS)


def kafka_python_config(servers: str, authority: Authority, identity: Identity | None = None) -> dict[str, Any]:
    """Return the configuration of kafka-python."""
    config = {
        "bootstrap_servers": servers,
        "security_protocol": "SSL",
        "ssl_cafile": str(authority.pem().path),
        "bootstrap_timeout_ms": _TIMEOUT_SECONDS * 1000,
    }
    if identity:
        path = str(identity.pem().path)
        config |= {"ssl_certfile": path, "ssl_keyfile": path}
    return config


def kafka_python_round_trip(config: Mapping[str, Any], topic: str) -> None:
    """Produce a record with kafka-python and consume it."""
    with contextlib.closing(kafka.KafkaProducer(**config)) as producer:
        producer.send(topic, _VALUE, partition=0).get(_TIMEOUT_SECONDS)
    with contextlib.closing(kafka.KafkaConsumer(**config, enable_auto_commit=False)) as consumer:
        partition = kafka.TopicPartition(topic, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        found = consumer.poll(_TIMEOUT_SECONDS * 1000, max_records=1)
    assert [record.value for record in found[partition]] == [_VALUE]


def java_round_trip(tools: JavaTools, servers: str, topic: str, config: Path) -> None:
    """Produce a record with the Java client and consume it."""
    common = ("--bootstrap-server", servers, "--topic", topic, "--command-config", config)
    tools.must("org.apache.kafka.tools.ConsoleProducer", *common, stdin=f"{_VALUE.decode()}\n")
    consume = ("--from-beginning", "--max-messages", "1", "--timeout-ms", str(_TIMEOUT_SECONDS * 1000))
    output = tools.must("org.apache.kafka.tools.consumer.ConsoleConsumer", *common, *consume)
    assert output.splitlines() == [_VALUE.decode()]


def java_topics(tools: JavaTools, servers: str, config: Path) -> ToolResult:
    """Ask for the list of topics with the Java client."""
    return tools.run(
        "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", servers, "--command-config", config, "--list"
    )


def alter_broker(servers: str, changes: Mapping[str, str]) -> None:
    """Set dynamic configurations of the one broker.

    Raises:
        confluent_kafka.KafkaException: When the broker refuses them.
    """
    entries = [ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in changes.items()]
    admin = AdminClient({"bootstrap.servers": servers, "logger": LOG})
    resource = ConfigResource(ConfigResource.Type.BROKER, "1", incremental_configs=entries)
    (future,) = admin.incremental_alter_configs([resource]).values()
    future.result(_TIMEOUT_SECONDS)
