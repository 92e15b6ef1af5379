"""What the user wants: a node and its topics. Only values and their checks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from kafka_native.errors import SettingsError
from kafka_native.plugins import PlugInSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kafka_native.config import Profile

__all__ = ["DEFAULT_NAME", "Engine", "NodeSpec", "TopicSpec", "check_name"]

Engine = Literal["native", "jvm"]
"""`native` runs the native executable; `jvm` runs the same jars on a JDK."""

DEFAULT_NAME = "default"

_HIGHEST_PORT = 65535
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_HEAP = re.compile(r"[1-9][0-9]*[kKmMgG]?")
_JAVA_OPTION = re.compile(r"-D[^=]+(=.*)?|-X.+", re.DOTALL)
_TOPIC_HINT = "for example --topic orders, --topic orders:6 or --topic orders:6:1"


@dataclass(frozen=True)
class TopicSpec:
    """A topic to have.

    Args:
        name: Its name.
        partitions: Number of partitions, or None for the broker's `num.partitions`.
        replication_factor: Number of replicas, or None for the broker's default.
    """

    name: str
    partitions: int | None = None
    replication_factor: int | None = None

    def __post_init__(self) -> None:
        # The rule is org.apache.kafka.common.internals.Topic.validate.
        if not _TOPIC_NAME.fullmatch(self.name) or self.name in (".", ".."):
            raise SettingsError(
                f"{self.name!r} cannot be the name of a topic: Kafka allows 1 to 249 letters, digits, '.', '_' and '-'",
                hint=_TOPIC_HINT,
            )

    @classmethod
    def parse(cls, text: str) -> TopicSpec:
        """Read `NAME[:PARTITIONS[:REPLICATION]]`.

        Raises:
            SettingsError: When it is not of that form.
        """
        name, *numbers = text.split(":")
        if len(numbers) > 2 or not all(each.isdecimal() and int(each) > 0 for each in numbers):  # noqa: PLR2004
            raise SettingsError(f"{text!r} is not of the form NAME[:PARTITIONS[:REPLICATION]]", hint=_TOPIC_HINT)
        return cls(name, *(int(each) for each in numbers))


@dataclass(frozen=True)
class NodeSpec:
    """A node to run: broker and controller in one, unless the property `process.roles` says otherwise.

    What is None is chosen by us, or taken as it is on a node that runs already.

    Args:
        name: The instance; its data and log lie in a folder of that name. None is "default" for `up`, and a name of
            its own for `running`.
        engine: `native` (also what None means) or `jvm`.
        host: The address to listen on, 127.0.0.1 when None.
        port: The port of the client listener (of the controller listener when it has no other). None is the port that
            this instance had, else 9092, else a free one; 0 is any free one.
        kafka_version: The version of Kafka.
        kafka_dir: An unpacked Kafka release, whose jars to use.
        executable: A native executable to run, instead of building one.
        properties: Kafka properties; they win over ours.
        topics: Topics to create.
        ephemeral: Whether the data goes away when the node is brought down.
        max_heap: The largest Java heap, such as "1g"; 512m when None.
        plug_ins: Jars beside Kafka's own; those that the instance had, when empty.
        java_options: System properties (`-Dname=value`) and options of the Java run time (`-X...`), in their order.
            Everyone on the machine can read them in the list of processes, so passwords do not belong there.
        cluster_id: The cluster id that the data must have, or gets when it is new.
        allow_unknown_properties: Whether a property that Kafka does not know is fine (a plug-in may read it).
        start_timeout_seconds: How long the node may take until it answers.
        profile: `development`, or `kafka` for Kafka's own defaults; development when None.
    """

    name: str | None = None
    engine: Engine | None = None
    host: str | None = None
    port: int | None = None
    kafka_version: str | None = None
    kafka_dir: Path | None = None
    executable: Path | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[TopicSpec, ...] = ()
    ephemeral: bool = False
    max_heap: str | None = None
    java_options: tuple[str, ...] = ()
    cluster_id: str | None = None
    allow_unknown_properties: bool = False
    start_timeout_seconds: float = 60
    profile: Profile | None = None
    plug_ins: PlugInSpec = field(default_factory=PlugInSpec)

    def __post_init__(self) -> None:
        if self.name is not None:
            check_name(self.name)
        if self.port is not None and not 0 <= self.port <= _HIGHEST_PORT:
            raise SettingsError(f"port {self.port} does not exist", hint="ports are numbers from 1 to 65535")
        if self.host is not None:
            _check_host(self.host)
        if self.max_heap is not None and not _HEAP.fullmatch(self.max_heap):
            raise SettingsError(f"{self.max_heap!r} is not a heap size", hint="for example 512m or 2g")
        if not self.start_timeout_seconds > 0:
            raise SettingsError(
                f"{self.start_timeout_seconds:g} s is no time to start in", hint="for example --start-timeout 60"
            )
        for each in self.java_options:
            _check_java_option(each)
        if self.executable is not None and self.plug_ins:
            raise SettingsError(
                f"to the executable {self.executable} nothing can be added: {' '.join(self.plug_ins.words)}",
                hint="leave out --executable, and one with these plug-ins is built; or leave out the plug-ins",
            )
        if self.executable is not None and self.engine == "jvm":
            raise SettingsError("the JVM engine runs no executable", hint="leave out --engine or --executable")


def check_name(name: str) -> str:
    """Return the name of an instance when it can be a folder's.

    Raises:
        SettingsError: When it cannot.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot be the name of an instance",
            hint="use up to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit",
        )
    return name


def _check_java_option(option: str) -> None:
    if not _JAVA_OPTION.fullmatch(option):
        raise SettingsError(
            f"{option!r} is not an option of the Java run time: it is -Dname=value, or begins with -X",
            hint="for example --java-option=-Dlog4j2.configurationFile=log4j2.yaml",
        )


def _check_host(host: str) -> None:
    if not host or host in ("0.0.0.0", "::", "[::]"):  # noqa: S104 - it is refused here
        raise SettingsError(
            f"--host {host!r} cannot be told to clients, which connect to the address that the broker advertises",
            hint="give one address, or both listeners: --property listeners=PLAINTEXT://0.0.0.0:9092 "
            "--property advertised.listeners=PLAINTEXT://HOST:9092",
        )
