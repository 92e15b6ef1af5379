"""Every compose example, brought up with Docker Compose: clients outside and in a container produce and consume.

The image is that of the other tests here. Without Docker and Compose nothing is run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from kafka_native._system.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXAMPLES = Path(__file__).parents[3] / "examples"
_CLIENT = Path(__file__).with_name("produce_and_consume.py")
_NAMES = sorted(str(path.parent.relative_to(_EXAMPLES)) for path in _EXAMPLES.rglob("compose.yaml"))
_PORTS = ("KAFKA_PORT", "KAFKA_PORT_1", "KAFKA_PORT_2", "KAFKA_PORT_3", "JMX_PORT")
_SECONDS = 240

pytestmark = pytest.mark.timeout(900)


def run(*words: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, check=False, **options)


@pytest.fixture(scope="module", params=["compose v2", "compose v1"])
def compose(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the words of each version of Docker Compose; the second only when it is asked for, since it is old."""
    docker = shutil.which("docker")
    if docker is None or run(docker, "info").returncode != 0:
        pytest.skip("needs a Docker daemon that this user may talk to")
    has_v2 = run(docker, "compose", "version").returncode == 0
    v1 = shutil.which("docker-compose")
    if request.param == "compose v2":
        return (docker, "compose") if has_v2 else pytest.skip("needs docker compose")
    if v1 is None or (has_v2 and "NATIVE_KAFKA_TEST_COMPOSE_V1" not in os.environ):
        pytest.skip("docker compose is tested instead (NATIVE_KAFKA_TEST_COMPOSE_V1=1 tests docker-compose too)")
    return (v1,)


