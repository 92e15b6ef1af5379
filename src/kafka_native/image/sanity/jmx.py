"""Reads attributes of a broker's beans over RMI, as monitoring does: with a Java of this machine."""

from __future__ import annotations

from importlib import resources

from kafka_native._system.commands import capture, find_program
from kafka_native.errors import ImageError
from kafka_native.image.sanity.results import NotRunError

__all__ = ["MESSAGES_IN", "find_java", "read_attribute"]

MESSAGES_IN = "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec"
_SECONDS = 60.0


def find_java() -> str:
    """Return a `java` that runs source files (11 or newer).

    Raises:
        NotRunError: When there is none.
    """
    java = find_program("java")
    if java is None:
        raise NotRunError("no java is on the PATH, and JMX is Java's own protocol; install a JDK")
    return java


def read_attribute(java: str, port: int, bean: str, attribute: str) -> str:
    """Return an attribute of a bean as text.

    Args:
        java: The program that `find_java` found.
        port: The JMX port on this machine.
        bean: The bean's name.
        attribute: The attribute's name.

    Raises:
        ImageError: When it cannot be read.
    """
    with resources.as_file(resources.files("kafka_native.image.sanity") / "JmxRead.java") as source:
        result = capture([java, source, str(port), bean, attribute], timeout_seconds=_SECONDS)
    if result.returncode != 0:
        raise ImageError(f"reading {attribute} of {bean} over JMX failed", details=result.stderr)
    return result.stdout.strip()
