"""The `server.properties` of one node on this machine: broker and controller in one, or only one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kafka_native.config import names
from kafka_native.config.development import Profile, development_defaults
from kafka_native.config.listeners import Listener, parse_listeners

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["NodeConfig", "is_only_controller", "render_server_properties"]

_CONTROLLER = "CONTROLLER"
_CLIENT = "PLAINTEXT"
_BOTH_ROLES = "broker,controller"
_PROTOCOLS = f"{_CONTROLLER}:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL"


@dataclass(frozen=True)
class NodeConfig:
    """A node, completely resolved; it is broker and controller in one process unless `process.roles` is given.

    Args:
        host: The address of its listeners.
        port: The port of the client listener; of the controller listener when the node is only a controller.
        controller_port: The port of the controller listener beside the client listener.
        data_dir: Its log dir.
        properties: Kafka properties of the user's; they win over ours.
        profile: Which defaults it has.
    """

    host: str
    port: int
    controller_port: int
    data_dir: Path
    properties: Mapping[str, str] = field(default_factory=dict)
    profile: Profile = "development"


def render_server_properties(config: NodeConfig) -> dict[str, str]:
    """Return all properties of a node: ours, the development defaults, then the user's.

    A static quorum of one voter needs no bootstrapping at format time, and such a voter elects itself at once
    (KafkaRaftClient.initialize). When the user gives `listeners`, a controller listener is added if there is none, and
    Kafka itself derives the advertised listeners. A node that is only a broker has neither controller listener nor
    voters of ours: the user tells where its controllers are. One that is only a controller has no other listener.

    Raises:
        SettingsError: When the user's `listeners` cannot be read.
    """
    given = dict(config.properties)
    ours = {names.NODE_ID: "1", names.PROCESS_ROLES: _BOTH_ROLES} | _listeners(config, given)
    if names.LOG_DIR not in given:
        ours[names.LOG_DIRS] = str(config.data_dir)
    one = _has_one_controller(ours | given)
    return ours | development_defaults(frozenset(given), one_controller=one, profile=config.profile) | given


def is_only_controller(properties: Mapping[str, str]) -> bool:
    """Return whether a node serves no clients."""
    return _roles(properties) == {"controller"}


def _has_one_controller(properties: Mapping[str, str]) -> bool:
    quorum = (names.CONTROLLER_QUORUM_VOTERS, names.CONTROLLER_QUORUM_BOOTSTRAP_SERVERS)
    return not any("," in properties.get(name, "") for name in quorum)


def _roles(properties: Mapping[str, str]) -> set[str]:
    return {each.strip() for each in properties.get(names.PROCESS_ROLES, _BOTH_ROLES).split(",")}


def _listeners(config: NodeConfig, given: dict[str, str]) -> dict[str, str]:
    client = Listener(_CLIENT, config.host, config.port)
    ours = {names.CONTROLLER_LISTENER_NAMES: _CONTROLLER, names.LISTENER_SECURITY_PROTOCOL_MAP: _PROTOCOLS}
    if not is_only_controller(given):
        ours |= {names.LISTENERS: str(client), names.ADVERTISED_LISTENERS: str(client)}
    if "controller" in _roles(given):
        ours |= _controller(config, given, ours.get(names.LISTENERS))
    if names.LISTENERS in given:
        ours.pop(names.ADVERTISED_LISTENERS, None)
    return ours


def _controller(config: NodeConfig, given: dict[str, str], client: str | None) -> dict[str, str]:
    controller = Listener(_CONTROLLER, config.host, config.controller_port if client else config.port)
    ours = {names.LISTENERS: f"{client},{controller}" if client else str(controller)}
    if names.LISTENERS in given:
        controller = _join_controller(controller, given)
    if names.CONTROLLER_QUORUM_BOOTSTRAP_SERVERS not in given:
        voter = f"{given.get(names.NODE_ID, '1')}@{controller.reachable_host}:{controller.port}"
        ours[names.CONTROLLER_QUORUM_VOTERS] = voter
    return ours


def _join_controller(controller: Listener, given: dict[str, str]) -> Listener:
    """Return the controller listener among the user's, after adding ours to them when there is none."""
    name = given.get(names.CONTROLLER_LISTENER_NAMES, _CONTROLLER).partition(",")[0].strip().upper()
    theirs = next((each for each in parse_listeners(given[names.LISTENERS]) if each.name == name), None)
    if theirs:
        return theirs
    added = Listener(name, controller.host, controller.port)
    given[names.LISTENERS] += f",{added}"
    return added
