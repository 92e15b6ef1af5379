"""Runs Kafka's command-line tools against an instance: which one, and with which command line."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Final, NoReturn

from kafka_native.broker.engines import JVM_OPTIONS, find_engine_command, resolve_engine
from kafka_native.broker.inspection import existing_instance, list_records
from kafka_native.broker.spec import NodeSpec
from kafka_native.errors import BrokerError, PrerequisiteError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kafka_native.broker.instance import InstanceRecord
    from kafka_native.settings import Settings
    from kafka_native.tools import Tool

__all__ = ["execute", "tool_command"]

_NAMES_BROKERS: Final = ("--bootstrap-server", "--bootstrap-servers", "--bootstrap-controller", "--broker-list")
_SHORT: Final = {"cluster": ("-b", "-C")}
"""Short forms of these options; elsewhere the same letters mean something else."""
_ASKS_NOTHING: Final = frozenset({"--help", "-h", "--version"})
_SERVER_START: Final = "server-start"
_CLASS_PATH: Final = "-cp"


def tool_command(tool: Tool, arguments: Sequence[str], settings: Settings, instance: str | None) -> tuple[str, ...]:
    """Return the command line that runs a tool as the user typed it, against an instance when it names no brokers.

    The executable (or the JVM with the jars) is that of the instance; without one, what `up` would run.

    Args:
        tool: The tool.
        arguments: Its arguments.
        settings: Where instances live.
        instance: Which one; the only one that runs when None.

    Raises:
        SettingsError: When there is no such instance, or several run and none is named.
        BrokerError: When it does not run, or none does.
        PrerequisiteError: When help is asked for, for which nothing is built, and there is no executable.
        KafkaNativeError: When there is no executable and none can be built.
    """
    if not _needs_brokers(tool, arguments):
        return (*_any_launcher(tool, arguments, instance, settings), tool.name, *arguments)
    record = _running(instance, settings)
    brokers = (str(tool.brokers_option), f"{record.host}:{record.port}")
    both = (*arguments, *brokers) if tool.option_is_last else (*brokers, *arguments)
    return (*_launcher(record), tool.name, *both)


def execute(argv: Sequence[str]) -> NoReturn:
    """Become another program; this one ends here.

    Raises:
        BrokerError: When it cannot be executed.
    """
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python; what is ignored stays so in the program
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execv(argv[0], list(argv))  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise BrokerError(
            f"{argv[0]} cannot be executed: {error.strerror}", hint="bring the instance down and up again"
        ) from error


def _needs_brokers(tool: Tool, arguments: Sequence[str]) -> bool:
    given = (*_NAMES_BROKERS, *_SHORT.get(tool.name, ()))
    words = {each.partition("=")[0] for each in arguments}
    return tool.brokers_option is not None and not words & {*given, *_ASKS_NOTHING}


def _any_launcher(tool: Tool, arguments: Sequence[str], instance: str | None, settings: Settings) -> tuple[str, ...]:
    """Return what runs a tool that needs no brokers: preferably that of a node that runs, since it is there."""
    running = _all_running(settings)
    if instance is not None or len(running) == 1:
        return _launcher(_running(instance, settings))
    if not _ASKS_NOTHING.intersection(arguments):
        return resolve_engine(NodeSpec(), settings).argv
    if found := find_engine_command(settings):
        return found.argv
    raise PrerequisiteError(
        f"the help of {tool.name} ({tool.summary}) comes from Kafka's own tool in the native executable, "
        "and none is built yet",
        hint="build it first, a quarter of an hour, once: kafka-native build; or name one in NATIVE_KAFKA_EXECUTABLE",
    )


def _all_running(settings: Settings) -> dict[str, InstanceRecord]:
    return {each.name: record for each, record in list_records(settings) if each.process()}


def _running(name: str | None, settings: Settings) -> InstanceRecord:
    if name is not None:
        instance = existing_instance(name, settings)
        record = instance.record()
        if record is None or instance.process() is None:
            raise BrokerError(f"instance {name!r} does not run", hint=f"start it with: kafka-native up {name} --detach")
        return record
    running = _all_running(settings)
    if not running:
        raise BrokerError(
            "no instance runs that the tool could talk to",
            hint="start one with: kafka-native up --detach; or say --bootstrap-server HOST:PORT",
        )
    if len(running) > 1:
        raise SettingsError(f"several instances run: {', '.join(running)}", hint="say which one, with --instance NAME")
    return next(iter(running.values()))


def _launcher(record: InstanceRecord) -> tuple[str, ...]:
    """Return what runs the launcher in the way in which the instance was started, without the options of its broker."""
    if record.executable:
        return (record.executable,)
    java, *options = record.argv[: record.argv.index(_SERVER_START)]
    return (java, *JVM_OPTIONS, *options[options.index(_CLASS_PATH) :])
