"""What the tests of authentication and authorization share: listeners, logins, and what a client may do with them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import confluent_kafka
import confluent_kafka.admin as confluent_admin

from kafka_native._system.ports import free_ports

from ..adapters.confluent import LOG
from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "SCRAM",
    "TIMEOUT_SECONDS",
    "Listeners",
    "Login",
    "admin_client",
    "authentication_error",
    "commit_a_transaction",
    "delete_scram_user",
    "jaas",
    "listeners",
    "produce",
    "read",
    "round_trip",
    "scram_iterations",
    "set_scram_user",
]

TIMEOUT_SECONDS = 60
SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")
_ITERATIONS = 4096
_MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "OAUTHBEARER": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule",
    "GSSAPI": "com.sun.security.auth.module.Krb5LoginModule",
}


def jaas(mechanism: str, **options: str) -> str:
    """Return the JAAS configuration of the login module of a mechanism, as one line."""
    return " ".join([_MODULES[mechanism], "required", *(f'{key}="{value}"' for key, value in options.items())]) + ";"


@dataclass(frozen=True)
class Login:
    """Who a client says it is.

    Args:
        mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
        user: The user name.
        password: The password.
        ca: A PEM file, with which the listener is SASL_SSL.
    """

    mechanism: str
    user: str
    password: str
    ca: Path | None = None

    @property
    def protocol(self) -> str:
        """The security protocol of the listener."""
        return "SASL_SSL" if self.ca else "SASL_PLAINTEXT"

    def jaas(self, **more: str) -> str:
        """Return its JAAS configuration."""
        return jaas(self.mechanism, username=self.user, password=self.password, **more)

    def librdkafka(self) -> dict[str, Any]:
        """Return what confluent-kafka needs besides the servers."""
        return {
            "security.protocol": self.protocol,
            "sasl.mechanism": self.mechanism,
            "sasl.username": self.user,
            "sasl.password": self.password,
        } | ({"ssl.ca.location": str(self.ca)} if self.ca else {})

    def java(self, **more: str) -> dict[str, str]:
        """Return what Kafka's own tools need besides the servers; more options go to the login module."""
        return {
            "security.protocol": self.protocol,
            "sasl.mechanism": self.mechanism,
            "sasl.jaas.config": self.jaas(**more),
        } | ({"ssl.truststore.type": "PEM", "ssl.truststore.location": str(self.ca)} if self.ca else {})


@dataclass(frozen=True)
class Listeners:
    """The listeners of a node on ports of our choice.

    Args:
        addresses: HOST:PORT of each, by its name.
        properties: The properties that declare them.
    """

    addresses: Mapping[str, str]
    properties: dict[str, str] = field(repr=False)

    def __getitem__(self, name: str) -> str:
        """Return the HOST:PORT of a listener."""
        return self.addresses[name]


def listeners(protocols: Mapping[str, str], *, controller: str = "PLAINTEXT") -> Listeners:
    """Choose a port for each listener.

    Args:
        protocols: The security protocol of each listener for clients, by its name.
        controller: The security protocol of the listener CONTROLLER.
    """
    all_protocols = {**protocols, "CONTROLLER": controller}
    ports = free_ports(len(all_protocols))
    addresses = {name: f"127.0.0.1:{port}" for name, port in zip(all_protocols, ports, strict=True)}
    properties = {
        "listeners": ",".join(f"{name}://{address}" for name, address in addresses.items()),
        "listener.security.protocol.map": ",".join(f"{name}:{each}" for name, each in all_protocols.items()),
    }
    return Listeners(addresses, properties)


def admin_client(servers: str, login: Mapping[str, Any]) -> Any:
    """Return an admin client of confluent-kafka."""
    return confluent_admin.AdminClient({"bootstrap.servers": servers, "logger": LOG, **login})


