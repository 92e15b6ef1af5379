"""Runs a node in the foreground: brings it up, hands over its log lines, and brings it down at the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kafka_native.broker.diagnosis import explain_end
from kafka_native.broker.instance import Instance
from kafka_native.broker.logs import follow_log
from kafka_native.broker.spawning import exit_status, is_child
from kafka_native.broker.spec import DEFAULT_NAME, NodeSpec
from kafka_native.broker.starting import up
from kafka_native.broker.stopping import down

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka_native.broker.reports import UpReport
    from kafka_native.settings import Settings

__all__ = ["attend"]


def attend(
    spec: NodeSpec, settings: Settings, *, on_up: Callable[[UpReport], None], on_line: Callable[[str], None]
) -> UpReport:
    """Bring a node up and stay with it until it is brought down, by another program or by an exception raised here.

    A node that ran before is left alone: this returns as soon as `on_up` does.

    Args:
        spec: What is wanted.
        settings: Where instances and executables live.
        on_up: Called once when the node answers.
        on_line: Called with each line of its log, from the beginning to the last one of its shutdown; by a thread.

    Raises:
        BrokerError: When the broker ended without being asked to.
        KafkaNativeError: As `up` does.
        KeyboardInterrupt: And whatever else interrupts it, after the node was brought down.
    """
    instance = Instance.named(spec.name or DEFAULT_NAME, settings)
    with ThreadPoolExecutor(1) as reader:  # a thread reads on while this one brings the node down
        try:
            report = up(spec, settings)
            on_up(report)
            if not report.already_running:
                reader.submit(_hand_over, instance, on_line).result()
                _see_why_it_ended(instance, report.node.pid)
        except BaseException:
            process = instance.process()
            if process and is_child(process.pid):
                down(instance.name, settings)
            raise
    return report


def _hand_over(instance: Instance, on_line: Callable[[str], None]) -> None:
    process = instance.process()
    for line in follow_log(instance.log_file, lambda: process is not None and process.is_alive()):
        on_line(line)


def _see_why_it_ended(instance: Instance, pid: int | None) -> None:
    record = instance.record()
    if record and record.phase == "ready":
        status = exit_status(pid) if pid else None
        instance.mark("stopped")
        raise explain_end(f"the broker {instance.name!r} ended by itself", instance.log_file, status)
