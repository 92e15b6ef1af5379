"""The toolchain itself, and machines on which it cannot be had: a full disk, no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native.broker import NodeSpec
from kafka_native.native import verify_toolchain
from kafka_native.pins import load_lock
from kafka_native.settings import Settings, load_settings
from kafka_native.toolchain import find_toolchain
from kafka_native.toolchain.builder import GRAALVM_VERSION

from .command_line import CommandLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PREREQUISITE_EXIT_CODE = 3
_FETCH_EXIT_CODE = 4
_JARS = load_lock(f"graalvm-{GRAALVM_VERSION}")
_APT_GET = """#!/bin/sh
case "$*" in *indextargets*) echo http://mirror.example/debian/; exit 0;; esac
echo 'E: this is as far as the test goes'
exit 100
"""


def _command_line(folder: Path, *, wrapper: tuple[str, ...] = (), **changes: str) -> CommandLine:
    """Return the command with a cache of its own, and without a GraalVM that this machine may have."""
    hidden = {"GRAALVM_HOME", "JAVA_HOME", "NATIVE_KAFKA_JDK_HOME", "NATIVE_KAFKA_EXECUTABLE"}
    environment: Mapping[str, str] = {name: value for name, value in os.environ.items() if name not in hidden} | changes
    cache = {"NATIVE_KAFKA_CACHE_DIR": str(folder / "cache")}
    settings = Settings(cache_dir=folder / "cache", data_dir=folder / "data")
    return CommandLine(NodeSpec(), settings, wrapper=wrapper, environment={**environment, **cache})


@pytest.mark.timeout(900)  # it compiles
def test_a_program_that_the_toolchain_compiled_works() -> None:
    report = verify_toolchain(load_settings())
    found = find_toolchain(load_settings())
    assert found
    assert report.toolchain == f"{found.provider}, {found.jdk}"
    touched = {"blocking-socket", "nio-socket", "name-lookup", "tls", "file-lock", "zip", "time-zone", "jmx", "signal"}
    assert touched <= report.checks.keys()


def test_the_status_names_the_toolchain() -> None:
    found = find_toolchain(load_settings())
    assert found
    result = CommandLine(NodeSpec(), load_settings()).run("toolchain", "status", "--json")
    status = result.json()
    assert status["provider"] == found.provider
    assert status["home"] == str(found.jdk.home)
    assert status["missing_packages"] == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a disk of 30 MB."""
    (tmp_path / "disk").mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=30m", "kafka-native-test", str(tmp_path / "disk")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user may not mount a small disk: {done.stderr.strip()}")
    yield tmp_path / "disk"
    subprocess.run(["umount", "--lazy", tmp_path / "disk"], check=True)


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def repository() -> Iterator[str]:
    """Serve the jars of this machine's cache as a Maven repository, which has the same layout."""
    folder = load_settings().cache_dir / "maven"
    if not all((folder / jar.path).is_file() for jar in _JARS):
        pytest.skip("the toolchain of this machine is not made of jars")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _whole_jars(cache: Path) -> set[str]:
    return {path.name for path in cache.rglob("*.jar")}


def test_a_disk_that_fills_up_is_told_and_nothing_is_lost(small_disk: Path, repository: str, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/apt-get").write_text(_APT_GET)
    (tmp_path / "bin/apt-get").chmod(0o755)
    path = f"{tmp_path}/bin:{os.environ['PATH']}"
    command_line = _command_line(small_disk, PATH=path, NATIVE_KAFKA_MAVEN_URL=repository, no_proxy="127.0.0.1")
    result = command_line.run("toolchain", "install")
    assert result.exit_code == _PREREQUISITE_EXIT_CODE, result
    assert f"downloading native-image builder {GRAALVM_VERSION}: No space left on device" in result.stderr
    assert "MB are free there" in result.stderr
    assert "hint: free some space, or set NATIVE_KAFKA_CACHE_DIR to a folder on another disk" in result.stderr
    assert "Traceback" not in result.stderr
    kept = _whole_jars(small_disk)
    assert len(kept) < len(_JARS)
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    result = command_line.run("toolchain", "install")
    assert _whole_jars(small_disk) == {jar.file_name for jar in _JARS} > kept
    assert result.exit_code == _FETCH_EXIT_CODE, result
    assert "E: this is as far as the test goes" in result.stderr


@pytest.fixture
def without_network() -> tuple[str, ...]:
    """Return the command that runs another one without a network."""
    rights = () if os.geteuid() == 0 else ("--map-root-user",)
    command = ("unshare", *rights, "--net")
    done = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this user may not take the network from a process: {done.stderr.strip()}")
    return command


def test_without_a_network_the_message_tells_what_is_cached(without_network: tuple[str, ...], tmp_path: Path) -> None:
    command_line = _command_line(tmp_path, wrapper=without_network)
    result = command_line.run("build")
    assert result.exit_code == _FETCH_EXIT_CODE, result
    assert f"downloading native-image builder {GRAALVM_VERSION}" in result.stderr
    assert "in the cache: nothing" in result.stderr
    assert "hint: check the network" in result.stderr
    assert "Traceback" not in result.stderr
    assert all(jar.file_name in result.stderr for jar in _JARS)


def test_without_a_network_only_what_is_missing_is_asked_for(
    without_network: tuple[str, ...], repository: str, tmp_path: Path
) -> None:
    first, *others = _JARS
    target = tmp_path / "cache/maven" / first.path
    target.parent.mkdir(parents=True)
    shutil.copy2(load_settings().cache_dir / "maven" / first.path, target)
    result = _command_line(tmp_path, wrapper=without_network).run("build")
    assert result.exit_code == _FETCH_EXIT_CODE, result
    assert f"in the cache: {first.file_name}" in result.stderr
    assert "still missing: " in result.stderr
    assert all(jar.file_name in result.stderr.partition("still missing: ")[2] for jar in others)
