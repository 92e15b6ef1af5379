"""What the executable itself adds to Kafka's tools: names, links, completion, and failures within seconds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.ports import free_ports
from kafka_native.tools import load_tools

from .kafka_tools import ToolsUnderTest, finish

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import Node, NodeSpec
    from kafka_native.settings import Settings

    from .command_line import CommandLine

_USAGE_ERROR = 2
_FAILED = 1
_CONNECT_SECONDS = 3
_SECONDS_UNTIL_TOLD = 15  # on a busy machine, and on a JVM


@pytest.fixture(scope="module")
def runner(node_spec: NodeSpec, settings: Settings) -> ToolsUnderTest:
    """Return the tools under test."""
    return ToolsUnderTest(node_spec, settings)


@pytest.fixture
def links(node_spec: NodeSpec, tmp_path: Path) -> Path:
    """Return a folder with the executable, and links as a release's `bin` has scripts."""
    if node_spec.executable is None:
        pytest.skip("a JVM does not know by which link it was called")
    for name in ("kafka", "run", *(f"kafka-{tool.name}.sh" for tool in load_tools())):
        (tmp_path / name).symlink_to(node_spec.executable)
    return tmp_path


def _sh(folder: Path, script: str, **values: str) -> str:
    """Run a script in which the links are commands, and return what it prints."""
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", **values}
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_help_lists_every_tool_under_a_heading(runner: ToolsUnderTest) -> None:
    text = finish(runner.argv("--help")).output
    for tool in load_tools():
        assert re.search(rf"^{tool.group}:$", text, re.MULTILINE), tool.group
        assert re.search(rf"^  {tool.name} +{re.escape(tool.summary)}$", text, re.MULTILINE), tool.name


@pytest.mark.parametrize(("typed", "meant"), [("topcs", "topics"), ("kafka-console-consumr.sh", "console-consumer")])
def test_an_unknown_tool_is_told_the_nearest(runner: ToolsUnderTest, typed: str, meant: str) -> None:
    result = finish(runner.argv(typed))
    assert result.exit_code == _USAGE_ERROR
    assert f"did you mean 'kafka {meant}'?" in result.errors


def test_a_broker_that_is_not_there_is_told_with_its_address_in_seconds(runner: ToolsUnderTest) -> None:
    (port,) = free_ports(1)
    started = time.monotonic()
    result = finish(runner.argv("topics", "--list", "--bootstrap-server", f"127.0.0.1:{port}"))
    assert time.monotonic() - started < _SECONDS_UNTIL_TOLD
    assert result.exit_code == _FAILED
    assert f"127.0.0.1:{port} (Connection refused)" in result.errors


