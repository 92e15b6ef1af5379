"""Drivers and compose files made for other images start this one, unmodified; only the image's name is changed."""

from __future__ import annotations

import os
import shutil
import subprocess
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
_PREPARE_SECONDS = 240
_SECONDS = 120


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


@pytest.mark.timeout(_PREPARE_SECONDS + _SECONDS)
def test_testcontainers_for_node(image: str, engine: ContainerEngine, tmp_path: Path) -> None:
    """Its module is made for Confluent's images, and takes the tag for the version of Confluent's platform."""
    _needs("node", "npm")
    tag = "kafka-native-test:8.0.0"
    engine.call("tag", image, tag, doing="giving the image another tag")
    folder = _prepared("node", tmp_path, ("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"))
    assert _EXPECTED in _run(("node", "round-trip.js"), folder, _SECONDS, IMAGE=tag)


@pytest.mark.timeout(_PREPARE_SECONDS + _SECONDS)
def test_testcontainers_for_go(image: str, tmp_path: Path) -> None:
    """Its module is made for Confluent's images."""
    _needs("go")
    folder = _prepared("go", tmp_path, ("go", "build", "-o", "round-trip", "."))
    assert _EXPECTED in _run(("./round-trip",), folder, _SECONDS, IMAGE=image)


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
