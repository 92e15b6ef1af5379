"""Configurations of all kinds of resources, and requests that client libraries have no call for, with kafka-python."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING, Any

import kafka
from kafka.admin import AlterConfigOp, ConfigResourceType
from kafka.protocol.admin import DescribeConfigsRequest, IncrementalAlterConfigsRequest

from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["admin", "alter_configs", "answers", "configs", "send", "set_configs"]

_API_VERSIONS = 18
_TIMEOUT_SECONDS = 30


@contextlib.contextmanager
def admin(servers: str, **more: Any) -> Iterator[Any]:
    """Connect kafka-python's admin client; more are options of it."""
    with contextlib.closing(kafka.KafkaAdminClient(bootstrap_servers=servers, **more)) as client:
        yield client


def send(client: Any, request: Any) -> Any:
    """Send a request of the protocol to the broker, and return its response."""
    return client._manager.run(client._manager.send, request)


def answers(address: str) -> bool:
    """Connect, ask for the versions of the API, and tell whether an answer came before the connection was closed."""
    host, _, port = address.rpartition(":")
    request = struct.pack(">hhih", _API_VERSIONS, 0, 1, -1)  # version 0, correlation id 1, no client id
    try:
        with socket.create_connection((host, int(port)), _TIMEOUT_SECONDS) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return bool(connection.recv(4))
    except ConnectionError:
        return False


def configs(servers: str, kind: str, name: str) -> dict[str, str]:
    """Return all configurations of a resource, such as ("BROKER", "1"); ("BROKER", "") is what all brokers have."""
    resource = DescribeConfigsRequest.DescribeConfigsResource(
        resource_type=ConfigResourceType[kind], resource_name=name, configuration_keys=None
    )
    with admin(servers) as client:
        (result,) = send(client, DescribeConfigsRequest(resources=[resource])).results
    assert result.error_code == 0, result
    return {each.name: each.value for each in result.configs}


def alter_configs(servers: str, kind: str, name: str, changes: Mapping[str, str | None]) -> str:
    """Set configurations, give those with None their default back, and return "OK" or what the broker says."""
    altered = IncrementalAlterConfigsRequest.AlterConfigsResource
    entries = [
        altered.AlterableConfig(
            name=key,
            config_operation=AlterConfigOp.DELETE if value is None else AlterConfigOp.SET,
            value=value,
        )
        for key, value in changes.items()
    ]
    # kafka-python's own call knows no resource without a name.
    resource = altered(resource_type=ConfigResourceType[kind], resource_name=name, configs=entries)
    with admin(servers) as client:
        request = IncrementalAlterConfigsRequest(resources=[resource], validate_only=False)
        (result,) = send(client, request).responses
    return str(result.error_message or result.error_code) if result.error_code else "OK"


def set_configs(servers: str, kind: str, name: str, changes: Mapping[str, str | None]) -> None:
    """Change configurations, and wait until the broker has those that are set."""
    assert alter_configs(servers, kind, name, changes) == "OK"
    wanted = {key: value for key, value in changes.items() if value is not None}
    wait_until(lambda: wanted.items() <= configs(servers, kind, name).items(), f"{kind} {name} has {wanted}")