def test_the_check_can_be_left_to_the_tool(runner: ToolsUnderTest, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    config = tmp_path / "impatient.properties"
    config.write_text("default.api.timeout.ms=1500\nrequest.timeout.ms=1000\n")
    argv = runner.argv("topics", "--list", "--bootstrap-server", f"127.0.0.1:{port}", "--command-config", str(config))
    result = finish(argv, environment={"NATIVE_KAFKA_CONNECT_TIMEOUT": "0"})
    assert result.exit_code == _FAILED
    assert "no broker took a connection" not in result.errors
    assert "Timed out" in result.output
    assert "WARN [AdminClient" in result.errors


def test_a_timeout_that_is_no_number_is_refused(runner: ToolsUnderTest) -> None:
    argv = runner.argv("topics", "--list", "--bootstrap-server", "127.0.0.1:1")
    result = finish(argv, environment={"NATIVE_KAFKA_CONNECT_TIMEOUT": "soon"})
    assert result.exit_code == _USAGE_ERROR
    assert "NATIVE_KAFKA_CONNECT_TIMEOUT: 'soon' is no number of seconds" in result.errors


def test_system_properties_come_from_kafka_opts(runner: ToolsUnderTest, tmp_path: Path, servers: str) -> None:
    """As with Kafka's scripts, where KAFKA_OPTS names a JAAS file."""
    jaas = tmp_path / "missing.conf"
    config = tmp_path / "sasl.properties"
    config.write_text("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n")
    argv = runner.argv("topics", "--list", "--bootstrap-server", servers, "--command-config", str(config))
    result = finish(argv, environment={"KAFKA_OPTS": f"-Djava.security.auth.login.config={jaas}"})
    assert result.exit_code == _FAILED
    assert str(jaas) in result.output + result.errors


@pytest.mark.feature("Tools", "Quickstart, ACLs, SCRAM and reassignment by their script names")
def test_upstreams_quickstart_works_as_it_is_typed(links: Path, servers: str) -> None:
    """https://kafka.apache.org/quickstart, with the address of the node."""
    script = """
        kafka-topics.sh --create --topic quickstart-events --bootstrap-server $SERVERS
        kafka-topics.sh --describe --topic quickstart-events --bootstrap-server $SERVERS
        printf 'This is my first event\\nThis is my second event\\n' |
            kafka-console-producer.sh --topic quickstart-events --bootstrap-server $SERVERS
        kafka-console-consumer.sh --topic quickstart-events --from-beginning --bootstrap-server $SERVERS \
            --max-messages 2
        kafka-topics.sh --delete --topic quickstart-events --bootstrap-server $SERVERS
        kafka-topics.sh --list --bootstrap-server $SERVERS
    """
    lines = _sh(links, script, SERVERS=servers).splitlines()
    assert "Created topic quickstart-events." in lines
    assert lines[lines.index("This is my first event") + 1] == "This is my second event"
    assert "quickstart-events" not in lines


@pytest.mark.feature("Tools", "Quickstart, ACLs, SCRAM and reassignment by their script names")
def test_the_commands_of_upstreams_guides_work_as_they_are_typed(links: Path, servers: str, tmp_path: Path) -> None:
    """Security guide (SCRAM) and operations guide (moving partitions), with the address of the node."""
    (tmp_path / "topics-to-move.json").write_text('{"topics": [{"topic": "foo1"}], "version": 1}')
    script = """
        kafka-configs.sh --bootstrap-server $SERVERS --alter \
            --add-config 'SCRAM-SHA-256=[iterations=8192,password=alice-secret]' \
            --entity-type users --entity-name alice
        kafka-configs.sh --bootstrap-server $SERVERS --describe --entity-type users --entity-name alice
        kafka-configs.sh --bootstrap-server $SERVERS --alter --delete-config 'SCRAM-SHA-256' \
            --entity-type users --entity-name alice
        kafka-topics.sh --bootstrap-server $SERVERS --create --topic foo1 --partitions 3
        kafka-reassign-partitions.sh --bootstrap-server $SERVERS --topics-to-move-json-file topics-to-move.json \
            --broker-list 1 --generate | sed -n '/^Proposed/,$p' | tail -n +2 > expand.json
        kafka-reassign-partitions.sh --bootstrap-server $SERVERS --reassignment-json-file expand.json --execute
        kafka-reassign-partitions.sh --bootstrap-server $SERVERS --reassignment-json-file expand.json --verify
    """
    text = _sh(links, f"cd {tmp_path}\n{script}", SERVERS=servers)
    assert "Completed updating config for user alice." in text
    assert "SCRAM-SHA-256=iterations=8192" in text
    assert "Successfully started partition reassignments for foo1-0,foo1-1,foo1-2" in text
    assert "Reassignment of partition foo1-2 is completed." in text


@pytest.mark.feature("Tools", "Quickstart, ACLs, SCRAM and reassignment by their script names")
def test_upstreams_acl_commands_work_as_they_are_typed(links: Path, start: object, node_spec: NodeSpec) -> None:
    properties = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    node: Node = start(ephemeral=True, properties=properties)  # type: ignore[operator]
    script = """
        kafka-acls.sh --bootstrap-server $SERVERS --add --allow-principal User:Bob --allow-principal User:Alice \
            --allow-host 198.51.100.0 --allow-host 198.51.100.1 --operation Read --operation Write --topic Test-topic
        kafka-acls.sh --bootstrap-server $SERVERS --list --topic Test-topic
        kafka-acls.sh --bootstrap-server $SERVERS --remove --force --allow-principal User:Bob --topic Test-topic \
            --allow-host 198.51.100.0 --operation Read
    """
    text = _sh(links, script, SERVERS=node.bootstrap_servers)
    assert "(principal=User:Bob, host=198.51.100.0, operation=READ, permissionType=ALLOW)" in text


def test_a_link_named_run_starts_the_server(links: Path) -> None:
    text = _sh(links, "run --help")
    assert text.startswith("Usage: kafka server-start")


def test_bash_completes_commands_and_options(links: Path) -> None:
    script = r"""
        source <(kafka completion bash)
        complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kafka; echo "${COMPREPLY[*]}"; }
        complete_line kafka console-
        complete_line kafka topics --partition
        complete_line kafka-topics.sh --partition
        complete_line kafka cluster cluster-id --bootstrap-s
        complete -p kafka-acls.sh
    """
    (links / "script").write_text(script)
    commands, *options, spec = (
        _sh(links, "bash script").splitlines() if shutil.which("bash") else pytest.skip("no bash")
    )
    assert commands == "console-producer console-consumer console-share-consumer"
    assert options[0].split() == options[1].split() == ["--partition-size-limit-per-response", "--partitions"]
    assert options[2] == "--bootstrap-server"
    assert "-F _kafka kafka-acls.sh" in spec


def test_zsh_completes_commands_and_options(links: Path) -> None:
    if not shutil.which("zsh"):
        pytest.skip("zsh is not installed")
    script = r"""
        source <(kafka completion zsh)
        compadd() { shift; print -r -- "$@" }
        _describe() { print -r -- ${(P)2} }
        complete_line() { words=("$@"); CURRENT=$#; _kafka }
        complete_line kafka con
        complete_line kafka topics --partition
        complete_line kafka-topics.sh --partition
        print -r -- ${_comps[kafka-acls.sh]}
    """
    (links / "script").write_text(script)
    commands, first, second, function = _sh(links, f"zsh -f {links}/script").splitlines()
    assert "console-consumer:print the records of topics" in commands
    assert "--partitions" in first.split()
    assert first == second
    assert function == "_kafka"


def test_fish_completes_commands_and_options(links: Path) -> None:
    if not shutil.which("fish"):
        pytest.skip("fish is not installed")
    script = r"""
        kafka completion fish | source
        complete -C 'kafka console-'
        complete -C 'kafka topics --partition'
        complete -C 'kafka-topics.sh --partition'
    """
    (links / "script").write_text(script)
    lines = _sh(links, f"fish --no-config {links}/script").splitlines()
    assert "console-consumer\tprint the records of topics" in lines
    assert lines.count("--partitions") == 2


def test_the_host_runs_tools_against_the_only_instance(command_line: CommandLine) -> None:
    command_line.up("tools-host", "--port", "0", "--detach", "--ephemeral", "--topic", "orders")
    listed = command_line.run("topics", "--list")
    assert (listed.exit_code, listed.stdout) == (0, "orders\n"), listed.stderr
    described = command_line.run("cluster", "cluster-id", "--instance", "tools-host")
    assert described.stdout.startswith("Cluster ID: ")
    missing = command_line.run("topics", "--describe", "--topic", "missing")
    assert missing.exit_code == _FAILED
    command_line.up("tools-second", "--port", "0", "--detach", "--ephemeral")
    refused = command_line.run("topics", "--list")
    assert refused.exit_code == _USAGE_ERROR
    assert "several instances run: tools-host, tools-second" in refused.stderr
    second = command_line.run("topics", "--list", "--instance=tools-second")
    assert (second.exit_code, second.stdout) == (0, "\n")
    for name in ("tools-host", "tools-second"):
        command_line.run("down", name)
    none = command_line.run("topics", "--list")
    assert none.exit_code == 8
    assert "no instance runs" in none.stderr
