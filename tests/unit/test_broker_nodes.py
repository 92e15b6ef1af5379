"""Bringing nodes up and down, with real processes that stand for the executable."""

from __future__ import annotations

import concurrent.futures
import errno
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from kafka_native import broker
from kafka_native._system import files, processes
from kafka_native.broker import NodeSpec
from kafka_native.broker.instance import Instance
from kafka_native.broker.spawning import spawn_detached
from kafka_native.errors import BrokerError, PrerequisiteError, SettingsError
from kafka_native.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOUBLE = Path(__file__).with_name("broker_double.py")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")
    yield settings
    for report in broker.list_instances(settings):
        broker.down(report.name, settings, timeout_seconds=0)


def spec_of(tmp_path: Path, behaviour: str = "", **wanted: object) -> NodeSpec:
    executable = tmp_path / "kafka"
    executable.write_text(f"#!/bin/sh\nDOUBLE='{behaviour}' exec {sys.executable} -I -S {_DOUBLE} \"$@\"\n")
    executable.chmod(0o755)
    return replace(NodeSpec(executable=executable, port=0, start_timeout_seconds=20), **wanted)  # type: ignore[arg-type]


def log_of(settings: Settings, name: str = "default") -> str:
    return (settings.instances_dir / name / "kafka.log").read_text()


def test_up_returns_when_the_broker_answers(tmp_path: Path, settings: Settings) -> None:
    report = broker.up(spec_of(tmp_path), settings)
    node = report.node
    assert (node.state, node.engine, node.name, report.already_running) == ("running", "native", "default", False)
    assert node.cluster_id == "cluster-of-the-double"
    assert node.kafka_version == "9.9.9"
    assert node.resident_bytes is not None
    host, port = node.bootstrap_servers.split(":")
    socket.create_connection((host, int(port))).close()


def test_up_gives_the_launcher_its_arguments(tmp_path: Path, settings: Settings) -> None:
    broker.up(spec_of(tmp_path, name="a", cluster_id="x", max_heap="64m"), settings)
    broker.up(spec_of(tmp_path, name="b", allow_unknown_properties=True), settings)
    strict = f"-Xmx64m server-start {settings.instances_dir}/a/server.properties --strict-properties --cluster-id x"
    assert f"arguments: {strict}\n" in log_of(settings, "a")
    assert f"arguments: -Xmx512m server-start {settings.instances_dir}/b/server.properties\n" in log_of(settings, "b")


def test_java_options_come_before_the_launcher_and_are_on_record(tmp_path: Path, settings: Settings) -> None:
    spec = spec_of(tmp_path, java_options=("-Da=b c", "-XX:+PrintGC"))
    first = broker.up(spec, settings).node
    assert "arguments: -Xmx512m -Da=b c -XX:+PrintGC server-start" in log_of(settings)
    for agreeing in (spec, replace(spec, java_options=())):
        assert broker.up(agreeing, settings).node.pid == first.pid
    with pytest.raises(SettingsError, match="Java options -Da=b c -XX:\\+PrintGC, not -Da=b"):
        broker.up(replace(spec, java_options=("-Da=b",)), settings)


def test_up_waits_until_the_node_is_unfenced(tmp_path: Path, settings: Settings) -> None:
    assert broker.up(spec_of(tmp_path, "fenced"), settings).node.state == "running"


def test_a_controller_is_up_though_it_tells_no_metadata(tmp_path: Path, settings: Settings) -> None:
    spec = spec_of(tmp_path, properties={"process.roles": "controller", "node.id": "3"})
    node = broker.up(spec, settings).node
    assert node.state == "running"
    assert f"listeners=CONTROLLER://{node.bootstrap_servers}\n" in Path(node.server_properties).read_text()


def test_nodes_start_at_once_in_threads(tmp_path: Path, settings: Settings) -> None:
    specs = [spec_of(tmp_path, "fenced", name=f"node-{number}") for number in range(4)]
    with concurrent.futures.ThreadPoolExecutor() as executor:
        nodes = [report.node for report in executor.map(lambda spec: broker.up(spec, settings), specs)]
    assert [node.state for node in nodes] == ["running"] * 4
    assert len({node.bootstrap_servers for node in nodes}) == 4


