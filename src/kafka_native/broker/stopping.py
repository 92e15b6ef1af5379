"""Brings a node down: a clean shutdown, a kill after the deadline, and what becomes of its data."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system import files, processes
from kafka_native.broker.inspection import existing_instance
from kafka_native.broker.reports import DownReport
from kafka_native.broker.spawning import exit_status
from kafka_native.broker.spec import DEFAULT_NAME
from kafka_native.errors import BrokerError

if TYPE_CHECKING:
    from kafka_native.broker.instance import Instance
    from kafka_native.settings import Settings

__all__ = ["discard_ephemeral_data", "down", "end_process"]


def down(name: str | None, settings: Settings, *, timeout_seconds: float = 30, delete_data: bool = False) -> DownReport:
    """Stop a node; its data stays, unless it was ephemeral or is to be deleted.

    Args:
        name: The instance, "default" when None.
        settings: Where instances live.
        timeout_seconds: How long a clean shutdown may take before the process is killed.
        delete_data: Whether to delete the instance with all of its data.

    Raises:
        SettingsError: When there is no such instance.
        BrokerError: When the process cannot be stopped.
    """
    instance = existing_instance(name or DEFAULT_NAME, settings)
    was_running = instance.process() is not None
    started = time.monotonic()
    # The first time without the lock, so that a start that hangs can be ended; its starter then gives the lock back.
    clean = end_process(instance, timeout_seconds)
    with instance.lock(f"starting or stopping the broker {instance.name!r}"):
        clean = end_process(instance, timeout_seconds) and clean
        instance.mark("stopped")
        seconds = round(time.monotonic() - started, 3)
        data_deleted = _settle_data(instance, delete_data=delete_data)
    return DownReport(instance.name, was_running, clean, seconds, data_deleted)


def end_process(instance: Instance, timeout_seconds: float) -> bool:
    """End the process of an instance if it has one, and return whether it did so by itself.

    Ctrl-C while it shuts down kills it at once.

    Raises:
        BrokerError: When it belongs to another user, or cannot be killed.
    """
    process = instance.process()
    if process is None:
        return True
    try:
        instance.mark("stopping")
        clean = _stop(process.pid, process.ticks, timeout_seconds)
    except BaseException:
        _stop(process.pid, process.ticks, 0)
        raise
    finally:
        exit_status(process.pid)
    if not clean:
        reporting.current().warn(
            f"the broker {instance.name!r} did not end within {timeout_seconds:g} s and was killed"
        )
    return clean


def _stop(pid: int, ticks: int, timeout_seconds: float) -> bool:
    try:
        clean = processes.stop(pid, ticks, timeout_seconds=timeout_seconds)
    except PermissionError as error:
        raise BrokerError(f"the broker (pid {pid}) belongs to another user", hint="stop it as that user") from error
    if processes.is_alive(pid, ticks):
        raise BrokerError(f"the broker (pid {pid}) does not end, even when killed", hint="is a disk or mount stuck?")
    return clean


def _settle_data(instance: Instance, *, delete_data: bool) -> bool:
    """Delete what is not to be kept, and return whether the data of the last run went."""
    record = instance.record()
    ephemeral = record is not None and record.ephemeral
    if record is not None and (delete_data or ephemeral) and not Path(record.data_dir).is_relative_to(instance.folder):
        reporting.current().warn(f"the data in {record.data_dir} stays: that folder was chosen by a property")
        delete_data = ephemeral = False
    if delete_data or (ephemeral and not instance.data_dir(ephemeral=False).exists()):
        _delete(instance.folder)
    elif ephemeral:
        discard_ephemeral_data(instance)
    return delete_data or ephemeral


def discard_ephemeral_data(instance: Instance) -> None:
    """Delete the ephemeral data of an instance that does not run; nothing else."""
    _delete(instance.data_dir(ephemeral=True))


def _delete(folder: Path) -> None:
    if folder.exists():
        with files.explain_os_errors(f"deleting {folder}", folder):
            shutil.rmtree(folder)
