"""Kafka's configuration: property names, the `.properties` format, and the properties of a local node."""

from kafka_native.config.listeners import Listener, client_listener
from kafka_native.config.node import NodeConfig, render_server_properties
from kafka_native.config.properties import parse_assignments, parse_properties, render_properties

__all__ = [
    "Listener",
    "NodeConfig",
    "client_listener",
    "parse_assignments",
    "parse_properties",
    "render_properties",
    "render_server_properties",
]