def set_scram_user(servers: str, login: Login) -> None:
    """Create a SCRAM user, or change its password, over a listener that asks for no login."""
    info = confluent_admin.ScramCredentialInfo(_scram_mechanism(login), _ITERATIONS)
    _alter(servers, confluent_admin.UserScramCredentialUpsertion(login.user, info, login.password.encode()))


def delete_scram_user(servers: str, login: Login) -> None:
    """Delete a SCRAM user."""
    _alter(servers, confluent_admin.UserScramCredentialDeletion(login.user, _scram_mechanism(login)))


def scram_iterations(servers: str, user: str) -> dict[str, int]:
    """Return the iterations of each SCRAM mechanism that a user has."""
    client = admin_client(servers, {})
    found = client.describe_user_scram_credentials([user])[user].result(TIMEOUT_SECONDS)
    infos = found.scram_credential_infos
    return {each.mechanism.name.replace("_", "-"): each.iterations for each in infos}


def _scram_mechanism(login: Login) -> Any:
    return getattr(confluent_admin.ScramMechanism, login.mechanism.replace("-", "_"))


def _alter(servers: str, change: Any) -> None:
    client = admin_client(servers, {})
    for future in client.alter_user_scram_credentials([change]).values():
        future.result(TIMEOUT_SECONDS)


def round_trip(servers: str, topic: str, login: Mapping[str, Any]) -> None:
    """Produce a record and read it, as the same client; the topic must be new."""
    produce(servers, topic, login)
    assert read(servers, topic, login) == [b"walk"]


def produce(servers: str, topic: str, login: Mapping[str, Any], **more: Any) -> None:
    """Produce one record.

    Raises:
        confluent_kafka.KafkaException: When the broker refuses it.
    """
    config = {"bootstrap.servers": servers, "message.timeout.ms": TIMEOUT_SECONDS * 1000, "logger": LOG}
    producer = confluent_kafka.Producer({**config, **login, **more})
    errors: list[Any] = []
    producer.produce(topic, value=b"walk", on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(TIMEOUT_SECONDS) == 0
    if errors[0]:
        raise confluent_kafka.KafkaException(errors[0])


def read(servers: str, topic: str, login: Mapping[str, Any], group: str = "walk") -> list[bytes]:
    """Read the first record of a topic as a member of a group.

    Raises:
        confluent_kafka.KafkaException: When the broker refuses it.
    """
    config = {"bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest", "logger": LOG}
    consumer = confluent_kafka.Consumer({**config, **login})
    with contextlib.closing(consumer):
        consumer.subscribe([topic])
        message = consumer.poll(TIMEOUT_SECONDS)
        assert message is not None, f"nothing came from {topic}"
        if message.error():
            raise confluent_kafka.KafkaException(message.error())
        consumer.commit(message, asynchronous=False)
        return [message.value()]


def commit_a_transaction(servers: str, topic: str, login: Mapping[str, Any]) -> None:
    """Have the coordinator write markers, which it sends over the listener of the brokers, even to itself."""
    config = {"bootstrap.servers": servers, "transactional.id": topic, "logger": LOG}
    producer = confluent_kafka.Producer({**config, **login})
    producer.init_transactions(TIMEOUT_SECONDS)
    producer.begin_transaction()
    producer.produce(topic, value=b"walk")
    producer.commit_transaction(TIMEOUT_SECONDS)
    assert read(servers, topic, {**login, "isolation.level": "read_committed"}) == [b"walk"]


def authentication_error(servers: str, login: Mapping[str, Any]) -> str:
    """Connect as a client that must be refused, and return what the broker says to it."""
    errors: list[str] = []

    def note(error: Any) -> None:
        if error.code() == confluent_kafka.KafkaError._AUTHENTICATION:
            errors.append(error.str())

    client = confluent_kafka.Producer({"bootstrap.servers": servers, "error_cb": note, "logger": LOG, **login})

    def refusals() -> list[str]:
        client.poll(0.05)
        return errors

    return wait_until(refusals, "the client is refused", TIMEOUT_SECONDS)[0]
