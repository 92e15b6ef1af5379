"""JMX: how a broker is told to offer it, and a client for what it offers."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..java_tools import JavaTools

__all__ = ["Jmx", "JmxError", "Outcome", "connect", "jmx_options", "jmx_url"]

_CLIENT = Path(__file__).parent / "java" / "JmxClient.java"
_ANSWERS_IN_TIME = "-Dsun.rmi.transport.tcp.responseTimeout=30000"
_HOST = "127.0.0.1"
_JAVA_TYPES = {str: "java.lang.String", bool: "boolean", list: "[Ljava.lang.String;"}


class JmxError(Exception):
    """What a request has come to: the exception of Java with its causes, as text."""


@dataclass(frozen=True)
class Outcome:
    """What reading an attribute has come to.

    Args:
        readable: Whether it has a value.
        value: The value, or the failure as text.
    """

    readable: bool
    value: Any


def jmx_options(port: int, **more: object) -> tuple[str, ...]:
    """Return the Java options of a broker that offers JMX over RMI, to everyone and in plain text.

    Args:
        port: For the registry and the objects alike.
        more: What is different: names behind `com.sun.management.jmxremote.`, with `_` for `.`, and their values.
    """
    given = {"host": _HOST, "port": port, "rmi_port": port, "authenticate": "false", "ssl": "false"} | more
    options = (f"-Dcom.sun.management.jmxremote.{name.replace('_', '.')}={value}" for name, value in given.items())
    return (f"-Djava.rmi.server.hostname={_HOST}", *options)


def jmx_url(port: int) -> str:
    """Return the address of what `jmx_options` offers."""
    return f"service:jmx:rmi:///jndi/rmi://{_HOST}:{port}/jmxrmi"


class Jmx:
    """A connection to the MBean server of a broker.

    Args:
        requests: Where the client program reads.
        answers: Where it writes.
    """

    def __init__(self, requests: IO[str], answers: IO[str]) -> None:
        self._requests = requests
        self._answers = answers

    def beans(self, pattern: str = "*:*") -> list[str]:
        """Return the canonical names of the beans of a pattern."""
        names: list[str] = self.ask("beans", pattern=pattern)
        return names

    def read(self, pattern: str = "*:*") -> dict[str, dict[str, Outcome]]:
        """Read every attribute of the beans of a pattern, one by one."""
        beans: dict[str, dict[str, list[Any]]] = self.ask("read", pattern=pattern)
        return {
            bean: {name: Outcome(*outcome) for name, outcome in attributes.items()}
            for bean, attributes in beans.items()
        }

    def get(self, bean: str, attribute: str) -> Any:
        """Read one attribute."""
        return self.ask("get", bean=bean, attribute=attribute)

    def set(self, bean: str, attribute: str, value: object) -> None:
        """Write one attribute."""
        self.ask("set", bean=bean, attribute=attribute, value=value)

    def invoke(self, bean: str, operation: str, *arguments: str | bool | list[str]) -> Any:
        """Have a bean do something."""
        signature = [_JAVA_TYPES[type(argument)] for argument in arguments]
        return self.ask("invoke", bean=bean, operation=operation, arguments=arguments, signature=signature)

    def ask(self, action: str, **request: object) -> Any:
        """Hand one request to the client program.

        Raises:
            JmxError: When it has failed, there or in the broker.
        """
        self._requests.write(json.dumps({"action": action, **request}) + "\n")
        self._requests.flush()
        answer = json.loads(next(line for line in self._answers if line.startswith("{")))
        if "error" in answer:
            raise JmxError(answer["error"])
        return answer["result"]


@contextlib.contextmanager
def connect(tools: JavaTools, url: str, *, options: Sequence[str] = (), **credentials: str) -> Iterator[Jmx]:
    """Connect to a broker while the block runs.

    Args:
        tools: Run the client program.
        url: The address, see `jmx_url`.
        options: Options of the client's JVM.
        credentials: `user` and `password`, or nothing.

    Raises:
        JmxError: When no connection comes about.
    """
    with tools.running(str(_CLIENT), options=(_ANSWERS_IN_TIME, *options)) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        client = Jmx(process.stdin, process.stdout)
        client.ask("connect", url=url, **credentials)
        yield client
