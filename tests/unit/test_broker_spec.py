"""What the user wants, and the executables that can be run."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from kafka_native.broker import NodeSpec, TopicSpec
from kafka_native.broker.engines import check_executable, resolve_engine
from kafka_native.errors import SettingsError
from kafka_native.settings import Settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", TopicSpec("a")), ("a.b-c_d:6", TopicSpec("a.b-c_d", 6)), ("a:6:1", TopicSpec("a", 6, 1))],
)
def test_topics_are_read(text: str, expected: TopicSpec) -> None:
    assert TopicSpec.parse(text) == expected


@pytest.mark.parametrize("text", ["", "a b", ".", "..", "a" * 250, "a:0", "a:x", "a:1:2:3", "a:", "a:-1"])
def test_bad_topics_are_refused(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        TopicSpec.parse(text)
    assert "--topic" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"name": "../x"}, "'../x' cannot be the name of an instance"),
        ({"name": ""}, "'' cannot be the name"),
        ({"name": ".lock"}, "cannot be the name"),
        ({"port": 65536}, "port 65536 does not exist"),
        ({"port": -1}, "port -1 does not exist"),
        ({"start_timeout_seconds": 0}, "0 s is no time to start in"),
        ({"start_timeout_seconds": float("nan")}, "nan s is no time"),
        ({"host": "::"}, "cannot be told to clients"),
        ({"max_heap": "much"}, "'much' is not a heap size"),
        ({"java_options": ("-Da=b", "-cp")}, "'-cp' is not an option of the Java run time"),
        ({"java_options": ("-D=b",)}, "'-D=b' is not an option"),
        ({"java_options": ("-X",)}, "'-X' is not an option"),
        ({"java_options": ("a=b",)}, "'a=b' is not an option"),
        ({"engine": "jvm", "executable": Path("kafka")}, "the JVM engine runs no executable"),
    ],
)
def test_bad_wishes_are_refused(wanted: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        NodeSpec(**wanted)  # type: ignore[arg-type]


def elf_for(path: Path, machine: int) -> Path:
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + machine.to_bytes(2, "little") + bytes(44))
    path.chmod(0o755)
    return path


def test_an_executable_must_be_there_and_be_executable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        check_executable(tmp_path / "none")
    with pytest.raises(SettingsError, match="is a folder"):
        check_executable(tmp_path)
    (tmp_path / "kafka").touch(mode=0o644)
    with pytest.raises(SettingsError, match="is not executable by this user"):
        check_executable(tmp_path / "kafka")


def test_an_executable_for_another_architecture_is_refused(tmp_path: Path) -> None:
    machines = {"x86_64": 62, "aarch64": 183}
    other = next(name for name in machines if name != platform.machine())
    with pytest.raises(SettingsError, match=f"is made for {other}, and this machine is {platform.machine()}"):
        check_executable(elf_for(tmp_path / "kafka", machines[other]))
    fitting = elf_for(tmp_path / "kafka", machines[platform.machine()])
    assert check_executable(fitting) == fitting


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_an_executable_given_by_option_wins_over_the_variable(tmp_path: Path) -> None:
    ours, theirs = script(tmp_path / "ours", ":"), script(tmp_path / "theirs", ":")
    settings = Settings(tmp_path, tmp_path, executable=theirs)
    assert resolve_engine(NodeSpec(executable=ours), settings).executable == ours
    assert resolve_engine(NodeSpec(), settings).executable == theirs


def test_an_executable_of_another_kafka_version_is_refused(tmp_path: Path) -> None:
    executable = script(tmp_path / "kafka", "echo kafka 4.3.1")
    settings = Settings(tmp_path, tmp_path)
    command = resolve_engine(NodeSpec(executable=executable, kafka_version="4.3.1", max_heap="1g"), settings)
    assert command.argv == (str(executable), "-Xmx1g")
    assert command.kafka_version == "4.3.1"
    with pytest.raises(SettingsError, match=r"is Kafka 4\.3\.1, not 4\.4\.0"):
        resolve_engine(NodeSpec(executable=executable, kafka_version="4.4.0"), settings)


def test_java_options_follow_the_heap_in_their_order(tmp_path: Path) -> None:
    executable = script(tmp_path / "kafka", ":")
    options = ("-Da.b=c d=e", "-Dflag", "-XX:+PrintGC")
    command = resolve_engine(NodeSpec(executable=executable, java_options=options), Settings(tmp_path, tmp_path))
    assert command.argv == (str(executable), "-Xmx512m", *options)


def test_the_word_for_the_architecture_matches_the_kernels() -> None:
    assert check_executable(Path("/bin/sh")) == Path("/bin/sh")
