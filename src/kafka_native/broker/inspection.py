"""Tells what instances there are and how they are, without changing anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native.broker.diagnosis import kafka_version_in
from kafka_native.broker.instance import Instance, InstanceRecord, ProcessId
from kafka_native.broker.readiness import ask
from kafka_native.broker.reports import InstanceReport, InstanceState
from kafka_native.errors import PrerequisiteError, SettingsError
from kafka_native.plugins import PlugInSpec

if TYPE_CHECKING:
    from kafka_native.settings import Settings

__all__ = ["describe", "existing_instance", "list_instances", "list_records", "status"]

_ANSWER_TIMEOUT_SECONDS = 1.0


def list_instances(settings: Settings) -> tuple[InstanceReport, ...]:
    """Return all instances, by name."""
    return tuple(describe(instance, record) for instance, record in list_records(settings))


def list_records(settings: Settings) -> tuple[tuple[Instance, InstanceRecord], ...]:
    """Return all instances with what is recorded of them, by name; nothing is asked of their nodes."""
    folder = settings.instances_dir
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    instances = [Instance(each.name, each) for each in found if not each.name.startswith(".")]
    recorded = ((instance, _readable_record(instance)) for instance in instances)
    return tuple((instance, record) for instance, record in recorded if record)


def _readable_record(instance: Instance) -> InstanceRecord | None:
    """Return what is recorded; of another user's instance, which says nothing to us, that it was left out is told."""
    try:
        return instance.record()
    except PrerequisiteError as error:
        reporting.current().warn(f"{error.message}; it is left out")
        return None


def status(name: str, settings: Settings) -> InstanceReport:
    """Return how one instance is.

    Raises:
        SettingsError: When there is none of that name, or its record is damaged.
    """
    instance = existing_instance(name, settings)
    record = instance.record()
    if record is None:
        raise SettingsError(
            f"the record of instance {name!r} in {instance.folder} is damaged",
            hint=f"bring it down and up again: kafka-native down {name}; its data stays",
        )
    return describe(instance, record)


def existing_instance(name: str, settings: Settings) -> Instance:
    """Return an instance that was started at least once.

    Raises:
        SettingsError: When there is none of that name.
    """
    instance = Instance.named(name, settings)
    if not instance.exists():
        names = [report.name for report in list_instances(settings)]
        raise SettingsError(
            f"there is no instance {name!r} in {settings.instances_dir}",
            hint=f"there are: {', '.join(names)}" if names else "start one with kafka-native up",
        )
    return instance


def describe(instance: Instance, record: InstanceRecord) -> InstanceReport:
    """Return how an instance is, from its record, its process and its listener."""
    process = instance.process()
    return InstanceReport(
        name=instance.name,
        state=_state(record, process),
        engine=record.engine,
        bootstrap_servers=f"{record.host}:{record.port}",
        pid=process.pid if process else None,
        kafka_version=record.kafka_version or kafka_version_in(instance.log_file),
        cluster_id=record.cluster_id,
        data_dir=record.data_dir,
        log_file=str(instance.log_file),
        server_properties=str(instance.server_properties),
        executable=record.executable,
        ephemeral=record.ephemeral,
        started_at=record.started_at,
        ready_seconds=record.ready_seconds,
        plug_ins=PlugInSpec.from_json(record.plug_ins).words,
        resident_bytes=_resident_bytes(process.pid) if process else None,
    )


def _state(record: InstanceRecord, process: ProcessId | None) -> InstanceState:
    if process is None:
        return "stopped" if record.phase == "stopped" else "died"
    if record.phase == "stopping":
        return "stopping"
    if ask(record.host, record.port, record.protocol, _ANSWER_TIMEOUT_SECONDS, only_controller=record.only_controller):
        return "running"
    return "starting" if record.phase == "starting" else "not answering"


def _resident_bytes(pid: int) -> int | None:
    """Return VmRSS of a process, proc(5)."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), None)
