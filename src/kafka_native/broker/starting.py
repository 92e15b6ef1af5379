"""Brings a node up: from what the user wants to a broker that answers.

The record on disk is written before the process starts and again right after, so that a kill at any moment leaves
something from which the next command goes on.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system import files
from kafka_native._system.processes import start_ticks
from kafka_native.broker.agreement import check_agreement
from kafka_native.broker.diagnosis import explain_end, last_lines
from kafka_native.broker.engines import EngineCommand, resolve_engine
from kafka_native.broker.inspection import describe
from kafka_native.broker.instance import Instance, InstanceRecord, ProcessId, cluster_id_in
from kafka_native.broker.placement import Placement, is_port_conflict, place
from kafka_native.broker.readiness import ask
from kafka_native.broker.reports import UpReport
from kafka_native.broker.spawning import exit_status, spawn_detached
from kafka_native.broker.spec import DEFAULT_NAME, NodeSpec
from kafka_native.broker.stopping import discard_ephemeral_data, end_process
from kafka_native.broker.topics import ensure_topics, load_client_in_background
from kafka_native.config import names, render_properties
from kafka_native.errors import BrokerError, KafkaNativeError, SettingsError
from kafka_native.plugins import PlugInSpec, load_presets

if TYPE_CHECKING:
    from kafka_native.settings import Settings

__all__ = ["up"]

_FIRST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.05
_PAUSE_GROWTH = 1.3
_ATTEMPTS = 3
_ABORT_TIMEOUT_SECONDS = 5


def up(spec: NodeSpec, settings: Settings) -> UpReport:
    """Start a node, or return the one that runs under that name, once it answers and its topics are there.

    Args:
        spec: What is wanted. Of a node that runs already, everything that the spec names must be as it says.
        settings: Where instances and executables live.

    Raises:
        SettingsError: When something in the spec cannot be used, or a node runs that is not what the spec says.
        BrokerError: When the broker does not start.
        KafkaNativeError: When the executable cannot be built.
    """
    spec = replace(spec, name=spec.name or DEFAULT_NAME)
    instance = Instance.named(spec.name or DEFAULT_NAME, settings)
    spec = _with_preset_properties(_with_known_plug_ins(spec, instance))
    report = _ready_already(instance, spec)
    if report is None:
        engine = resolve_engine(spec, settings)
        with instance.lock(f"starting the broker {instance.name!r}"):
            report = _adopt(instance, spec) or _start(instance, spec, engine)
    _ensure_topics(spec, report)
    return report


def _with_known_plug_ins(spec: NodeSpec, instance: Instance) -> NodeSpec:
    """An instance keeps its plug-ins, as it keeps its port, unless others are named."""
    record = instance.record()
    if spec.plug_ins or spec.executable or not record or not record.plug_ins:
        return spec
    return replace(spec, plug_ins=PlugInSpec.from_json(record.plug_ins))


def _with_preset_properties(spec: NodeSpec) -> NodeSpec:
    presets = [preset for preset in load_presets() if preset.name in spec.plug_ins.presets] if spec.plug_ins else []
    given = {name: value for preset in presets for name, value in preset.properties.items()}
    return replace(spec, properties=given | dict(spec.properties))


def _ensure_topics(spec: NodeSpec, report: UpReport) -> None:
    if spec.topics:
        try:
            ensure_topics(report.node.bootstrap_servers, spec.topics)
        except KafkaNativeError:
            reporting.current().warn(f"the broker {report.node.name!r} goes on running without these topics")
            raise


def _ready_already(instance: Instance, spec: NodeSpec) -> UpReport | None:
    """Return the node when it is up and was so before, without waiting for any lock."""
    record = instance.record()
    if record is None or record.phase != "ready" or instance.process() is None:
        return None
    check_agreement(instance, record, spec)
    return _report(instance, record, spec, already_running=True)


def _adopt(instance: Instance, spec: NodeSpec) -> UpReport | None:
    """Return the node when its process lives, also one whose starter was killed before it answered."""
    process, record = instance.process(), instance.record()
    if process is None:
        return None
    if record is None:
        raise BrokerError(
            f"a broker (pid {process.pid}) runs for instance {instance.name!r}, whose record is damaged",
            hint=f"stop it first: kafka-native down {instance.name}",
        )
    check_agreement(instance, record, spec)
    if record.phase != "ready":
        record = _wait_until_ready(instance, record, process, time.monotonic(), spec.start_timeout_seconds)
    return _report(instance, record, spec, already_running=True)


def _report(instance: Instance, record: InstanceRecord, spec: NodeSpec, *, already_running: bool) -> UpReport:
    return UpReport(describe(instance, record), already_running, tuple(topic.name for topic in spec.topics))


def _start(instance: Instance, spec: NodeSpec, engine: EngineCommand) -> UpReport:
    """Start the node; when another program took a port of our choice in the meantime, choose another."""
    for attempt in range(1, _ATTEMPTS + 1):
        placement = place(instance, spec)
        try:
            return _report(instance, _start_once(instance, spec, engine, placement), spec, already_running=False)
        except (BrokerError, SettingsError) as error:
            if attempt == _ATTEMPTS or placement.port_is_given or not is_port_conflict(error):
                raise
            reporting.current().info(f"port {placement.port} was taken by another program in the meantime")
    raise AssertionError


def _start_once(instance: Instance, spec: NodeSpec, engine: EngineCommand, placement: Placement) -> InstanceRecord:
    data_is_new = not placement.data_dir.exists()
    with files.explain_os_errors(f"preparing the instance {instance.name!r}", instance.folder):
        _prepare_folder(instance, spec, placement)
        record = instance.write(_new_record(instance, spec, engine, placement))
    started = time.monotonic()
    try:
        process, record = _spawn(instance, record)
        if spec.topics:
            load_client_in_background()
        return _wait_until_ready(instance, record, process, started, spec.start_timeout_seconds)
    except BaseException:
        _abort(instance, discard_data=spec.ephemeral and data_is_new)
        raise


def _prepare_folder(instance: Instance, spec: NodeSpec, placement: Placement) -> None:
    if not spec.ephemeral:
        discard_ephemeral_data(instance)  # of a run that was never brought down
    placement.data_dir.mkdir(parents=True, exist_ok=True)
    files.write_text(instance.server_properties, render_properties(placement.properties), mode=0o600)
    if instance.log_file.exists():
        instance.log_file.replace(instance.log_file.with_name(instance.log_file.name + ".1"))


def _new_record(instance: Instance, spec: NodeSpec, engine: EngineCommand, placement: Placement) -> InstanceRecord:
    options = () if spec.allow_unknown_properties else ("--strict-properties",)
    cluster = ("--cluster-id", spec.cluster_id) if spec.cluster_id else ()
    return InstanceRecord(
        phase="starting",
        engine=engine.engine,
        host=placement.host,
        port=placement.port,
        protocol=placement.protocol,
        argv=(*engine.argv, "server-start", str(instance.server_properties), *options, *cluster),
        data_dir=str(placement.data_dir),
        ephemeral=spec.ephemeral,
        properties=dict(spec.properties),
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        kafka_version=engine.kafka_version,
        kafka_dir=str(spec.kafka_dir.absolute()) if spec.kafka_dir else None,
        executable=str(engine.executable) if engine.executable else None,
        max_heap=spec.max_heap,
        profile=spec.profile or "development",
        only_controller=placement.only_controller,
        java_options=spec.java_options,
        plug_ins=spec.plug_ins.to_json() if spec.plug_ins else {},
    )


def _spawn(instance: Instance, record: InstanceRecord) -> tuple[ProcessId, InstanceRecord]:
    try:
        pid = spawn_detached(record.argv, instance.log_file)
    except OSError as error:
        raise SettingsError(
            f"{record.argv[0]} cannot be executed: {error.strerror}",
            hint="is it made for this machine, and its folder not mounted noexec?",
        ) from error
    process = ProcessId(pid, start_ticks(pid) or 0)  # no start time: it has ended already, which the wait finds out
    return process, instance.write(replace(record, pid=process.pid, start_ticks=process.ticks))


def _wait_until_ready(
    instance: Instance, record: InstanceRecord, process: ProcessId, started: float, timeout_seconds: float
) -> InstanceRecord:
    """Poll until the broker answers on its client listener, ends, or the deadline passes."""
    pause = _FIRST_PAUSE_SECONDS
    with reporting.current().step(f"waiting for the broker {instance.name!r} to answer"):
        while not (process.is_alive() and _answers(record)):
            _check_progress(instance, record, process, too_late=time.monotonic() - started > timeout_seconds)
            time.sleep(pause)
            pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)
    return instance.write(
        replace(
            record,
            phase="ready",
            pid=process.pid,
            start_ticks=process.ticks,
            ready_seconds=round(time.monotonic() - started, 3),
            cluster_id=_cluster_id(record),
        )
    )


def _answers(record: InstanceRecord) -> bool:
    """Return whether the listener is served, and, of a broker: by this very one, and it is unfenced."""
    answer = ask(record.host, record.port, record.protocol, only_controller=record.only_controller)
    if answer is None or answer.node_ids is None:
        return answer is not None
    node_id = int(record.properties.get(names.NODE_ID, "1"))
    return node_id in answer.node_ids and answer.cluster_id == _cluster_id(record)


def _cluster_id(record: InstanceRecord) -> str | None:
    return cluster_id_in(Path(record.data_dir))


def _check_progress(instance: Instance, record: InstanceRecord, process: ProcessId, *, too_late: bool) -> None:
    if not process.is_alive():
        status = exit_status(process.pid)
        raise explain_end(f"the broker {instance.name!r} ended while it started", instance.log_file, status)
    if too_late:
        raise BrokerError(
            f"the broker {instance.name!r} (pid {process.pid}) did not answer in time on {record.host}:{record.port}",
            hint=f"give it longer with --start-timeout, or look into {instance.log_file}",
            details=last_lines(instance.log_file),
        )


def _abort(instance: Instance, *, discard_data: bool) -> None:
    """Leave no process of a start that failed or was interrupted, whatever was recorded of it."""
    end_process(instance, _ABORT_TIMEOUT_SECONDS)
    instance.mark("stopped")
    if discard_data:
        discard_ephemeral_data(instance)
