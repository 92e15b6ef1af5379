"""`up`, `down`, `status`, `list` and `logs`: see `kafka_native.broker`."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import Annotated

from cyclopts import Parameter

from kafka_native import broker, reporting
from kafka_native.cli.output import JsonFlag, facts, print_json, print_line, table
from kafka_native.cli.plug_in_options import PlugInOptions, plug_in_spec
from kafka_native.config import Profile, parse_assignments
from kafka_native.errors import BrokerError, SettingsError
from kafka_native.settings import load_settings

__all__ = ["down_command", "list_command", "logs_command", "status_command", "up_command"]

_MIB = 1024 * 1024


def up_command(
    name: str | None = None,
    *,
    port: int | None = None,
    host: str | None = None,
    topic: tuple[str, ...] = (),
    property_: Annotated[tuple[str, ...], Parameter(name="--property")] = (),
    engine: broker.Engine | None = None,
    ephemeral: bool = False,
    detach: Annotated[bool, Parameter(name=("--detach", "-d"))] = False,
    executable: Path | None = None,
    kafka_version: str | None = None,
    kafka_dir: Path | None = None,
    max_heap: str | None = None,
    profile: Profile | None = None,
    java_option: Annotated[tuple[str, ...], Parameter(allow_leading_hyphen=True)] = (),
    cluster_id: str | None = None,
    allow_unknown_properties: bool = False,
    start_timeout: float = 60,
    plug_ins: PlugInOptions | None = None,
    as_json: JsonFlag = False,
) -> int:
    """Run a Kafka node: broker and controller in one process.

    Without --detach it prints the broker's log until Ctrl-C, which shuts the node down.
    A node that runs already under this name is left as it is.

    Args:
        name: Instance to run; its data and log lie in a folder of this name ("default" when left out).
        port: Port for clients: what the instance had before, else 9092, else a free one; 0 for any free one.
        host: Address to listen on (127.0.0.1 when left out).
        topic: Topic to create, NAME[:PARTITIONS[:REPLICATION]]; may be given several times.
        property_: Kafka property NAME=VALUE, which wins over ours; may be given several times.
        engine: What runs the broker: the native executable (when left out), or the same jars on a JDK.
        ephemeral: Delete the data when the node is brought down.
        detach: Return as soon as the broker answers.
        executable: Native executable to run, with no toolchain and no download.
        kafka_version: Version of Kafka.
        kafka_dir: Unpacked Kafka release to take the jars from.
        max_heap: Largest Java heap, such as 512m.
        profile: Defaults: development (when left out) is fast and small; kafka has Kafka's own.
        java_option: Option of the Java run time, -Dname=value or -X...; no passwords; may be given several times.
        cluster_id: Cluster id that the data must have, or gets when it is new.
        allow_unknown_properties: Accept properties that Kafka itself does not know.
        start_timeout: Seconds that the broker may take until it answers (60 when left out).
        plug_ins: Jars beside Kafka's own; an instance keeps them.
        as_json: Print one JSON document to stdout, and no log.
    """
    spec = broker.NodeSpec(
        name=name,
        engine=engine,
        host=host,
        port=port,
        kafka_version=kafka_version,
        kafka_dir=kafka_dir,
        executable=executable,
        properties=parse_assignments(property_),
        topics=tuple(broker.TopicSpec.parse(each) for each in topic),
        ephemeral=ephemeral,
        max_heap=max_heap,
        profile=profile,
        java_options=java_option,
        cluster_id=cluster_id,
        allow_unknown_properties=allow_unknown_properties,
        start_timeout_seconds=start_timeout,
        plug_ins=plug_in_spec(plug_ins),
    )
    if detach:
        _show_up(broker.up(spec, load_settings()), as_json=as_json)
        return 0
    return _stay(spec, as_json=as_json)


def _stay(spec: broker.NodeSpec, *, as_json: bool) -> int:
    """Stay with the node; being asked to stop it is how it is meant to end."""
    answered = False

    def on_up(report: broker.UpReport) -> None:
        nonlocal answered
        answered = True
        _show_up(report, as_json=as_json)

    try:
        broker.attend(spec, load_settings(), on_up=on_up, on_line=(lambda _: None) if as_json else print_line)
    except (KeyboardInterrupt, SystemExit):
        if not answered:
            raise
        reporting.current().info("the broker was shut down")
    return 0


def _show_up(report: broker.UpReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report.to_json())
        return
    node = report.node
    facts(
        {
            "bootstrap servers": node.bootstrap_servers,
            "topics": report.topics or None,
            "data folder": node.data_dir + (" (ephemeral)" if node.ephemeral else ""),
            "log file": node.log_file,
            "pid": node.pid,
        }
    )
    version = f"Kafka {node.kafka_version}" if node.kafka_version else "Kafka"
    how = "was running already" if report.already_running else f"answered after {node.ready_seconds:.2f} s"
    print_line(f"{version} ({node.engine}) {how}; stop it with: kafka-native down {node.name}")


def down_command(
    name: str | None = None,
    *,
    timeout: float = 30,
    delete_data: bool = False,
    yes: Annotated[bool, Parameter(name=("--yes", "-y"))] = False,
    as_json: JsonFlag = False,
) -> None:
    """Shut a node down cleanly; its data stays, unless it is ephemeral.

    Args:
        name: Instance ("default" when left out).
        timeout: Seconds that the shutdown may take before the process is killed (30 when left out).
        delete_data: Delete the instance with all of its data.
        yes: Do not ask before deleting.
        as_json: Print one JSON document to stdout.
    """
    if not timeout >= 0:
        raise SettingsError(f"--timeout {timeout:g} is not a number of seconds", hint="0 kills at once")
    settings = load_settings()
    if delete_data and not yes:
        _confirm(f"Delete instance {name or broker.DEFAULT_NAME!r} with all of its data?")
    report = broker.down(name, settings, timeout_seconds=timeout, delete_data=delete_data)
    if as_json:
        print_json(report.to_json())
        return
    ended = "was shut down" if report.clean else "was killed"
    how = f"{ended} in {report.seconds:.2f} s" if report.was_running else "was not running"
    print_line(f"instance {report.name!r} {how}; {'its data is deleted' if report.data_deleted else 'its data stays'}")


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise SettingsError("deleting data needs your word for it", hint="add --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise SettingsError("nothing was deleted", hint="answer y, or add --yes")


def status_command(name: str | None = None, *, as_json: JsonFlag = False) -> int:
    """Show how instances are: all of them, or one.

    With NAME, the exit code is 0 when it runs and 8 when it does not.

    Args:
        name: Instance; all when left out.
        as_json: Print one JSON document to stdout: an object with NAME, else a list.
    """
    settings = load_settings()
    if name is None:
        reports = broker.list_instances(settings)
        if as_json:
            print_json([report.to_json() for report in reports])
        else:
            _show_all(reports)
        return 0
    report = broker.status(name, settings)
    if as_json:
        print_json(report.to_json())
    else:
        _show_status(report)
    return 0 if report.state == "running" else BrokerError.exit_code


def _show_all(reports: tuple[broker.InstanceReport, ...]) -> None:
    for report in reports:
        _show_status(report)
        print_line("")
    if not reports:
        print_line("no instance; start one with: kafka-native up")


def _show_status(report: broker.InstanceReport) -> None:
    memory = f"{report.resident_bytes / _MIB:.0f} MiB" if report.resident_bytes else None
    ready = f"{report.ready_seconds:.2f} s" if report.ready_seconds is not None else None
    facts(
        {
            "instance": report.name,
            "state": report.state,
            "engine": report.engine,
            "Kafka version": report.kafka_version,
            "bootstrap servers": report.bootstrap_servers,
            "pid": report.pid,
            "resident memory": memory,
            "started at": report.started_at,
            "answered after": ready,
            "cluster id": report.cluster_id,
            "data folder": report.data_dir + (" (ephemeral)" if report.ephemeral else ""),
            "log file": report.log_file,
            "configuration": report.server_properties,
            "executable": report.executable,
            "plug-ins": " ".join(report.plug_ins) or None,
        }
    )


def list_command(*, as_json: JsonFlag = False) -> None:
    """List all instances, one a line.

    Args:
        as_json: Print one JSON document to stdout.
    """
    reports = broker.list_instances(load_settings())
    if as_json:
        print_json([report.to_json() for report in reports])
        return
    table(
        ("NAME", "STATE", "ENGINE", "KAFKA", "BOOTSTRAP SERVERS", "PID"),
        ((r.name, r.state, r.engine, r.kafka_version, r.bootstrap_servers, r.pid) for r in reports),
    )


def logs_command(
    name: str | None = None,
    *,
    follow: Annotated[bool, Parameter(name=("--follow", "-f"))] = False,
    lines: Annotated[int | None, Parameter(name=("--lines", "-n"))] = None,
    as_json: JsonFlag = False,
) -> None:
    """Print the log of an instance.

    Args:
        name: Instance ("default" when left out).
        follow: Go on with what is written, until Ctrl-C.
        lines: Print only so many of the last lines.
        as_json: Print one JSON document to stdout; not together with --follow.
    """
    if lines is not None and lines < 0:
        raise SettingsError(f"--lines {lines} is not a number of lines", hint="for example --lines 50")
    path = broker.existing_instance(name or broker.DEFAULT_NAME, load_settings()).log_file
    if as_json:
        if follow:
            raise SettingsError("--json prints one document, and --follow has no end", hint="leave one of them out")
        print_json({"log_file": str(path), "lines": broker.read_log(path, lines)})
        return
    wanted = broker.follow_log(path, lambda: True, last_lines=lines) if follow else broker.read_log(path, lines)
    for line in wanted:
        print_line(line)
