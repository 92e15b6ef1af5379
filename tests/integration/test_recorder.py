"""The recorder of reachability on a JVM: what it writes of a program, and that a broker runs with it as without."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.commands import run
from kafka_native.broker import NodeSpec, running
from kafka_native.native import BuildSpec, ensure_jvm_command, recorder_options
from kafka_native.pins import DEFAULT_KAFKA_VERSION
from kafka_native.reachability import FILE_NAME, label, load_reachability_metadata, parse_reachability_metadata
from kafka_native.settings import load_settings
from kafka_native.toolchain import ensure_jdk

from .adapters import Confluent, Record
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kafka_native.settings import Settings

_PROGRAM = "EverythingDynamic"
_SOURCES = Path(__file__).parent / "java"
_OF_NATIVE_CODE = re.compile(
    r"WARNING: (A restricted method in java\.lang\.System|java\.lang\.System::load "
    r"|Use --enable-native-access=|Restricted methods )"
)
"""What the JVM says when a library is loaded (JEP 472)."""
_LOG_LINE = re.compile(r"\[\d{4}-\d\d-\d\d [^]]+\] (?P<level>[A-Z]+) (?P<message>.*)")
_HANDLER = "java.lang.reflect.InvocationHandler"
_PROXY = '{"type": {"proxy": ["java.util.concurrent.Callable", "java.lang.Runnable"]}}'

_TYPES = {
    f"{_PROGRAM}$Allocated unsafeAllocated",
    f"{_PROGRAM}$Child#absent({_PROGRAM}$Child)",
    f"{_PROGRAM}$Child#own(int, java.lang.String[])",
    f"{_PROGRAM}$Fields#read",
    f"{_PROGRAM}$Fields#updated",
    f"{_PROGRAM}$Fields#written",
    f"{_PROGRAM}$Handles#got",
    f"{_PROGRAM}$Handles#shared",
    f"{_PROGRAM}$Handles#unreflected()",
    f"{_PROGRAM}$Held serializable",
    f"{_PROGRAM}$Listed",
    f"{_PROGRAM}$ListedByReference",
    f"{_PROGRAM}$Loaded",
    f"{_PROGRAM}$MadeByConstructor#<init>(java.lang.String)",
    f"{_PROGRAM}$MadeByHandle#<init>(int)",
    f"{_PROGRAM}$Made#<init>()",
    f"{_PROGRAM}$Named",
    f"{_PROGRAM}$NamedInLoader",
    f"{_PROGRAM}$Named[]",
    f"{_PROGRAM}$Parent#inherited()",
    f"{_PROGRAM}$Point",
    f"{_PROGRAM}$Sent serializable",
    f"{_PROGRAM}$ServiceOfFile#<init>()",
    "java.util.UUID[]",
    "long[][]",
    "not.There",
    "sun.misc.Unsafe#theUnsafe",
    f"{_PROXY}#<init>({_HANDLER})",
}
_RESOURCES = {
    f"META-INF/services/{_PROGRAM}$Service",
    "at/the/root.txt",
    "beside.txt",
    "of/loader.txt",
    "of/system.txt",
    '{"bundle": "Texts"}',
    '{"glob": "java/lang/of-the-jdk.txt", "module": "java.base"}',
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the class path of the program that does everything once."""
    folder = tmp_path_factory.mktemp("program")
    services = folder / "META-INF" / "services"
    services.mkdir(parents=True)
    (services / f"{_PROGRAM}$Service").write_text(f"{_PROGRAM}$ServiceOfFile\n", encoding="utf-8")
    (folder / "Texts.properties").write_text("greeting=hello\n", encoding="utf-8")
    return _compiled(_PROGRAM, folder)


def _compiled(program: str, folder: Path) -> Path:
    result = run([ensure_jdk(load_settings()).javac, "-nowarn", "-d", folder, _SOURCES / f"{program}.java"])
    assert result.returncode == 0, result.output
    return folder


def _command(program: Path, *options: str) -> list[str]:
    return [str(ensure_jdk(load_settings()).java), *options, "-cp", str(program), _PROGRAM]


