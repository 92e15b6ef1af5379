"""The command line, run as a user runs it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import kafka_native
from kafka_native import broker
from kafka_native._system.processes import start_ticks
from kafka_native.errors import PrerequisiteError
from kafka_native.settings import Settings, load_settings
from kafka_native.tools import find_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DOUBLE = Path(__file__).with_name("broker_double.py")
_SOURCE = Path(kafka_native.__file__).parents[1]


@dataclass
class Cli:
    """Runs `kafka-native` with places of its own."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """Return the variables it is run with."""
        places = {"CACHE_DIR": "cache", "DATA_DIR": "data", "EXECUTABLE": "kafka"}
        ours = {f"NATIVE_KAFKA_{name}": str(self.folder / place) for name, place in places.items()}
        return {**os.environ, **ours, "PYTHONPATH": str(_SOURCE), "COLUMNS": "100"}

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command, with its output in pipes."""
        argv = [sys.executable, "-m", "kafka_native", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(argv, env=self.environment(), text=True, **(pipes | options))

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and check its exit code."""
        with self.start(*words) as process:
            out, err = process.communicate(timeout=30)
        assert process.returncode == code, err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def json(self, *words: str, code: int = 0) -> Any:
        """Run a command and return the one JSON document that it prints."""
        return json.loads(self.run(*words, "--json", code=code).stdout)

    def behave(self, words: str) -> None:
        """Say how the executable behaves."""
        executable = self.folder / "kafka"
        executable.write_text(f"#!/bin/sh\nDOUBLE='{words}' exec {sys.executable} -I -S {_DOUBLE} \"$@\"\n")
        executable.chmod(0o755)

    def record(self) -> dict[str, Any]:
        """Return what is recorded of the default instance."""
        record: dict[str, Any] = json.loads((self.folder / "data/instances/default/instance.json").read_text())
        return record


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    cli = Cli(tmp_path)
    cli.behave("")
    yield cli
    settings = load_settings(cli.environment())
    for report in broker.list_instances(settings):
        broker.down(report.name, settings, timeout_seconds=0)


def wait_for(condition: Callable[[], object], timeout_seconds: float = 15) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_up_status_list_logs_down(cli: Cli) -> None:
    up = cli.run("up", "--detach", "--port", "0")
    assert "bootstrap servers  127.0.0.1:" in up.stdout
    assert "stop it with: kafka-native down default" in up.stdout
    assert "waiting for the broker 'default' to answer: done in" in up.stderr
    assert "was running already" in cli.run("up", "-d").stdout
    status = cli.run("status", "default").stdout
    assert "state              running" in status
    assert "Kafka version      9.9.9" in status
    header, row = cli.run("list").stdout.splitlines()
    assert header.split()[:3] == ["NAME", "STATE", "ENGINE"]
    assert row.split()[:4] == ["default", "running", "native", "9.9.9"]
    assert "arguments: -Xmx512m server-start" in cli.run("logs").stdout
    assert cli.run("logs", "-n", "1").stdout.startswith("INFO Kafka version")
    assert "was shut down in" in cli.run("down").stdout
    assert "was not running; its data stays" in cli.run("down").stdout
    assert "state              stopped" in cli.run("status", "default", code=8).stdout


def test_java_options_reach_the_executable(cli: Cli) -> None:
    cli.run("up", "--detach", "--port", "0", "--java-option", "-Da=b", "--java-option=-XX:+PrintGC")
    assert "arguments: -Xmx512m -Da=b -XX:+PrintGC server-start" in cli.run("logs").stdout


def test_json_everywhere(cli: Cli) -> None:
    up = cli.json("up", "--detach", "--port", "0")
    keys = {"name", "state", "engine", "bootstrap_servers", "pid", "kafka_version", "cluster_id", "data_dir"}
    keys |= {"log_file", "server_properties", "executable", "ephemeral", "started_at", "ready_seconds"}
    assert set(up) == keys | {"resident_bytes", "plug_ins", "already_running", "topics"}
    status = cli.json("status", "default")
    assert set(status) == keys | {"resident_bytes", "plug_ins"}
    assert (status["pid"], status["state"]) == (up["pid"], "running")
    assert [each["name"] for each in cli.json("list")] == ["default"]
    assert [each["name"] for each in cli.json("status")] == ["default"]
    assert cli.json("logs", "-n", "1")["lines"][0].startswith("INFO Kafka version")
    down = cli.json("down")
    assert set(down) == {"name", "was_running", "clean", "seconds", "data_deleted"}
    assert down["clean"] is True


def test_without_instances(cli: Cli) -> None:
    assert "no instance; start one with" in cli.run("status").stdout
    assert cli.run("list").stdout.split() == ["NAME", "STATE", "ENGINE", "KAFKA", "BOOTSTRAP", "SERVERS", "PID"]
    for command in ("down", "logs"):
        error = cli.run(command, code=2).stderr
        assert "error: there is no instance 'default'" in error
        assert "hint: start one with kafka-native up" in error


def test_a_tool_runs_against_the_only_instance_that_runs(cli: Cli) -> None:
    servers = cli.json("up", "--detach", "--port", "0")["bootstrap_servers"]
    listed = cli.run("topics", "--list", code=7)  # the tool's own exit code
    assert f"tool: topics --bootstrap-server {servers} --list\n" in listed.stdout
    described = cli.run("cluster", "cluster-id", code=7)
    assert f"tool: cluster cluster-id --bootstrap-server {servers}\n" in described.stdout
    assert "tool: dump-log --files a.log\n" in cli.run("dump-log", "--files", "a.log", code=7).stdout
    assert "tool: topics --help\n" in cli.run("topics", "--help", code=7).stdout
    with cli.start("console-producer", "--topic", "t", stdin=subprocess.PIPE) as process:
        out, _ = process.communicate("a record", timeout=30)
    assert "stdin: a record" in out


def test_a_tool_with_several_instances_needs_a_name(cli: Cli) -> None:
    servers = {name: cli.json("up", name, "--detach", "--port", "0")["bootstrap_servers"] for name in ("one", "two")}
    error = cli.run("groups", "--list", code=2).stderr
    assert "error: several instances run: one, two" in error
    assert "hint: say which one, with --instance NAME" in error
    for words in (("--instance", "two", "--list"), ("--list", "--instance=two")):
        found = cli.run("groups", *words, code=7).stdout
        assert f"tool: groups --bootstrap-server {servers['two']} --list\n" in found
    cli.run("down", "one")
    assert "error: instance 'one' does not run" in cli.run("groups", "--instance", "one", code=8).stderr
    assert "error: --instance needs a name" in cli.run("groups", "--instance", code=2).stderr


@pytest.mark.parametrize(
    "words",
    [
        ("topics", "--list", "--bootstrap-server", "elsewhere:1"),
        ("topics", "--list", "--bootstrap-server=elsewhere:1"),
        ("metadata-quorum", "--bootstrap-controller", "elsewhere:1", "describe", "--status"),
        ("cluster", "cluster-id", "-b", "elsewhere:1"),
        ("topics", "--help"),
        ("dump-log", "--help"),
        ("storage", "random-uuid"),
    ],
)
def test_a_tool_that_names_brokers_or_needs_none_needs_no_instance(cli: Cli, words: tuple[str, ...]) -> None:
    assert f"tool: -Xmx512m {' '.join(words)}\n" in cli.run(*words, code=7).stdout


def test_a_tool_answers_to_the_name_of_its_script(cli: Cli) -> None:
    assert "tool: -Xmx512m topics --help\n" in cli.run("kafka-topics.sh", "--help", code=7).stdout
    assert "kafka-topics.sh" not in cli.run("--help").stdout


@pytest.mark.parametrize("word", ["--help", "-h", "--version"])
def test_help_of_a_tool_builds_nothing(tmp_path: Path, word: str) -> None:
    settings = Settings(tmp_path / "cache", tmp_path / "data", jars=(tmp_path / "plug-in.jar",))
    with pytest.raises(PrerequisiteError, match=r"help of topics \(create, list, .* none is built yet") as told:
        broker.tool_command(find_tool("topics"), (word,), settings, None)
    assert "kafka-native build" in (told.value.hint or "")
    assert list(tmp_path.iterdir()) == []


def test_a_tool_that_waits_for_its_executable_tells_so(cli: Cli) -> None:
    code = (
        "from kafka_native import broker, reporting\n"
        "from kafka_native.cli.main import main\n"
        "broker.tool_command = lambda *_: reporting.current().info('compiling') or ('/bin/true',)\n"
        "main(['topics', '--help'])"
    )
    argv = (sys.executable, "-c", code)
    result = subprocess.run(argv, env=cli.environment(), capture_output=True, text=True, check=True)
    assert result.stderr == "compiling\n"


def test_a_tool_without_an_instance_says_what_to_do(cli: Cli) -> None:
    error = cli.run("topics", "--list", code=8).stderr
    assert "error: no instance runs that the tool could talk to" in error
    assert "hint: start one with: kafka-native up --detach" in error


def test_version_and_help(cli: Cli) -> None:
    assert cli.run("--version").stdout == f"kafka-native {kafka_native.__version__}\n"
    assert "kafka-native up --detach" in cli.run("--help").stdout
    text = cli.run("up", "--help").stdout
    assert all(option in text for option in ("--topic", "--property", "--ephemeral", "--engine", "Examples:"))
    for group, command in (("toolchain", "verify"), ("metadata", "trace")):
        assert command in cli.run(group, "--help").stdout


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("up", "--detch"), "Did you mean --detach?"),
        (("up", "--engine", "fast"), "fast"),
        (("up", "--port", "many"), "many"),
        (("up", "--property", "a"), "error: --property 'a' is not of the form NAME=VALUE"),
        (("up", "--topic", "a:b"), "error: 'a:b' is not of the form NAME[:PARTITIONS[:REPLICATION]]"),
        (("up", "--java-option", "-cp"), "error: '-cp' is not an option of the Java run time"),
        (("config", "render", "--env", "FOO"), "error: --env 'FOO' is not of the form NAME=VALUE"),
        (("down", "--timeout", "-1"), "error: --timeout -1 is not a number of seconds"),
        (("logs", "-n", "-3"), "error: --lines -3 is not a number of lines"),
        (("up", "a/b"), "error: 'a/b' cannot be the name of an instance"),
        (("up", "--executable", "/nowhere/kafka"), "error: the executable /nowhere/kafka does not exist"),
    ],
)
def test_bad_words_are_named(cli: Cli, words: tuple[str, ...], named: str) -> None:
    result = cli.run(*words, code=2)
    assert named in result.stderr
    assert result.stdout == ""


def test_a_broker_that_does_not_start(cli: Cli) -> None:
    cli.behave("crash")
    error = cli.run("up", "--port", "0", code=8).stderr
    assert (
        "error: the broker 'default' ended while it started (exit status 1): java.io.IOException: the disk is on"
        in error
    )
    assert "at kafka.Kafka.main" in error
    assert "(log file: " in error
    cli.behave("refuse")
    error = cli.run("up", "--detach", "--port", "0", code=2).stderr
    assert error.endswith("hint: did you mean num.partitions?\n")
    cli.behave("mute")
    error = cli.run("up", "--detach", "--port", "0", "--start-timeout", "0.3", code=8).stderr
    assert "did not answer in time" in error


def test_a_shutdown_that_takes_too_long(cli: Cli) -> None:
    cli.behave("stubborn")
    cli.run("up", "--detach", "--port", "0")
    down = cli.run("down", "--timeout", "0.1")
    assert "was killed in" in down.stdout
    assert "warning: the broker 'default' did not end within 0.1 s and was killed" in down.stderr


def test_deleting_data_needs_a_yes(cli: Cli) -> None:
    cli.run("up", "--detach", "--port", "0")
    assert "hint: add --yes" in cli.run("down", "--delete-data", code=2).stderr
    assert cli.json("status", "default")["state"] == "running"
    assert "its data is deleted" in cli.run("down", "--delete-data", "--yes").stdout
    assert cli.json("list") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_broker_in_the_foreground_is_shut_down_by_signals(cli: Cli, number: signal.Signals) -> None:
    with cli.start("up", "--port", "0", "--ephemeral") as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("INFO Kafka version"))
        assert line
        pid = cli.record()["pid"]
        process.send_signal(number)
        out, err = process.communicate(timeout=15)
    assert process.returncode == 0, err
    assert out.endswith("shut down\n")  # the broker's last line
    assert "the broker was shut down" in err
    assert start_ticks(pid) is None
    assert cli.json("list") == []


def test_a_second_ctrl_c_kills_a_broker_that_does_not_shut_down(cli: Cli) -> None:
    cli.behave("stubborn")
    with cli.start("up", "--port", "0") as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line.startswith("INFO Kafka version"))
        pid = cli.record()["pid"]
        process.send_signal(signal.SIGINT)
        wait_for(lambda: cli.record()["phase"] == "stopping")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)
    assert start_ticks(pid) is None


def test_a_broker_in_the_foreground_that_dies(cli: Cli) -> None:
    with cli.start("up", "--port", "0") as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line.startswith("INFO Kafka version"))
        os.kill(cli.record()["pid"], signal.SIGKILL)
        _, err = process.communicate(timeout=15)
    assert process.returncode == 8
    assert "error: the broker 'default' ended by itself (signal 9)" in err


def test_a_reader_of_the_foreground_that_goes_away_ends_the_broker(cli: Cli) -> None:
    with cli.start("up", "--port", "0") as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line.startswith("INFO Kafka version"))
        pid = cli.record()["pid"]
        process.stdout.close()
        with (cli.folder / "data/instances/default/kafka.log").open("a") as log:
            log.write("one more line\n")
        assert process.wait(timeout=15) == 0
    assert start_ticks(pid) is None


def test_down_ends_a_broker_in_the_foreground(cli: Cli) -> None:
    with cli.start("up", "--port", "0") as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line.startswith("INFO Kafka version"))
        cli.run("down")
        out, err = process.communicate(timeout=15)
    assert process.returncode == 0, err
    assert out.endswith("shut down\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_no_process(cli: Cli, number: signal.Signals) -> None:
    cli.behave("slow")
    with cli.start("up", "--detach", "--port", "0") as process:
        wait_for(lambda: pid_on_record(cli))
        pid = cli.record()["pid"]
        process.send_signal(number)
        process.communicate(timeout=15)
    assert process.returncode == 128 + number
    assert start_ticks(pid) is None
    assert cli.json("status", "default", code=8)["state"] == "stopped"
    cli.behave("")
    cli.run("up", "--detach", "--port", "0")


def pid_on_record(cli: Cli) -> int | None:
    with contextlib.suppress(FileNotFoundError):
        pid: int | None = cli.record()["pid"]
        return pid
    return None


@pytest.mark.parametrize("delay_seconds", [0.0, 0.05, 0.1, 0.15, 0.2, 0.25])
def test_ctrl_c_at_any_moment_leaves_no_broker_half_started(cli: Cli, delay_seconds: float) -> None:
    with cli.start("up", "--detach", "--port", "0") as process:
        time.sleep(delay_seconds)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)
    running = [report for report in cli.json("list") if report["pid"]]
    # A broker may go on only when it was up before the interrupt came; one that was starting is ended.
    assert running == [] or cli.record()["phase"] == "ready"


def test_a_starter_that_is_killed_leaves_something_to_go_on_from(cli: Cli) -> None:
    cli.behave("fenced")
    with cli.start("up", "--detach", "--port", "0") as process:
        wait_for(lambda: pid_on_record(cli))
        process.kill()
    pid = cli.record()["pid"]
    report = cli.json("up", "--detach")
    assert (report["already_running"], report["pid"], report["state"]) == (True, pid, "running")


def test_following_logs_over_a_restart(cli: Cli) -> None:
    cli.run("up", "--detach", "--port", "0")
    with cli.start("logs", "-f") as process:
        assert process.stdout is not None
        lines = iter(process.stdout)
        assert next(lines).startswith("arguments:")
        assert next(lines).startswith("INFO Kafka version")
        cli.run("down")
        assert next(lines) == "shut down\n"
        cli.run("up", "--detach")
        assert next(lines).startswith("arguments:")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)
    assert process.returncode == 130
    assert "--follow has no end" in cli.run("logs", "-f", "--json", code=2).stderr


def test_a_reader_that_has_seen_enough_is_no_error(cli: Cli) -> None:
    cli.run("up", "--detach", "--port", "0")
    log = Path(cli.json("status", "default")["log_file"])
    log.write_text("a line of the log\n" * 50_000)
    with cli.start("logs") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_on_a_terminal_steps_are_drawn_live(cli: Cli) -> None:
    ours, theirs = pty.openpty()
    with cli.start("up", "--detach", "--port", "0", stderr=theirs) as process:
        process.wait(timeout=20)
        os.close(theirs)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "✓ waiting for the broker 'default' to answer" in drawn.replace("\x1b[32m", "").replace("\x1b[0m", "")
