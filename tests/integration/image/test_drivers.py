"""Drivers and compose files made for other images start this one, unmodified; only the image's name is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.ports import free_ports
from kafka_native.broker.readiness import ask
from kafka_native.image import ContainerEngine, compose_command
from kafka_native.image.sanity import clients
from kafka_native.image.sanity.containers import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PROGRAMS = Path(__file__).parent / "drivers"
_EXPECTED = "read: one two three"
_TESTCONTAINERS = {
    # Ryuk removes containers of tests that were killed; it is an image of its own, which not every machine can pull.
    "TESTCONTAINERS_RYUK_DISABLED": "true",
    # Where this itself runs in a container, the host would be looked up with yet another image.
    "TESTCONTAINERS_HOST_OVERRIDE": "localhost",
}
# Surefire fetches what runs the tests only when it runs them.
_MAVEN_WITHOUT_TESTS = ("mvn", "-q", "-B", "test", "-Dtest=None", "-Dsurefire.failIfNoSpecifiedTests=false")
_PREPARE_SECONDS = 240
_SECONDS = 300


def _needs(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"there is no program {program}")


def _run(words: Sequence[str], folder: Path, seconds: float, **variables: str) -> str:
    environment = os.environ | _TESTCONTAINERS | variables
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def _prepared(name: str, tmp_path: Path, words: Sequence[str]) -> Path:
    """Return a copy of a program with its dependencies; a registry that does not answer is no failure of the image."""
    folder = tmp_path / name
    shutil.copytree(_PROGRAMS / name, folder)
    try:
        _run(words, folder, _PREPARE_SECONDS)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"the dependencies of the program {name} cannot be had: {error}")
    return folder


@pytest.mark.timeout(_PREPARE_SECONDS + _SECONDS)
def test_testcontainers_for_java(image: str, tmp_path: Path) -> None:
    _needs("mvn")
    folder = _prepared("java", tmp_path, ("mvn", "-q", "-B", "compile", "dependency:go-offline"))
    assert _EXPECTED in _run(("mvn", "-q", "-B", "exec:java"), folder, _SECONDS, IMAGE=image)


@pytest.fixture
def confluent_image(image: str, engine: ContainerEngine) -> str:
    """Return the image under a tag that drivers for Confluent's images take for the version of Confluent's platform."""
    tag = "kafka-native-test:8.0.0"
    engine.call("tag", image, tag, doing="giving the image another tag")
    return tag


@pytest.mark.timeout(_PREPARE_SECONDS + _SECONDS)
def test_testcontainers_for_node(confluent_image: str, tmp_path: Path) -> None:
    _needs("node", "npm")
    folder = _prepared("node", tmp_path, ("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"))
    assert _EXPECTED in _run(("node", "round-trip.js"), folder, _SECONDS, IMAGE=confluent_image)


@pytest.mark.timeout(_PREPARE_SECONDS + _SECONDS)
def test_testcontainers_for_python(confluent_image: str, tmp_path: Path) -> None:
    """In folders of its own, since nothing else here needs its packages."""
    packages = ("-m", "pip", "install", "--quiet", "--target", "packages", "--requirement", "requirements.txt")
    folder = _prepared("python", tmp_path, (sys.executable, *packages))
    words, path = (sys.executable, "round_trip.py"), str(folder / "packages")
    assert _EXPECTED in _run(words, folder, _SECONDS, IMAGE=confluent_image, PYTHONPATH=path)


@pytest.mark.timeout(_PREPARE_SECONDS + _SECONDS)
def test_testcontainers_for_go(image: str, tmp_path: Path) -> None:
    """Its module is made for Confluent's images."""
    _needs("go")
    folder = _prepared("go", tmp_path, ("go", "build", "-o", "round-trip", "."))
    assert _EXPECTED in _run(("./round-trip",), folder, _SECONDS, IMAGE=image)


@pytest.mark.timeout(_PREPARE_SECONDS + _SECONDS)
def test_service_connections_of_spring_boot(image: str, tmp_path: Path) -> None:
    _needs("mvn")
    folder = _prepared("spring", tmp_path, _MAVEN_WITHOUT_TESTS)
    found = _run(("mvn", "-q", "-B", "test"), folder, _SECONDS, IMAGE=image)
    assert _EXPECTED in found
    assert image in found


@pytest.mark.timeout(_PREPARE_SECONDS + 2 * _SECONDS)
def test_docker_compose_support_of_spring_boot(image: str, tmp_path: Path) -> None:
    """Spring has no service connection for Kafka in compose files, so that the application is told the port."""
    _needs("mvn", "docker")
    version = subprocess.run(("docker", "compose", "version", "--format", "json"), capture_output=True, check=False)
    if version.returncode != 0:
        pytest.skip("needs docker compose: Spring cannot ask docker-compose 1 for its version")
    folder = _prepared("spring", tmp_path, (*_MAVEN_WITHOUT_TESTS, "spring-boot:help"))
    (port,) = free_ports(1)
    variables = {"IMAGE": image, "PORT": str(port), "COMPOSE_PROJECT_NAME": f"kafka-native-test-{port}"}
    server = {"SPRING_KAFKA_BOOTSTRAP_SERVERS": f"localhost:{port}"}
    try:
        assert _EXPECTED in _run(("mvn", "-q", "-B", "spring-boot:run"), folder, _SECONDS, **variables, **server)
    finally:  # Spring stops the container, and leaves it
        _run(("docker", "compose", "down", "--volumes"), folder, _SECONDS, **variables)


