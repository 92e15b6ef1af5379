"""The three places where tools are tried: a plain node, one behind SASL over TLS, and a cluster."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kafka_native._system.ports import free_ports
from kafka_native.broker import running

from ..clusters import COMBINED, running_cluster
from .certificates import Authority
from .jmx import jmx_options, jmx_url
from .sasl import Login, jaas, listeners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from kafka_native.broker import Node, NodeSpec
    from kafka_native.settings import Settings

    from ..java_tools import JavaTools

__all__ = ["PLACES", "Place", "copy_logs"]

_AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
}
_ADMIN = ("admin", "admin-secret")


@dataclass(frozen=True)
class Place:
    """Brokers that tools talk to.

    Args:
        name: One of `PLACES`.
        servers: Their addresses.
        nodes: What they are, in the order of their node ids.
        config: A properties file for `--command-config`, if they ask for a login.
        jmx: The address of the JMX of the node, if it offers any.
        certificates: Where the brokers' certificates are, if they have any.
    """

    name: str
    servers: str
    nodes: Sequence[Node] = field(repr=False)
    config: Path | None = None
    jmx: str = ""
    certificates: Path | None = None

    @property
    def replicas(self) -> int:
        """How many replicas a topic can have."""
        return len(self.nodes)

    def assignment(self, partitions: int) -> str:
        """Return who has replicas of so many partitions, as `--replica-assignment` takes it."""
        node_ids = [str(number + 1) for number in range(self.replicas)]
        return ",".join(
            ":".join(node_ids[(first + at) % self.replicas] for at in range(self.replicas))
            for first in range(partitions)
        )

    @property
    def words(self) -> Mapping[str, str]:
        """What stands in a comparison for that which only these brokers have: ports and folders."""
        folders = {str(node.data_dir): f"<data of {at}>" for at, node in enumerate(self.nodes, 1)}
        if self.certificates:
            folders[str(self.certificates)] = "<certificates>"
        addresses = self.servers.split(",")
        return folders | {address.rpartition(":")[2]: f"<port {at}>" for at, address in enumerate(addresses, 1)}


@contextlib.contextmanager
def _plain(spec: NodeSpec, settings: Settings, _folder: Path, _tools: JavaTools) -> Iterator[Place]:
    (port,) = free_ports(1)
    properties = _AUTHORIZER | {"super.users": "User:ANONYMOUS"}
    own = replace(spec, name="tools-plain", ephemeral=True, properties=properties, java_options=jmx_options(port))
    with running(own, settings) as node:
        yield Place("plain", node.bootstrap_servers, [node], jmx=jmx_url(port))


@contextlib.contextmanager
def _sasl_ssl(spec: NodeSpec, settings: Settings, folder: Path, tools: JavaTools) -> Iterator[Place]:
    found, authority = listeners({"PLAINTEXT": "PLAINTEXT", "SASL": "SASL_SSL"}), Authority(folder)
    user, password = _ADMIN
    accounts = jaas("PLAIN", username=user, password=password, **{f"user_{user}": password})
    properties = {
        **found.properties,
        **authority.issue("CN=broker").pkcs12().as_key_store(),
        **_AUTHORIZER,
        "super.users": f"User:ANONYMOUS;User:{user}",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl.plain.sasl.jaas.config": accounts,
        "delegation.token.secret.key": "secret-of-tokens",
        "inter.broker.listener.name": "PLAINTEXT",
    }
    config = tools.config("tools-sasl.properties", Login("PLAIN", user, password, authority.pem().path).java())
    with running(replace(spec, name="tools-sasl", ephemeral=True, properties=properties), settings) as node:
        yield Place("sasl_ssl", found["SASL"], [node], config=config, certificates=folder)


@contextlib.contextmanager
def _cluster(spec: NodeSpec, settings: Settings, _folder: Path, _tools: JavaTools) -> Iterator[Place]:
    properties = _AUTHORIZER | {"super.users": "User:ANONYMOUS"}
    with running_cluster(spec, settings, "tools-cluster", COMBINED, properties=properties) as cluster:
        yield Place("cluster", cluster.bootstrap_servers, list(cluster.brokers.values()))


PLACES: dict[str, Callable[[NodeSpec, Settings, Path, JavaTools], contextlib.AbstractContextManager[Place]]] = {
    "plain": _plain,
    "sasl_ssl": _sasl_ssl,
    "cluster": _cluster,
}
"""How each place is opened, by its name."""


def copy_logs(place: Place, topic: str, folder: Path) -> None:
    """Copy logs of the node, since those of a running one grow: a topic's, a partition of offsets, the metadata's."""
    data = place.nodes[0].data_dir
    offsets = max(data.glob("__consumer_offsets-*/*.log"), key=lambda each: each.stat().st_size).parent
    for name, source in {
        "copied": data / f"{topic}-0",
        "metadata": data / "__cluster_metadata-0",
        "offsets": offsets,
    }.items():
        shutil.copytree(source, folder / name)
