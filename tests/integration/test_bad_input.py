"""What a user does wrong, or a machine lacks: a clear message, a non-zero exit code, and nothing lost."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.ports import free_ports
from kafka_native.broker import NodeSpec, TopicSpec, down, running, up
from kafka_native.errors import BrokerError, KafkaNativeError, SettingsError
from kafka_native.pins import kafka_versions

from .adapters import Confluent, Record, values
from .local_processes import find_processes, leaked_processes
from .waiting import wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from kafka_native.broker import Node
    from kafka_native.settings import Settings

    from .command_line import CommandLine, Result
    from .conftest import StartNode

_SETTINGS_EXIT_CODE = 2
_BROKER_EXIT_CODE = 8
_INTERRUPTED_EXIT_CODE = 130
_OTHER_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qk"


@pytest.fixture
def filled(start: StartNode) -> Iterator[Node]:
    """Return a node that was shut down and has a record; at the end it must still have it."""
    node = start(name="filled", topics=(TopicSpec("t"),))
    Confluent().produce(node.bootstrap_servers, "t", [Record(b"kept")])
    assert node.stop()
    yield node
    node.restart()
    assert values(Confluent().read(node.bootstrap_servers, "t")) == [b"kept"]


def _assert_refused(result: Result, exit_code: int, *parts: str) -> None:
    """See that a command failed with this exit code and said all of that, without a stack trace of ours."""
    assert result.exit_code == exit_code, result
    assert result.stdout == ""
    for part in parts:
        assert part in result.stderr
    assert "hint: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_taken_port_is_named_with_its_holder(command_line: CommandLine, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = command_line.up("--detach", "--port", port)
    holder = f"{Path('/proc/self/comm').read_text().strip()} (pid {os.getpid()})"
    _assert_refused(result, _SETTINGS_EXIT_CODE, f"port {port} on 127.0.0.1 is taken by {holder}", "--port")
    assert leaked_processes(tmp_path) == []


def test_a_port_taken_by_another_broker_is_named_with_that_broker(start: StartNode) -> None:
    first = start(ephemeral=True)
    port = int(first.bootstrap_servers.rpartition(":")[2])
    with pytest.raises(SettingsError, match=rf"port {port} .* is taken by .* \(pid {first.pid}\)"):
        start(port=port, ephemeral=True)
    Confluent().produce(first.bootstrap_servers, "t", [Record(b"still there")])


def test_data_of_another_cluster_is_refused(filled: Node, start: StartNode) -> None:
    with pytest.raises(BrokerError) as caught:
        start(name="filled", cluster_id=_OTHER_CLUSTER)
    told = f"it belongs to cluster {filled.report.cluster_id}, but the cluster id asked for is {_OTHER_CLUSTER}"
    assert f"opening log dir {filled.data_dir}: {told}" in caught.value.message


def test_log_dirs_of_two_clusters_are_refused(filled: Node, start: StartNode) -> None:
    other = start(name="other")
    other.stop()
    with pytest.raises(BrokerError) as caught:
        start(properties={"log.dirs": f"{filled.data_dir},{other.data_dir}"})
    told = f"{caught.value.message}\n{caught.value.details}"
    assert f"opening log dir {other.data_dir}: it belongs to cluster {other.report.cluster_id}" in told
    assert f"{filled.data_dir} belongs to {filled.report.cluster_id}" in told


def test_data_of_a_newer_kafka_is_refused(node_spec: NodeSpec, own_settings: Settings, start: StartNode) -> None:
    """The newer one runs on the JVM, which needs no second build; afterwards it still has its data."""
    newer = _newer_than(start)
    data_dir = own_settings.data_dir / "by-the-newer"
    made_by = NodeSpec(engine="jvm", kafka_version=newer, properties={"log.dirs": str(data_dir)})
    try:
        with running(made_by, own_settings) as node:
            Confluent().produce(node.bootstrap_servers, "t", [Record(b"kept")])
    except KafkaNativeError as error:
        pytest.skip(f"Kafka {newer} cannot run on the JVM here: {error.message}")
    with pytest.raises(BrokerError, match=r"a newer Kafka .* metadata versions? up to \d") as caught:
        start(properties={"log.dirs": str(data_dir)})
    assert str(data_dir) in str(caught.value)
    assert caught.value.hint
    with running(made_by, own_settings) as node:
        assert values(Confluent().read(node.bootstrap_servers, "t")) == [b"kept"]


def _newer_than(start: StartNode) -> str:
    """Return a pinned version that is newer than the one under test, in its first two numbers."""
    tested = start(ephemeral=True).report.kafka_version or ""
    newer = [each for each in kafka_versions() if _feature_release(each) > _feature_release(tested)]
    if not newer:
        pytest.skip(f"no Kafka newer than {tested} is pinned")
    return newer[0]


def _feature_release(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split(".")[:2])


def test_data_in_use_by_a_running_broker_is_refused(start: StartNode) -> None:
    first = start(name="first", topics=(TopicSpec("t"),))
    with pytest.raises(BrokerError) as caught:
        start(name="second", properties={"log.dirs": str(first.data_dir)})
    assert f"opening log dir {first.data_dir}: it is in use by a running node" in caught.value.message
    assert str(first.pid) in caught.value.message
    Confluent().produce(first.bootstrap_servers, "t", [Record(b"still there")])
    assert values(Confluent().read(first.bootstrap_servers, "t")) == [b"still there"]


def test_an_unwritable_data_folder_is_refused(filled: Node, command_line: CommandLine) -> None:
    """Root may write everywhere, so it does without that power here."""
    wrapper = _without_power_over_files()
    filled.data_dir.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        result = replace(command_line, wrapper=wrapper).up("filled", "--detach")
    finally:
        filled.data_dir.chmod(stat.S_IRWXU)
    _assert_refused(result, _BROKER_EXIT_CODE, str(filled.data_dir), "this user may not write")


def test_an_unwritable_folder_for_instances_is_refused(command_line: CommandLine, tmp_path: Path) -> None:
    wrapper = _without_power_over_files()
    locked = tmp_path / "locked"
    locked.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    settings = replace(command_line.settings, data_dir=locked / "data")
    result = replace(command_line, wrapper=wrapper, settings=settings).up("--detach")
    assert result.exit_code not in (0, 1)
    assert str(locked) in result.stderr
    assert "Permission denied" in result.stderr
    assert "Traceback" not in result.stderr


def _without_power_over_files() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root may write everywhere, and setpriv (util-linux), which takes that away, is not here")
    powers = "-dac_override,-dac_read_search"
    return ("setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}", "--")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("num.partitons", "num.partitions"),
        ("log.retension.hours", "log.retention.hours"),
        ("auto.create.topic.enable", "auto.create.topics.enable"),
    ],
)
def test_an_unknown_property_is_named_with_the_nearest_known_one(
    command_line: CommandLine, tmp_path: Path, written: str, meant: str
) -> None:
    result = command_line.up("--detach", "--port", "0", "--property", f"{written}=3")
    told = f"Kafka does not know the property '{written}'; did you mean '{meant}'?"
    _assert_refused(result, _SETTINGS_EXIT_CODE, told)
    assert leaked_processes(tmp_path) == []


def test_an_unknown_property_is_fine_when_it_is_said_to_be(start: StartNode) -> None:
    node = start(properties={"my.plugin.setting": "3"}, allow_unknown_properties=True, ephemeral=True)
    assert "does not know the property 'my.plugin.setting'" in node.log_file.read_text()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("num.partitions", "many", "Not a number of type INT"),
        ("num.partitions", "0", "must be at least 1"),
        ("auto.create.topics.enable", "perhaps", "true or false"),
        ("compression.type", "zip", "must be one of"),
    ],
)
def test_a_value_that_kafka_cannot_use_is_named_with_the_reason(
    command_line: CommandLine, tmp_path: Path, name: str, value: str, reason: str
) -> None:
    result = command_line.up("--detach", "--port", "0", "--property", f"{name}={value}")
    assert result.exit_code == _SETTINGS_EXIT_CODE
    assert f"{name}={value}: " in result.stderr
    assert reason.lower() in result.stderr.lower()
    assert leaked_processes(tmp_path) == []


def test_a_refused_property_leaves_the_data_as_it_is(filled: Node, command_line: CommandLine) -> None:
    before = sorted(each for each in filled.data_dir.rglob("*"))
    assert command_line.up("filled", "--detach", "--property", "num.partitions=x").exit_code == _SETTINGS_EXIT_CODE
    assert sorted(each for each in filled.data_dir.rglob("*")) == before


def test_the_last_lines_of_a_broker_that_dies_while_starting_are_shown(
    filled: Node, command_line: CommandLine, tmp_path: Path
) -> None:
    quorum_state = filled.data_dir / "__cluster_metadata-0" / "quorum-state"
    kept = quorum_state.read_bytes()
    quorum_state.write_text("this is not JSON")
    try:
        result = command_line.up("filled", "--detach")
    finally:
        quorum_state.write_bytes(kept)
    told = ("the broker 'filled' ended while it started", f"log file: {filled.log_file}")
    _assert_refused(result, _BROKER_EXIT_CODE, *told)
    last_line = filled.log_file.read_text().rstrip().splitlines()[-1]
    assert last_line in result.stderr
    assert leaked_processes(tmp_path) == []


@pytest.fixture
def never_ready() -> dict[str, str]:
    """Return properties with which a broker starts but never serves: its quorum lacks its second voter."""
    client, controller, other = free_ports(3)
    return {
        "listeners": f"PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
        "controller.quorum.voters": f"1@127.0.0.1:{controller},2@127.0.0.1:{other}",
    }


def _start_never_ready(command_line: CommandLine, properties: dict[str, str], *options: str) -> subprocess.Popen[str]:
    words = [f"--property={name}={value}" for name, value in properties.items()]
    return command_line.start("up", *command_line.engine_options(), f"--cluster-id={_OTHER_CLUSTER}", *words, *options)


def _wait_for_broker(command_line: CommandLine) -> int:
    """Return the pid of the broker as soon as there is one."""
    folder = command_line.settings.instances_dir
    return wait_until(
        lambda: next((pid for pid, words in find_processes(folder) if "server-start" in words), 0), "the broker starts"
    )


def test_a_broker_killed_while_it_starts_is_told_so(never_ready: dict[str, str], command_line: CommandLine) -> None:
    with _start_never_ready(command_line, never_ready, "--detach") as starting:
        os.kill(_wait_for_broker(command_line), signal.SIGKILL)
        result = command_line.finish(starting)
    _assert_refused(result, _BROKER_EXIT_CODE, "ended while it started (signal 9)", "kafka.log")


@pytest.mark.parametrize("options", [("--detach",), ()], ids=["detached", "foreground"])
def test_ctrl_c_while_a_broker_starts_leaves_no_process(
    never_ready: dict[str, str], command_line: CommandLine, tmp_path: Path, options: tuple[str, ...]
) -> None:
    with _start_never_ready(command_line, never_ready, *options) as starting:
        _wait_for_broker(command_line)
        starting.send_signal(signal.SIGINT)
        result = command_line.finish(starting)
    assert result.exit_code == _INTERRUPTED_EXIT_CODE
    assert "Traceback" not in result.stderr
    assert leaked_processes(tmp_path) == []


def test_ctrl_c_in_the_foreground_shuts_the_broker_down_cleanly(command_line: CommandLine, tmp_path: Path) -> None:
    with command_line.start("up", *command_line.engine_options(), "--json", "--port", "0") as foreground:
        wait_until(lambda: _state(command_line) == "running", "the broker answers", 60)
        foreground.send_signal(signal.SIGINT)
        result = command_line.finish(foreground)
    # 130 when the interrupt comes after the broker answered, and before the command has told so.
    assert result.exit_code in (0, 130), result.stderr
    assert (command_line.settings.instances_dir / "default" / "data" / ".kafka_cleanshutdown").exists()
    assert leaked_processes(tmp_path) == []


def _state(command_line: CommandLine) -> str | None:
    reports = command_line.run("status", "--json").json()
    return str(reports[0]["state"]) if reports else None


def test_a_broker_that_does_not_answer_in_time_is_given_up(
    never_ready: dict[str, str], node_spec: NodeSpec, own_settings: Settings, tmp_path: Path
) -> None:
    spec = replace(node_spec, cluster_id=_OTHER_CLUSTER, start_timeout_seconds=3, properties=never_ready)
    with pytest.raises(BrokerError, match=r"did not answer in time on 127.0.0.1:\d+") as caught:
        up(spec, own_settings)
    assert "--start-timeout" in (caught.value.hint or "")
    assert caught.value.details
    assert leaked_processes(tmp_path) == []


def test_a_topic_that_cannot_be_created_is_named_and_no_broker_is_left(start: StartNode, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"creating topics: t: .*[Rr]eplication factor") as caught:
        start(topics=(TopicSpec("t", 1, 3),), ephemeral=True)
    assert caught.value.hint
    assert leaked_processes(tmp_path) == []


def test_a_running_node_is_not_taken_for_another_one(start: StartNode, own_settings: Settings) -> None:
    node = start(name="running", ephemeral=True)
    with pytest.raises(SettingsError, match=r"runs already .* property num.partitions the default, not 7") as caught:
        start(name="running", ephemeral=True, properties={"num.partitions": "7"})
    assert "kafka-native down running" in (caught.value.hint or "")
    assert node.pid is not None


def test_an_instance_that_does_not_exist_is_named_with_those_that_do(start: StartNode, own_settings: Settings) -> None:
    start(name="there", ephemeral=True)
    with pytest.raises(SettingsError, match="there is no instance 'not-there'") as caught:
        down("not-there", own_settings)
    assert "there" in (caught.value.hint or "")
