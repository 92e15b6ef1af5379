"""Listeners as Kafka writes them: `NAME://HOST:PORT`, separated by commas.

See https://kafka.apache.org/documentation/#listener_configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native.config import names
from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Listener", "parse_listeners", "serving_listener"]

_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Listener:
    """An address on which a node accepts connections.

    Args:
        name: The listener's name, such as "PLAINTEXT" or "CONTROLLER".
        host: Where it is bound; empty for the machine's own name.
        port: Its TCP port.
    """

    name: str
    host: str
    port: int

    @property
    def reachable_host(self) -> str:
        """The host under which this machine reaches the listener."""
        return "127.0.0.1" if self.host in ("", "0.0.0.0", "[::]", "::") else self.host.strip("[]")  # noqa: S104

    def __str__(self) -> str:
        """Return the listener as Kafka writes it."""
        return f"{self.name}://{self.host}:{self.port}"


def parse_listeners(value: str) -> tuple[Listener, ...]:
    """Read the value of `listeners` or `advertised.listeners`.

    Raises:
        SettingsError: When one is not of the form `NAME://HOST:PORT`.
    """
    return tuple(_parse(each.strip()) for each in value.split(",") if each.strip())


def _parse(text: str) -> Listener:
    name, scheme_end, address = text.partition("://")
    host, colon, port = address.rpartition(":")
    if not (name and scheme_end and colon and port.isdigit() and int(port) <= _HIGHEST_PORT):
        raise SettingsError(
            f"the listener {text!r} is not of the form NAME://HOST:PORT",
            hint="for example --property listeners=PLAINTEXT://127.0.0.1:9092",
        )
    return Listener(name.upper(), host, int(port))


def serving_listener(properties: Mapping[str, str], *, controllers: bool = False) -> tuple[Listener, str]:
    """Return the first listener that is for clients, and its security protocol.

    Args:
        properties: The complete properties of a node.
        controllers: Whether the first one for controllers is wanted instead, since the node has no others.

    Returns:
        The listener, and one of PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL.

    Raises:
        SettingsError: When there is no such listener, or a listener cannot be read.
    """
    controller_names = {each.strip().upper() for each in properties.get(names.CONTROLLER_LISTENER_NAMES, "").split(",")}
    for listener in parse_listeners(properties[names.LISTENERS]):
        if (listener.name in controller_names) == controllers:
            return listener, _security_protocol(listener, properties)
    if controllers:
        raise SettingsError(
            f"no listener in {properties[names.LISTENERS]!r} is for controllers",
            hint="give one that controller.listener.names names, such as "
            "--property listeners=CONTROLLER://127.0.0.1:9093",
        )
    raise SettingsError(
        f"no listener in {properties[names.LISTENERS]!r} is for clients",
        hint="give one, such as --property listeners=PLAINTEXT://127.0.0.1:9092",
    )


def _security_protocol(listener: Listener, properties: Mapping[str, str]) -> str:
    pairs = (each.split(":", 1) for each in properties.get(names.LISTENER_SECURITY_PROTOCOL_MAP, "").split(","))
    protocols = {pair[0].strip().upper(): pair[1].strip().upper() for pair in pairs if len(pair) > 1}
    return protocols.get(listener.name, listener.name)