def _recorded(record: Path) -> set[str]:
    """Return what the program asked for, or others asked of its classes; not the mere presence of what has more."""
    if not record.exists():
        return set()
    document = json.loads(record.read_text(encoding="utf-8"))
    own = {name: [each for each in section if _PROGRAM in json.dumps(each)] for name, section in document.items()}
    facts = parse_reachability_metadata(json.dumps(own), str(record)).facts
    more = {fact.entry for fact in facts if fact.attribute}
    return {label(fact) for fact in facts if fact.attribute or fact.entry not in more}


def test_everything_that_a_program_does_dynamically_is_recorded_and_nothing_else(program: Path, tmp_path: Path) -> None:
    """What it prints is the same with the recorder and without, apart from the name of the process."""
    recorded = run(_command(program, *recorder_options(tmp_path, load_settings())))
    assert (recorded.returncode, recorded.output) == (0, run(_command(program)).output)
    assert _recorded(tmp_path / FILE_NAME) == _TYPES | _RESOURCES
    libraries = json.loads((tmp_path / "libraries.json").read_text(encoding="utf-8"))
    assert libraries == {"libraries": [{"name": "not-there", "reason": [_PROGRAM]}]}
    assert not (tmp_path / "problems.txt").exists()


def test_a_program_that_is_killed_leaves_what_was_recorded_before(program: Path, tmp_path: Path) -> None:
    command = [*_command(program, *recorder_options(tmp_path, load_settings())), "wait"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: _recorded(tmp_path / FILE_NAME) == _TYPES | _RESOURCES, "the record of the program")
        finally:
            process.kill()
    assert _recorded(tmp_path / FILE_NAME) == _TYPES | _RESOURCES


def test_every_class_of_kafka_is_valid_after_it_was_rewritten(tmp_path: Path) -> None:
    java, _, class_path, _ = ensure_jvm_command(BuildSpec(DEFAULT_KAFKA_VERSION), load_settings())
    linking = ["-cp", f"{class_path}:{_compiled('LinkEverything', tmp_path)}", "LinkEverything"]
    result = run([java, *recorder_options(tmp_path, load_settings()), *linking])
    # Libraries that Kafka could use, and that are not there, are missed with the recorder and without.
    assert re.fullmatch(r"\d{4,} \{NoClassDefFoundError=\d+\}\n", result.output)
    assert not (tmp_path / "problems.txt").exists()


def test_a_broker_that_records_serves_and_logs_as_any_other(
    own_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts, serves clients, stops cleanly, warns of nothing else; what it looked up can be read."""
    plain = _serve_and_stop(own_settings)
    monkeypatch.setenv("NATIVE_KAFKA_TRACE_DIR", str(tmp_path / "traces"))
    assert _serve_and_stop(own_settings) == plain
    folder = tmp_path / "traces" / "recorded.1"
    labels = {label(fact) for fact in load_reachability_metadata(folder / FILE_NAME).facts}
    assert {
        "org.apache.kafka.common.metrics.JmxReporter#<init>()",
        "org.apache.logging.log4j.core.layout.PatternLayout",
        "kafka/kafka-version.properties",
    } <= labels
    assert not (folder / "problems.txt").exists()


def _serve_and_stop(settings: Settings) -> set[str]:
    """Return the messages of a broker's log that matter: warnings, and what is not of Kafka's log at all."""
    with running(NodeSpec(name="recorded", engine="jvm", ephemeral=True, start_timeout_seconds=180), settings) as node:
        sent = [Record(value=f"{number}".encode()) for number in range(10)]
        Confluent().produce(node.bootstrap_servers, "orders", sent, codec="zstd")
        assert [each.value for each in Confluent().read(node.bootstrap_servers, "orders")] == [
            each.value for each in sent
        ]
        log_file = node.log_file
        node.stop()
        return set(_unusual(log_file.read_text(encoding="utf-8").splitlines()))


def _unusual(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        if not line or _OF_NATIVE_CODE.match(line):
            continue  # whether a broker has to decompress, and so loads zstd, is a matter of time
        logged = _LOG_LINE.fullmatch(line)
        if not logged or logged["level"] not in ("INFO", "DEBUG"):
            yield re.sub(r"\d+", "N", logged["message"] if logged else line)
