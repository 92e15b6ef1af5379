"""Chooses the ports and the data folder of a node, and resolves its complete configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system import ports
from kafka_native.config import NodeConfig, is_only_controller, names, render_server_properties, serving_listener
from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from kafka_native.broker.instance import Instance
    from kafka_native.broker.spec import NodeSpec
    from kafka_native.errors import KafkaNativeError

__all__ = ["Placement", "is_port_conflict", "place"]

_USUAL_PORT = 9092
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Placement:
    """Where a node is put.

    Args:
        host: Where clients reach it.
        port: The port of the client listener; of the controller listener when it has no other.
        protocol: The security protocol of that listener.
        port_is_given: Whether the user chose the port.
        data_dir: Its (first) log dir.
        properties: Its complete configuration.
        only_controller: Whether it serves no clients.
    """

    host: str
    port: int
    protocol: str
    port_is_given: bool
    data_dir: Path
    properties: dict[str, str]
    only_controller: bool = False


def place(instance: Instance, spec: NodeSpec) -> Placement:
    """Choose what the spec leaves open.

    Raises:
        SettingsError: When the port that the user chose cannot be had.
    """
    host = spec.host or _LOOPBACK
    port_is_given = bool(spec.port) or names.LISTENERS in spec.properties
    port = spec.port or (_choose_port(instance, spec, host) if not port_is_given else _USUAL_PORT)
    config = NodeConfig(
        host=host,
        port=port,
        controller_port=_other_port(port),
        data_dir=instance.data_dir(ephemeral=spec.ephemeral),
        properties=spec.properties,
        profile=spec.profile or "development",
    )
    properties = render_server_properties(config)
    only_controller = is_only_controller(properties)
    listener, protocol = serving_listener(properties, controllers=only_controller)
    if port_is_given:
        _check_port(listener.port, listener.reachable_host)
    data_dir = _first_log_dir(properties)
    return Placement(
        listener.reachable_host, listener.port, protocol, port_is_given, data_dir, properties, only_controller
    )


def _first_log_dir(properties: dict[str, str]) -> Path:
    value = properties.get(names.LOG_DIRS) or properties[names.LOG_DIR]
    return Path(value.partition(",")[0].strip()).absolute()


def _choose_port(instance: Instance, spec: NodeSpec, host: str) -> int:
    """Return the port that the instance had, else the usual one, else a free one."""
    record = instance.record()
    preferred = 0 if spec.port == 0 else record.port if record else _USUAL_PORT
    refusal = ports.why_not_free(preferred, host)
    if preferred and refusal is None:
        return preferred
    if refusal:
        _check_host(host)
        reporting.current().info(f"port {preferred} is taken{_by(preferred)}; taking another one")
    return ports.free_ports(1, host)[0]


def _other_port(port: int) -> int:
    return next(each for each in ports.free_ports(2) if each != port)


def _check_port(port: int, host: str) -> None:
    refusal = ports.why_not_free(port, host)
    if refusal is None:
        return
    _check_host(host)
    raise SettingsError(
        f"port {port} on {host} is taken{_by(port)} ({refusal})",
        hint="choose another one with --port, or leave it out and one is chosen",
    )


def _check_host(host: str) -> None:
    refusal = ports.why_not_free(0, host)
    if refusal:
        raise SettingsError(f"nothing can listen on {host!r}: {refusal}", hint="give an IPv4 address of this machine")


def _by(port: int) -> str:
    holder = ports.holder_of(port)
    return f" by {holder}" if holder else ""


_PORT_CONFLICTS = ("already in use", "the port is taken")
"""What the system says, and what the launcher makes of it (ListenerPorts.java)."""


def is_port_conflict(error: KafkaNativeError) -> bool:
    """Return whether a broker ended because another program had its port."""
    return any(text in f"{error.message}\n{error.details}" for text in _PORT_CONFLICTS)