@dataclass
class Running:
    """An example that was brought up.

    Args:
        folder: A copy of the example's folder.
        project: The name of the Compose project.
        compose: The words of Docker Compose.
        variables: Its variables.
    """

    folder: Path
    project: str
    compose: tuple[str, ...]
    variables: dict[str, str] = field(repr=False)

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Compose."""
        return run(*self.compose, "-p", self.project, *words, cwd=self.folder, env=os.environ | self.variables)

    @property
    def services(self) -> dict[str, Any]:
        """What the compose file says."""
        found: dict[str, Any] = yaml.safe_load((self.folder / "compose.yaml").read_text())["services"]
        return found

    @property
    def outside(self) -> str:
        """Bootstrap servers for clients on this machine."""
        names = _PORTS[:1] if "kafka" in self.services else _PORTS[1:4]
        return ",".join(f"localhost:{self.variables[name]}" for name in names)

    @property
    def inside(self) -> str:
        """Bootstrap servers for clients in containers."""
        return ",".join(f"{name}:19092" for name in self.services if name.startswith("kafka"))


@pytest.fixture
def example(request: pytest.FixtureRequest, compose: tuple[str, ...], image: str, tmp_path: Path) -> Iterator[Running]:
    """Bring an example up, in a copy of its folder and on free ports, and remove it with its volumes afterwards."""
    name: str = request.param
    folder = tmp_path / "example"
    shutil.copytree(_EXAMPLES / name, folder, ignore=shutil.ignore_patterns("secrets", ".env"))
    if "/etc/kafka/secrets" in (folder / "compose.yaml").read_text():
        made = run(sys.executable, _EXAMPLES / "make_certificates.py", folder)
        assert made.returncode == 0, made.stderr
    ports = dict(zip(_PORTS, map(str, free_ports(len(_PORTS))), strict=True))
    project = f"release-example-{name.replace('/', '-')}-{os.getpid()}"
    running = Running(folder, project, compose, ports | {"KAFKA_IMAGE": image})
    try:
        up = running.call("up", "-d")
        assert up.returncode == 0, up.stderr
        yield running
    finally:
        logs = running.call("logs", "--no-color", "--tail", "60")
        sys.stdout.write(logs.stdout)  # shown when the test has failed
        running.call("down", "-v", "-t", "10")


def security(example: Running, secrets: Path) -> dict[str, str]:
    """Return how clients of an example prove who they are, and whom they trust."""
    text = example.project
    trust = {"ssl.ca.location": str(secrets / "ca.pem")}
    if "scram" in text:
        login = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "alice", "sasl.password": "alice-secret"}
        return {"security.protocol": "SASL_SSL"} | trust | login
    if "sasl" in text:
        login = {"sasl.mechanism": "PLAIN", "sasl.username": "alice", "sasl.password": "alice-secret"}
        return {"security.protocol": "SASL_PLAINTEXT"} | login
    if "ssl" in text:
        key = str(secrets / "client.pem")
        return {"security.protocol": "SSL", "ssl.certificate.location": key, "ssl.key.location": key} | trust
    return {}


def outside(example: Running, topic: str, **changes: str) -> subprocess.CompletedProcess[str]:
    config = {"bootstrap.servers": example.outside} | security(example, example.folder / "secrets") | changes
    return run(sys.executable, _CLIENT, json.dumps(config), topic)


def inside(example: Running, topic: str) -> subprocess.CompletedProcess[str]:
    """Run the client in a container on the example's network; its Python is this machine's."""
    network = f"{example.project}_default"
    folders = {"/usr", "/lib", "/lib64", sys.base_prefix, sys.prefix, str(_CLIENT.parent), str(example.folder)}
    mounts = [word for path in sorted(folders) if Path(path).exists() for word in ("-v", f"{path}:{path}:ro")]
    config = {"bootstrap.servers": example.inside} | security(example, example.folder / "secrets")
    words = ["docker", "run", "--rm", "--user", "0", "--network", network, "--no-healthcheck", *mounts]
    return run(
        *words,
        "--entrypoint",
        sys.executable,
        example.variables["KAFKA_IMAGE"],
        str(_CLIENT),
        json.dumps(config),
        topic,
    )


@pytest.mark.parametrize("example", _NAMES, indirect=True)
def test_clients_outside_and_inside_are_served(example: Running) -> None:
    for client in (outside, inside):
        found = client(example, "orders")
        assert found.returncode == 0, f"{client.__name__}: {found.stdout}{found.stderr[-2000:]}"


@pytest.mark.parametrize("example", _NAMES, indirect=True)
def test_every_node_turns_healthy(example: Running) -> None:
    for service in example.services:
        wait_until_healthy(example, service)


@pytest.mark.parametrize("example", [name for name in _NAMES if "ssl" in name], indirect=True)
def test_the_tools_in_the_container_have_their_keys(example: Running) -> None:
    service = next(name for name in example.services if name.startswith("kafka"))
    wait_until_healthy(example, service)
    tool = ("kafka-topics", "--bootstrap-server", f"{service}:19092")
    login = ("--command-config", "/etc/kafka/secrets/container.properties")
    made = example.call("exec", "-T", service, *tool, *login, "--create", "--topic", "made")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "made" in example.call("exec", "-T", service, *tool, *login, "--list").stdout.split()


@pytest.mark.parametrize("example", ["single-node/sasl-plaintext", "single-node/sasl-ssl-scram"], indirect=True)
def test_a_wrong_password_is_refused(example: Running) -> None:
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - only here

    assert outside(example, "orders").returncode == 0
    errors: list[str] = []
    config = {"bootstrap.servers": example.outside} | security(example, example.folder / "secrets")
    config |= {"sasl.password": "wrong", "error_cb": lambda error: errors.append(error.str())}  # type: ignore[dict-item]
    admin = AdminClient(config)
    with pytest.raises(Exception, match=r"imed out|transport"):
        admin.list_topics(timeout=5)
    admin.poll(1)  # what calls error_cb
    assert any("uthentication failed" in each for each in errors), errors


@pytest.mark.parametrize("example", ["single-node/topics"], indirect=True)
def test_topics_are_there_from_the_start(example: Running) -> None:
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - only here

    wait_until_healthy(example, "kafka")
    topics = AdminClient({"bootstrap.servers": example.outside}).list_topics(timeout=20).topics
    assert {name: len(each.partitions) for name, each in topics.items() if not name.startswith("__")} == {
        "orders": 6,
        "events": 1,
    }


@pytest.mark.parametrize("example", ["single-node/jmx"], indirect=True)
def test_metrics_are_read_over_jmx(example: Running) -> None:
    java = shutil.which("java")
    if java is None:
        pytest.skip("needs a Java to ask over JMX")
    wait_until_healthy(example, "kafka")
    source = Path(__file__).with_name("ReadMetric.java")
    bean = "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec"
    words = (java, source, example.variables["JMX_PORT"], bean, "Count")
    assert outside(example, "orders").returncode == 0
    found = run(*words)
    assert found.returncode == 0, found.stderr
    assert int(found.stdout) >= 3


@pytest.mark.parametrize("example", ["single-node/file-input"], indirect=True)
def test_data_is_kept_when_the_container_is_made_anew(example: Running) -> None:
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - only here

    assert outside(example, "kept").returncode == 0
    assert example.call("down", "-t", "20").returncode == 0
    assert example.call("up", "-d").returncode == 0
    wait_until_healthy(example, "kafka")
    topics = AdminClient({"bootstrap.servers": example.outside}).list_topics(timeout=20).topics
    assert len(topics["kept"].partitions) == 3  # as ./config/server.properties says


def wait_until_healthy(example: Running, service: str) -> None:
    """Wait for the health check of the image."""
    deadline = time.monotonic() + _SECONDS
    container = example.call("ps", "-q", service).stdout.strip()
    health = ""
    while time.monotonic() < deadline:
        health = run("docker", "inspect", "-f", "{{.State.Health.Status}}", container).stdout.strip()
        if health == "healthy":
            return
        if health == "unhealthy":
            break
        time.sleep(0.2)
    pytest.fail(f"{service} is {health}")