def test_up_again_returns_the_running_node(tmp_path: Path, settings: Settings) -> None:
    first = broker.up(spec_of(tmp_path), settings)
    again = broker.up(NodeSpec(), settings)
    assert again.already_running
    assert again.node.pid == first.node.pid


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"engine": "jvm", "executable": None}, "engine native, not jvm"),
        ({"port": 1}, "not 1"),
        ({"properties": {"num.partitions": "3"}}, "property num.partitions the default, not 3"),
        ({"ephemeral": True}, "ephemeral data off, not on"),
        ({"max_heap": "1g"}, "heap the default, not 1g"),
        ({"java_options": ("-Da=b",)}, "Java options the default, not -Da=b"),
    ],
)
def test_up_of_something_else_under_the_same_name_is_refused(
    tmp_path: Path, settings: Settings, asked: dict[str, object], named: str
) -> None:
    spec = spec_of(tmp_path)
    broker.up(spec, settings)
    with pytest.raises(SettingsError, match=named):
        broker.up(replace(spec, **asked), settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["ssl.key.password", "listener.name.a.plain.sasl.jaas.config", "ssl.keystore.key"])
def test_passwords_are_neither_told_nor_readable_by_others(tmp_path: Path, settings: Settings, name: str) -> None:
    broker.up(spec_of(tmp_path, properties={name: "hush"}), settings)
    folder = settings.instances_dir / "default"
    holders = [path for path in folder.iterdir() if path.is_file() and "hush" in path.read_text()]
    assert {path.name for path in holders} == {"instance.json", "server.properties"}
    assert {path.stat().st_mode & 0o777 for path in holders} == {0o600}
    with pytest.raises(SettingsError) as caught:
        broker.up(spec_of(tmp_path, properties={name: "whisper"}), settings)
    assert f"property {name} [hidden], not [hidden]" in caught.value.message


