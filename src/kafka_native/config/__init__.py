"""Kafka's configuration: property names, the `.properties` format, and the properties of a local node."""

from kafka_native.config.development import Profile
from kafka_native.config.listeners import Listener, serving_listener
from kafka_native.config.node import NodeConfig, is_only_controller, render_server_properties
from kafka_native.config.properties import parse_assignments, parse_properties, render_properties

__all__ = [
    "Listener",
    "NodeConfig",
    "Profile",
    "is_only_controller",
    "parse_assignments",
    "parse_properties",
    "render_properties",
    "render_server_properties",
    "serving_listener",
]