@pytest.fixture(scope="module")
def quarkus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the application for Quarkus, whose dependencies take long to be found."""
    _needs("mvn")
    return _prepared("quarkus", tmp_path_factory.mktemp("drivers"), (*_MAVEN_WITHOUT_TESTS, "quarkus:go-offline"))


@pytest.mark.timeout(_PREPARE_SECONDS + _SECONDS)
@pytest.mark.parametrize("provider", ["upstream-kafka-native", "kafka-native"])
def test_dev_services_of_quarkus(image: str, quarkus: Path, provider: str) -> None:
    """Each provider is made for another image: Apache's, or one that Quarkus' developers made before."""
    found = _run(("mvn", "-q", "-B", "test"), quarkus, _SECONDS, IMAGE=image, PROVIDER=provider)
    assert _EXPECTED in found
    assert image in found


@pytest.mark.timeout(_SECONDS)
def test_what_quarkus_says_to_its_own_image_on_a_shared_network(image: str, engine: ContainerEngine) -> None:
    """The words that its provider kafka-native adds when other containers shall reach the broker too."""
    (port,) = free_ports(1)
    name = f"kafka-native-test-{port}"
    properties = {
        "advertised.listeners": f"BROKER://{name}:9093,PLAINTEXT://localhost:{port}",
        "listeners": "BROKER://:9093,PLAINTEXT://:9092,CONTROLLER://:9094",
        "interbroker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "early.start.listeners": "BROKER,CONTROLLER,PLAINTEXT",
    }
    words = ["/work/kafka", *(f"-Dkafka.{key}={value}" for key, value in properties.items())]
    options = ("--detach", "--name", name, "--hostname", name, "--publish", f"127.0.0.1:{port}:9092")
    engine.call("run", *options, image, *words, doing="starting the broker as Quarkus does")
    try:
        wait_until(lambda: "\nKafka broker started" in _logs(engine, name), "the line that Quarkus waits for", 60)
        clients.round_trip({"bootstrap_servers": f"localhost:{port}"}, "shared")
        assert "inter.broker.listener.name = BROKER" in _logs(engine, name)
    finally:
        engine.try_call("rm", "--force", "--volumes", name)


# Docker, on a busy machine: the script is there, and is still open for writing. Here that lasts until it is let go.
_COPIED_SLOWLY = """exec 3>/tmp/start.sh
printf '#!/bin/bash\necho started\nexit 7\n' >&3
chmod +x /tmp/start.sh
until [ -f /tmp/let-go ]; do sleep 0.1; done"""


def test_a_start_script_that_is_still_being_copied(image: str, engine: ContainerEngine) -> None:
    """Every driver above runs its script the moment that it is there (testcontainers-java issue 11682)."""
    waiting = "while [ ! -f /tmp/start.sh ]; do sleep 0.1; done; /tmp/start.sh"
    words = ("run", "--detach", "--entrypoint", "sh", image, "-c", waiting)
    container = engine.call(*words, doing="starting a container as drivers do").strip()
    try:
        engine.call("exec", "--detach", container, "sh", "-c", _COPIED_SLOWLY, doing="copying slowly")
        wait_until(lambda: "Text file busy" in _logs(engine, container), "the kernel's refusal", 60)
        engine.call("exec", container, "touch", "/tmp/let-go", doing="letting the script go")
        assert engine.call("wait", container, doing="waiting for the script's end").strip() == "7"
        assert "started\n" in _logs(engine, container)
    finally:
        engine.try_call("rm", "--force", "--volumes", container)


@pytest.mark.parametrize("word", ["-Dserver.host=kafka", "-Dkafka.node.id=many"])
def test_what_quarkus_does_not_say_ends_its_program(image: str, engine: ContainerEngine, word: str) -> None:
    done = engine.try_call("run", "--rm", image, "/work/kafka", word)
    assert done.returncode == 2
    assert "kafka: error: " in done.stderr
    assert "Kafka broker started" not in done.stdout


def _logs(engine: ContainerEngine, container: str) -> str:
    log = engine.try_call("logs", container)
    return log.stdout + log.stderr


@pytest.fixture
def compose(engine: ContainerEngine) -> tuple[str, ...]:
    """Return the words that run compose files, or skip."""
    words = compose_command(engine)
    if words is None:
        pytest.skip("neither 'docker compose' nor docker-compose is there")
    return words


@pytest.mark.timeout(_SECONDS)
def test_a_compose_file_for_the_image_of_apache(image: str, compose: tuple[str, ...], tmp_path: Path) -> None:
    """Its host port is changed as well, since 9092 may be taken on this machine."""
    (port,) = free_ports(1)
    text = (_PROGRAMS / "compose" / "docker-compose.yml").read_text()
    changed = text.replace("apache/kafka-native:latest", image).replace("29092", str(port))
    (tmp_path / "docker-compose.yml").write_text(changed)
    project = ("--project-name", f"kafka-native-test-{port}")
    _compose(compose, (*project, "up", "--detach"), tmp_path)
    try:
        wait_until(lambda: ask("127.0.0.1", port) is not None, "the broker of the compose file answers", 60)
        clients.round_trip({"bootstrap_servers": f"localhost:{port}"}, "composed")
    finally:
        _compose(compose, (*project, "down", "--volumes", "--timeout", "10"), tmp_path)


def _compose(compose: tuple[str, ...], words: tuple[str, ...], folder: Path) -> None:
    variables: Mapping[str, str] = {"COMPOSE_INTERACTIVE_NO_CLI": "1"}
    _run((*compose, *words), folder, _SECONDS, **variables)
