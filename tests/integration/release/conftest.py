"""Debian's docker-registry, started for the tests on 127.0.0.1: basic authentication, a certificate of our own."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bcrypt
import pytest

from kafka_native._system.ports import free_ports

from ..walk.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_USER, _PASSWORD = "releaser", "a pässword:with colons"
_SECONDS = 20
_CONFIG = """\
version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {folder}/data}}}}
auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}
http:
  addr: 127.0.0.1:{port}
  tls: {{certificate: {identity}, key: {identity}}}
"""


@dataclass(frozen=True)
class RunningRegistry:
    """A registry that answers.

    Args:
        name: Host and port.
        authority: PEM file with the authority of its certificate.
    """

    name: str
    authority: Path


@pytest.fixture(scope="module")
def running_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRegistry]:
    """Run a registry for the tests of a module."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("needs docker-registry (apt-get install docker-registry)")
    folder = tmp_path_factory.mktemp("registry")
    authority = Authority(folder)
    identity = authority.issue("CN=registry").pem().path
    authority.pem()
    (folder / "htpasswd").write_text(f"{_USER}:{bcrypt.hashpw(_PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n")
    (port,) = free_ports(1)
    (folder / "config.yml").write_text(_CONFIG.format(folder=folder, port=port, identity=identity))
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen([program, "serve", folder / "config.yml"], stdout=log, stderr=log)
        try:
            _wait(port, process, folder)
            yield RunningRegistry(f"127.0.0.1:{port}", folder / "authority.pem")
        finally:
            process.terminate()
            process.wait(_SECONDS)


def _wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as plain:
                context.wrap_socket(plain, server_hostname="127.0.0.1").close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail(f"the registry did not start:\n{(folder / 'registry.log').read_text()}")


@pytest.fixture
def logged_in(running_registry: RunningRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunningRegistry:
    """Return the registry, with a login for it in a configuration of Docker of this test."""
    login = base64.b64encode(f"{_USER}:{_PASSWORD}".encode()).decode()
    folder = tmp_path / "docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"auths": {running_registry.name: {"auth": login}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    monkeypatch.delenv("REGISTRY_AUTH_FILE", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return running_registry
