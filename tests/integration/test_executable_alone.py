"""A native executable on a machine that has nothing else of ours: no JDK, no compiler, no cache, no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .adapters import CLIENTS, Record, values
from .command_line import CommandLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

pytestmark = pytest.mark.native

_WALK = Path(__file__).with_name("offline_walk.py")
_TIMEOUT_SECONDS = 60


@pytest.fixture
def bare(tmp_path: Path) -> Mapping[str, str]:
    """Return an environment with nothing in it but empty folders."""
    folders = {"HOME": "home", "PATH": "path", "NATIVE_KAFKA_CACHE_DIR": "cache", "TMPDIR": "temporary"}
    for name in folders.values():
        (tmp_path / name).mkdir()
    return {variable: str(tmp_path / name) for variable, name in folders.items()}


@pytest.fixture
def alone(
    node_spec: NodeSpec, own_settings: Settings, bare: Mapping[str, str], tmp_path: Path
) -> Iterator[CommandLine]:
    """Return the command in that environment, with the executable given by option."""
    yield CommandLine(node_spec, own_settings, environment=bare)
    assert not list((tmp_path / "cache").iterdir())  # nothing was downloaded, compiled or unpacked
    assert not list((tmp_path / "home").iterdir())


@pytest.mark.parametrize("path_is_set", [True, False], ids=["empty-path", "no-path"])
def test_an_executable_starts_with_nothing_on_the_path_and_no_cache(alone: CommandLine, path_is_set: bool) -> None:
    environment = {name: value for name, value in (alone.environment or {}).items() if path_is_set or name != "PATH"}
    command = replace(alone, environment=environment)
    report = command.up("--detach", "--json", "--port", "0", "--topic", "t:2").json()
    try:
        assert report["executable"] == str(alone.spec.executable)
        assert report["engine"] == "native"
        for number, (client, codec) in enumerate(zip(CLIENTS, ("snappy", "zstd", "lz4"), strict=True), start=1):
            client.produce(report["bootstrap_servers"], "t", [Record(b"x" * 500)], codec=codec)
            assert values(client.read(report["bootstrap_servers"], "t")) == [b"x" * 500] * number
        running = Path(f"/proc/{report['pid']}/environ").read_bytes().decode().split("\0")
        assert any(each.startswith("PATH=") for each in running) == path_is_set
    finally:
        stopped = command.run("down", "--json").json()
    assert (stopped["was_running"], stopped["clean"]) == (True, True)


def test_an_executable_given_by_variable_is_used(alone: CommandLine) -> None:
    environment = {**(alone.environment or {}), "NATIVE_KAFKA_EXECUTABLE": str(alone.spec.executable)}
    command = replace(alone, environment=environment)
    report = command.run("up", "--detach", "--json", "--port", "0", "--ephemeral").json()
    assert report["executable"] == str(alone.spec.executable)
    assert command.run("down", "--json").json()["clean"]


def test_an_executable_starts_where_there_is_no_network(alone: CommandLine) -> None:
    """In a network namespace that has a loopback device and nothing else."""
    unshare = _words_that_take_the_network_away()
    command = replace(alone, wrapper=(*unshare, sys.executable, str(_WALK)))
    walked = command.up("--detach", "--json", "--port", "0")
    assert walked.exit_code == 0, walked.stderr
    assert "interfaces: lo\n" in walked.stdout
    assert "read back: 100 records\n" in walked.stdout


def _words_that_take_the_network_away() -> tuple[str, ...]:
    """Return the beginning of a command that runs without network, or skip when this machine does not allow that."""
    program = shutil.which("unshare")
    if program is None:
        pytest.skip("there is no program unshare (util-linux), which makes a namespace without network")
    words = (program, "--net") if os.geteuid() == 0 else (program, "--map-root-user", "--net")
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no namespace without network can be made here: {tried.stderr.strip()}")
    return words