def test_places_are_compared_as_absolute_ones(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = broker.up(spec_of(tmp_path), settings)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert broker.up(NodeSpec(executable=Path("~/kafka")), settings).node.pid == first.node.pid


def test_an_instance_of_another_user_is_left_out_of_the_list(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broker.up(spec_of(tmp_path), settings)
    read_json = files.read_json

    def refuse(_path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files, "read_json", refuse)
    assert broker.list_instances(settings) == ()
    assert "it is left out" in caplog.text
    with pytest.raises(PrerequisiteError, match="reading the record of instance 'default'"):
        broker.status("default", settings)
    monkeypatch.setattr(files, "read_json", read_json)


def test_two_ups_at_once_start_one_node(tmp_path: Path, settings: Settings) -> None:
    spec = spec_of(tmp_path)
    with concurrent.futures.ThreadPoolExecutor() as executor:
        reports = list(executor.map(lambda _: broker.up(spec, settings), range(4)))
    assert len({report.node.pid for report in reports}) == 1
    assert [report.already_running for report in reports].count(False) == 1


def test_down_keeps_the_data_and_up_goes_on_with_it(tmp_path: Path, settings: Settings) -> None:
    first = broker.up(spec_of(tmp_path), settings).node
    (Path(first.data_dir) / "kept").touch()
    down = broker.down(None, settings)
    assert (down.was_running, down.clean, down.data_deleted) == (True, True, False)
    assert log_of(settings).endswith("shut down\n")
    assert broker.status("default", settings).state == "stopped"
    second = broker.up(spec_of(tmp_path, port=None), settings).node
    assert (Path(second.data_dir) / "kept").exists()
    assert second.bootstrap_servers == first.bootstrap_servers
    assert "shut down" in (settings.instances_dir / "default" / "kafka.log.1").read_text()


def test_down_of_what_does_not_run(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="there is no instance 'default'"):
        broker.down(None, settings)
    broker.up(spec_of(tmp_path), settings)
    broker.down(None, settings)
    again = broker.down(None, settings)
    assert (again.was_running, again.clean) == (False, True)


def test_down_kills_after_the_deadline_and_says_so(tmp_path: Path, settings: Settings) -> None:
    pid = broker.up(spec_of(tmp_path, "stubborn"), settings).node.pid
    report = broker.down(None, settings, timeout_seconds=0.2)
    assert not report.clean
    assert pid is not None
    assert processes.start_ticks(pid) is None


def test_down_deletes_data_only_when_told(tmp_path: Path, settings: Settings) -> None:
    broker.up(spec_of(tmp_path), settings)
    report = broker.down(None, settings, delete_data=True)
    assert report.data_deleted
    assert not (settings.instances_dir / "default").exists()
    assert broker.list_instances(settings) == ()


def test_the_lock_of_an_instance_goes_with_its_folder_and_excludes_until_the_end(settings: Settings) -> None:
    """Twenty threads take turns at making and deleting the folder: never two at once, whichever file they lock."""
    instance, inside, most = Instance.named("default", settings), [], []

    def take_a_turn(number: int) -> None:
        with instance.lock("taking a turn"):
            inside.append(number)
            most.append(len(inside))
            instance.folder.mkdir(parents=True)
            time.sleep(0.002)
            instance.folder.rmdir()
            inside.remove(number)

    with concurrent.futures.ThreadPoolExecutor(20) as executor:
        list(executor.map(take_a_turn, range(20)))
    assert most == [1] * 20
    assert list(settings.instances_dir.iterdir()) == []


def test_the_lock_of_an_instance_stays_with_its_folder(tmp_path: Path, settings: Settings) -> None:
    broker.up(spec_of(tmp_path), settings)
    broker.down("default", settings)
    assert {path.name for path in settings.instances_dir.iterdir()} == {"default", ".default.lock"}
    broker.down("default", settings, delete_data=True)
    assert list(settings.instances_dir.iterdir()) == []


@pytest.mark.parametrize("delete_data", [False, True])
def test_a_full_disk_keeps_no_broker_from_being_stopped_and_deleted(
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    delete_data: bool,
) -> None:
    broker.up(spec_of(tmp_path), settings)

    def full(path: Path, text: str, *, mode: int = 0o644) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_text", full)
        report = broker.down(None, settings, delete_data=delete_data)
    assert (report.was_running, report.clean, report.data_deleted) == (True, True, delete_data)
    assert "recording the instance 'default': No space left on device" in caplog.text
    assert [each.state for each in broker.list_instances(settings)] == ([] if delete_data else ["died"])


def test_ephemeral_data_goes_at_down(tmp_path: Path, settings: Settings) -> None:
    node = broker.up(spec_of(tmp_path, ephemeral=True), settings).node
    assert Path(node.data_dir).exists()
    assert broker.down(None, settings).data_deleted
    assert not (settings.instances_dir / "default").exists()


def test_an_ephemeral_run_leaves_kept_data_alone(tmp_path: Path, settings: Settings) -> None:
    kept = Path(broker.up(spec_of(tmp_path), settings).node.data_dir) / "kept"
    kept.touch()
    broker.down(None, settings)
    broker.up(spec_of(tmp_path, ephemeral=True), settings)
    broker.down(None, settings)
    assert kept.exists()
    assert not (settings.instances_dir / "default" / "ephemeral-data").exists()


def test_a_broker_that_refuses_its_configuration(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(SettingsError) as caught:
        broker.up(spec_of(tmp_path, "refuse"), settings)
    assert "exit status 2" in caught.value.message
    assert caught.value.message.endswith("reading the configuration: unknown property num.partition.")
    assert caught.value.hint == "did you mean num.partitions?"
    assert broker.status("default", settings).state == "stopped"


def test_a_broker_that_dies_while_it_starts(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(BrokerError) as caught:
        broker.up(spec_of(tmp_path, "crash"), settings)
    assert caught.value.message.endswith("(exit status 1): java.io.IOException: the disk is on fire")
    assert "kafka.Kafka.main" in (caught.value.details or "")
    assert str(settings.instances_dir / "default" / "kafka.log") in (caught.value.details or "")


@pytest.mark.parametrize("behaviour", ["mute", "foreign", "stranger"])
def test_a_broker_that_never_answers_is_stopped(tmp_path: Path, settings: Settings, behaviour: str) -> None:
    with pytest.raises(BrokerError, match="did not answer in time") as caught:
        broker.up(spec_of(tmp_path, behaviour, start_timeout_seconds=0.6), settings)
    assert "Kafka version" in (caught.value.details or "")
    assert broker.status("default", settings).pid is None


def test_another_port_is_chosen_when_the_first_was_taken_meanwhile(tmp_path: Path, settings: Settings) -> None:
    assert broker.up(spec_of(tmp_path, "taken-once"), settings).node.state == "running"


def test_a_given_port_that_is_taken_names_its_holder(tmp_path: Path, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port} on 127.0.0.1 is taken by .*\(pid {os.getpid()}\)"):
            broker.up(spec_of(tmp_path, port=port), settings)
        listeners = {"listeners": f"PLAINTEXT://127.0.0.1:{port}"}
        with pytest.raises(SettingsError, match="is taken"):
            broker.up(spec_of(tmp_path, properties=listeners), settings)


def test_a_host_of_another_machine_is_refused(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"nothing can listen on '192\.0\.2\.1'"):
        broker.up(spec_of(tmp_path, host="192.0.2.1"), settings)


def test_a_node_that_was_killed_is_seen_and_started_again(tmp_path: Path, settings: Settings) -> None:
    node = broker.up(spec_of(tmp_path), settings).node
    assert node.pid
    os.kill(node.pid, signal.SIGKILL)
    os.waitpid(node.pid, 0)
    assert broker.status("default", settings).state == "died"
    report = broker.up(spec_of(tmp_path), settings)
    assert not report.already_running
    assert report.node.state == "running"


def test_a_reused_pid_is_left_alone(tmp_path: Path, settings: Settings) -> None:
    node = broker.up(spec_of(tmp_path), settings).node
    broker.down(None, settings)
    record_file = settings.instances_dir / "default" / "instance.json"
    record = json.loads(record_file.read_text())
    record_file.write_text(json.dumps(record | {"phase": "ready", "pid": os.getpid(), "start_ticks": 1}))
    assert broker.status("default", settings).state == "died"
    assert not broker.down(None, settings).was_running
    assert broker.up(spec_of(tmp_path), settings).node.pid not in (node.pid, os.getpid())


def test_a_process_that_was_not_recorded_is_found_and_adopted(tmp_path: Path, settings: Settings) -> None:
    spec = spec_of(tmp_path)
    node = broker.up(spec, settings).node
    record_file = settings.instances_dir / "default" / "instance.json"
    record = json.loads(record_file.read_text())
    record_file.write_text(json.dumps(record | {"phase": "starting", "pid": None, "start_ticks": None}))
    report = broker.up(spec, settings)
    assert (report.already_running, report.node.pid) == (True, node.pid)
    record_file.write_text("{")
    with pytest.raises(BrokerError, match="whose record is damaged"):
        broker.up(spec, settings)
    with pytest.raises(SettingsError, match="is damaged"):
        broker.status("default", settings)
    assert broker.down(None, settings).was_running
    assert broker.up(spec, settings).node.pid != node.pid


def test_down_ends_a_start_that_hangs(tmp_path: Path, settings: Settings) -> None:
    with concurrent.futures.ThreadPoolExecutor() as executor:
        starting = executor.submit(broker.up, spec_of(tmp_path, "slow"), settings)
        instance = Instance.named("default", settings)
        wait_for(lambda: instance.process() is not None)
        assert broker.down(None, settings).was_running
        with pytest.raises(BrokerError, match="ended while it started"):
            starting.result()


def wait_for(condition: object, timeout_seconds: float = 10) -> None:
    assert callable(condition)
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_running_gives_each_node_a_name_and_port_of_its_own(tmp_path: Path, settings: Settings) -> None:
    spec = spec_of(tmp_path, ephemeral=True, port=None)
    with broker.running(spec, settings) as one, broker.running(spec, settings) as two:
        assert one.name != two.name
        assert one.bootstrap_servers != two.bootstrap_servers
        assert one.data_dir.exists()
        pids = (one.pid, two.pid)
    assert all(pid and processes.start_ticks(pid) is None for pid in pids)
    assert broker.list_instances(settings) == ()


def test_a_running_node_stops_is_killed_and_restarts_on_the_same_data(tmp_path: Path, settings: Settings) -> None:
    with broker.running(spec_of(tmp_path, ephemeral=True), settings) as node:
        address, first = node.bootstrap_servers, node.pid
        (node.data_dir / "kept").touch()
        assert node.stop()
        assert node.pid is None
        node.restart()
        node.kill()
        node.restart()
        assert node.pid not in (None, first)
        assert node.bootstrap_servers == address
        assert (node.data_dir / "kept").exists()


def test_running_does_not_take_over_a_node(tmp_path: Path, settings: Settings) -> None:
    broker.up(spec_of(tmp_path), settings)
    with pytest.raises(BrokerError, match="runs already"), broker.running(NodeSpec(name="default"), settings):
        pass
    assert broker.status("default", settings).state == "running"


def test_attend_hands_over_the_log_until_the_node_is_brought_down(tmp_path: Path, settings: Settings) -> None:
    lines: list[str] = []
    stopper = threading.Timer(0.3, broker.down, (None, settings))
    broker.attend(spec_of(tmp_path), settings, on_up=lambda _: stopper.start(), on_line=lines.append)
    assert lines[-1] == "shut down"


def test_attend_brings_the_node_down_when_interrupted(tmp_path: Path, settings: Settings) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broker.attend(spec_of(tmp_path), settings, on_up=interrupt, on_line=lambda _: None)
    assert broker.status("default", settings).state == "stopped"


def test_attend_tells_when_the_broker_dies(tmp_path: Path, settings: Settings) -> None:
    def kill(report: broker.UpReport) -> None:
        assert report.node.pid
        os.kill(report.node.pid, signal.SIGKILL)

    with pytest.raises(BrokerError, match=r"ended by itself \(signal 9\)"):
        broker.attend(spec_of(tmp_path), settings, on_up=kill, on_line=lambda _: None)


def test_attend_leaves_a_node_alone_that_ran_before(tmp_path: Path, settings: Settings) -> None:
    spec = spec_of(tmp_path)
    broker.up(spec, settings)
    assert broker.attend(spec, settings, on_up=lambda _: None, on_line=lambda _: None).already_running
    assert broker.status("default", settings).state == "running"


def test_a_traced_run_gets_a_folder_of_its_own(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATIVE_KAFKA_TRACE_DIR", str(tmp_path / "traces"))
    with broker.running(spec_of(tmp_path, name="codecs"), settings) as node:
        assert f"-XX:TraceMetadata=path={tmp_path}/traces/codecs.1 -Xmx512m server-start" in node.log_file.read_text()
        node.restart()
        assert f"-XX:TraceMetadata=path={tmp_path}/traces/codecs.2 -Xmx512m server-start" in node.log_file.read_text()


@pytest.mark.parametrize(("value", "mode"), [("1", "Exit"), ("warn", "Warn")])
def test_a_gate_run_makes_what_is_not_registered_fatal_or_tells_it(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, value: str, mode: str
) -> None:
    monkeypatch.setenv("NATIVE_KAFKA_GATE", value)
    with broker.running(spec_of(tmp_path), settings) as node:
        assert f"-XX:MissingRegistrationReportingMode={mode} -Xmx512m server-start" in node.log_file.read_text()


def test_an_unwritable_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "file")
    with pytest.raises(PrerequisiteError, match="starting the broker 'default': Not a directory") as caught:
        broker.up(spec_of(tmp_path), settings)
    assert "NATIVE_KAFKA_DATA_DIR" in (caught.value.hint or "")


def test_the_usual_port_is_replaced_when_it_is_taken(
    tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kafka_native")
    spec = spec_of(tmp_path, port=None)
    first = broker.up(spec, settings).node
    broker.down(None, settings)
    port = int(first.bootstrap_servers.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        second = broker.up(spec, settings).node
    assert second.bootstrap_servers != first.bootstrap_servers
    assert f"port {port} is taken by" in caplog.text


def test_spawned_programs_do_not_inherit_our_terminal(tmp_path: Path) -> None:
    log = tmp_path / "log"
    pid = spawn_detached(("/bin/sh", "-c", "echo out; echo err >&2; cat; ps -o sid= -p $$"), log)
    assert os.waitpid(pid, 0)[1] == 0
    assert log.read_text().split() == ["out", "err", str(pid)]
