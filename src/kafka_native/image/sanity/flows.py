"""The flows of Apache's own sanity test of its images (docker/test/docker_sanity_test.py), on each topology."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native._system.files import write_text
from kafka_native.image.sanity import clients, jmx
from kafka_native.image.sanity.certificates import make_certificates
from kafka_native.image.sanity.containers import wait_until
from kafka_native.image.sanity.topology import Extras, start_cluster

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka_native.image.sanity.containers import Bed
    from kafka_native.image.sanity.topology import Cluster, Topology

__all__ = ["FLOWS"]

_SECRETS = "/etc/kafka/secrets"
_USER, _PASSWORD = "alice", "only-for-this-test"
_JAAS = f"""\
KafkaServer {{
  org.apache.kafka.common.security.plain.PlainLoginModule required
  user_{_USER}="{_PASSWORD}";
}};
"""
_METRIC_SECONDS = 20


def _from_the_host(bed: Bed, topology: Topology) -> None:
    cluster = start_cluster(bed, topology)
    clients.round_trip({"bootstrap_servers": cluster.servers}, "from-the-host", replicas=cluster.replicas)


def _metrics(bed: Bed, topology: Topology) -> None:
    java = jmx.find_java()
    cluster = start_cluster(bed, topology, Extras(jmx=True))
    config = {"bootstrap_servers": cluster.servers}
    clients.create_topic(config, "metrics", replicas=cluster.replicas)
    before = _messages_in(java, cluster)
    clients.produce(config, "metrics", [b"one", b"two", b"three"])
    wait_until(lambda: _messages_in(java, cluster) >= before + 3, "three messages are counted", _METRIC_SECONDS)


def _messages_in(java: str, cluster: Cluster) -> int:
    return sum(int(jmx.read_attribute(java, port, jmx.MESSAGES_IN, "Count")) for port in cluster.jmx_ports)


def _ssl(bed: Bed, topology: Topology) -> None:
    certificates = make_certificates(bed.folder / "tls")
    extras = Extras("SSL", variables=certificates.broker_variables(), mounts={_SECRETS: certificates.secrets})
    cluster = start_cluster(bed, topology, extras)
    config = {"bootstrap_servers": cluster.servers, **certificates.client_config()}
    clients.round_trip(config, "ssl", replicas=cluster.replicas)


def _sasl(bed: Bed, topology: Topology) -> None:
    secrets = bed.folder / "secrets"
    write_text(secrets / "kafka_server_jaas.conf", _JAAS)
    extras = Extras(
        "SASL_PLAINTEXT",
        variables={
            "KAFKA_OPTS": f"-Djava.security.auth.login.config={_SECRETS}/kafka_server_jaas.conf",
            "KAFKA_SASL_ENABLED_MECHANISMS": "PLAIN",
        },
        mounts={_SECRETS: secrets},
    )
    cluster = start_cluster(bed, topology, extras)
    config = {
        "bootstrap_servers": cluster.servers,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": _USER,
        "sasl_plain_password": _PASSWORD,
    }
    clients.round_trip(config, "sasl", replicas=cluster.replicas)


def _file_input(bed: Bed, topology: Topology) -> None:
    cluster = start_cluster(bed, topology, Extras(input_file=True))
    clients.round_trip({"bootstrap_servers": cluster.servers}, "file-input", replicas=cluster.replicas)


def _restart(bed: Bed, topology: Topology) -> None:
    cluster = start_cluster(bed, topology)
    config = {"bootstrap_servers": cluster.servers}
    clients.round_trip(config, "restart", replicas=cluster.replicas)
    for broker, port in zip(cluster.brokers, cluster.ports, strict=True):
        broker.stop()
        broker.start()
        broker.wait_until_serving(port)
    found = clients.read(config, "restart", 10)
    if len(found) != 10:  # noqa: PLR2004 - what a round trip produces
        raise AssertionError(f"10 records were produced before the restart, and {len(found)} are there after it")


FLOWS: tuple[tuple[str, Callable[[Bed, Topology], None]], ...] = (
    ("a client on the host produces and consumes", _from_the_host),
    ("metrics over JMX count messages", _metrics),
    ("SSL with client certificates, by variables", _ssl),
    ("SASL PLAIN, by a JAAS file", _sasl),
    ("properties in a mounted file", _file_input),
    ("brokers restart with their data", _restart),
)
