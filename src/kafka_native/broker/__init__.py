"""Nodes as processes on this machine: bring one up, see how it is, read its log, bring it down."""

from kafka_native.broker.attending import attend
from kafka_native.broker.inspection import existing_instance, list_instances, status
from kafka_native.broker.logs import follow_log, read_log
from kafka_native.broker.node import Node, running
from kafka_native.broker.reports import DownReport, InstanceReport, UpReport
from kafka_native.broker.spec import DEFAULT_NAME, Engine, NodeSpec, TopicSpec
from kafka_native.broker.starting import up
from kafka_native.broker.stopping import down
from kafka_native.broker.tool_runs import execute, tool_command

__all__ = [
    "DEFAULT_NAME",
    "DownReport",
    "Engine",
    "InstanceReport",
    "Node",
    "NodeSpec",
    "TopicSpec",
    "UpReport",
    "attend",
    "down",
    "execute",
    "existing_instance",
    "follow_log",
    "list_instances",
    "read_log",
    "running",
    "status",
    "tool_command",
    "up",
]
