"""`bench docker` on a stand-in for the engine: what is run, what is removed, and what is told when it goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kafka_native.bench.docker_images import _jvm_layer
from kafka_native.bench.engines import BenchEngine
from kafka_native.bench.records import load_recording
from kafka_native.cli.main import main
from kafka_native.image.root_files import Layer, directory

if TYPE_CHECKING:
    from collections.abc import Callable

_DOCKER = """\
#!/bin/sh
echo "$@" >> {folder}/calls
case "$1 $2" in
"version "*) echo '{{"Server": {{"Version": "1"}}}}';;
"info "*) echo overlay2;;
"image inspect") echo '[{{"Id": "sha256:0", "Config": {{"Cmd": ["/run"]}}}}]';;
"run --rm") exit {exits};;
"run --name") case "$*" in *" true") exit 0;; esac; echo "$$" > {folder}/pid; {broker};;
"ps "*) echo left-behind;;
"image ls") echo left:behind;;
"rm "*) test ! -f {folder}/pid || kill "$(cat {folder}/pid)";;
esac
"""
_FAILS = "echo 'kafka: error: the disk is on fire'; exit 8"
_HANGS = "exec sleep 600"


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return a function that gives the calls of the stand-in so far, or makes the stand-in when told how it behaves."""

    def calls(broker: str = "", exits: int = 0) -> list[str]:
        if broker:
            program = tmp_path / "bin" / "docker"
            program.parent.mkdir()
            program.write_text(_DOCKER.format(folder=tmp_path, broker=broker, exits=exits))
            program.chmod(0o755)
            monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        made = tmp_path / "calls"
        return made.read_text().splitlines() if made.exists() else []

    return calls


def _words(tmp_path: Path) -> list[str]:
    return [
        "bench",
        "docker",
        "--image",
        "some:1",
        "--runs",
        "1",
        "--allow-busy",
        "--records",
        str(tmp_path / "records"),
    ]


def test_a_container_that_fails_is_recorded_and_removed(
    tmp_path: Path, calls: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    calls(_FAILS)
    assert main([*_words(tmp_path), "--json"]) == 10
    shown = capsys.readouterr()
    assert "1 containers failed" in shown.err
    told = json.loads(shown.out)
    assert told["options"]["container_engine"] == "docker 1, overlay2"
    (sample,) = load_recording(Path(told["records"])).samples
    assert "the disk is on fire" in (getattr(sample, "failure", None) or "")
    run = [each.split()[2] for each in calls() if each.startswith("run --name")]
    assert len(run) == 3  # two brokers; in the round that is recorded, a program that exits comes before
    removed = [each.split()[-1] for each in calls() if each.startswith("rm ")]
    assert list(dict.fromkeys(removed)) == run


def test_both_containers_have_the_same_flags(tmp_path: Path, calls: Callable[..., list[str]]) -> None:
    calls(_FAILS)
    main(_words(tmp_path))
    runs = [each.split() for each in calls() if each.startswith("run --name")]
    flags = {tuple(word.rpartition(":")[2] if "127.0.0.1" in word else word for word in each[3:8]) for each in runs}
    assert len(flags) == 1
    assert {tuple(each[8:]) for each in runs} == {(), ("true",)}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_containers_are_removed_when_it_is_interrupted(
    how: signal.Signals, tmp_path: Path, calls: Callable[..., list[str]]
) -> None:
    calls(_HANGS)
    ours = subprocess.Popen([sys.executable, "-m", "kafka_native", *_words(tmp_path)], env=os.environ)
    _wait((tmp_path / "pid").exists)
    ours.send_signal(how)
    ours.wait(30)
    (run,) = (each.split()[2] for each in calls() if each.startswith("run --name"))
    removed = "left-behind" if how == signal.SIGKILL else run
    _wait(lambda: f"rm --force --volumes {removed}" in calls())
    if how == signal.SIGKILL:
        _wait(lambda: "image rm left:behind" in calls())


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_image_without_a_program_that_exits_is_refused(
    tmp_path: Path, calls: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    calls(_FAILS, exits=127)
    assert main(_words(tmp_path)) == 10
    assert "no program 'true'" in capsys.readouterr().err
    assert not (tmp_path / "records").exists()


@pytest.mark.usefixtures("calls")
def test_without_an_engine_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(_words(tmp_path)) == 3
    assert "install Docker" in capsys.readouterr().err


def test_an_engine_without_an_image_is_refused(
    tmp_path: Path, calls: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    calls(_FAILS)
    assert main([*_words(tmp_path), "--engine", "jvm-scripts"]) == 2
    assert "no image of jvm-scripts" in capsys.readouterr().err


def test_the_jvms_files_stand_where_they_are_with_their_dates(tmp_path: Path) -> None:
    kept = ["jdk/bin/java", "jdk/lib/modules", "jdk/conf/a.conf", "jars/a.jar", "classes/a/B.class", "archive"]
    for name in (*kept, "jdk/bin/javac", "jdk/lib/src.zip", "jdk/jmods/a.jmod", "jdk/legal/a/LICENSE", "jars/b.jar"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        os.utime(path, (1, 1234567890))
    (tmp_path / "jdk/bin/java").chmod(0o700)
    class_path = f"{tmp_path}/classes:{tmp_path}/jars/a.jar"
    command = (
        f"{tmp_path}/jdk/bin/java",
        f"-XX:AOTCache={tmp_path}/archive",
        "-cp",
        class_path,
        "Main",
        "server-start",
    )
    base = Layer("base", (directory(str(tmp_path.parent)),))
    layer = _jvm_layer(BenchEngine("jvm-aot", command), (base,))
    files = {each.path: each for each in layer.entries if each.kind == "file"}
    assert set(files) == {f"{tmp_path}/{name}" for name in kept}
    assert {each.modified for each in files.values()} == {1234567890}
    assert files[command[0]].mode == 0o755
    folders = {each.path for each in layer.entries if each.kind == "directory"}
    assert f"{tmp_path}/classes/a" in folders
    assert str(tmp_path.parent) not in folders  # the base has it, with an owner of its own
