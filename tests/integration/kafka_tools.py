"""Kafka's command-line tools twice: in the executable under test, and as upstream's scripts run them on a JVM."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from kafka_native._system.files import write_text
from kafka_native.broker.engines import resolve_engine
from kafka_native.tools import load_tools

from .java_tools import ToolResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from .java_tools import JavaTools

__all__ = ["TOOLS", "ToolRunner", "ToolsUnderTest", "UpstreamTools", "finish"]

TOOLS = {tool.name: tool for tool in load_tools()}
_TIMEOUT_SECONDS = 120
_TOOLS_LOG4J2 = """\
Configuration:
  Appenders:
    Console:
      name: STDERR
      target: SYSTEM_ERR
      PatternLayout:
        pattern: "[%d] %p %m (%c)%n"
  Loggers:
    Root:
      level: WARN
      AppenderRef:
        - ref: STDERR
"""
"""What Kafka's config/tools-log4j2.yaml says."""


class ToolRunner(Protocol):
    """Runs tools."""

    def argv(self, tool: str, *arguments: str) -> list[str]:
        """Return what is executed."""


@dataclass(frozen=True)
class ToolsUnderTest:
    """The tools of the executable under test, or of the same launcher on a JVM; they record when brokers do.

    Args:
        spec: What runs brokers.
        settings: Where the cache is.
    """

    spec: NodeSpec
    settings: Settings

    def argv(self, tool: str, *arguments: str) -> list[str]:
        """Return what is executed."""
        command = resolve_engine(replace(self.spec, name=f"tool-{tool}", max_heap="256m"), self.settings)
        return [*command.argv, tool, *arguments]


@dataclass(frozen=True)
class UpstreamTools:
    """The tools as the scripts of a release run them.

    Args:
        java: Runs them.
    """

    java: JavaTools

    def argv(self, tool: str, *arguments: str) -> list[str]:
        """Return what is executed."""
        config = self.java.folder / "tools-log4j2.yaml"
        if not config.is_file():
            write_text(config, _TOOLS_LOG4J2)
        main = next(each for each in TOOLS[tool].main_classes if self.java.has(each))
        # Java 24 and newer would warn of each codec's native code (JEP 472).
        options = (f"-Dlog4j2.configurationFile={config}", "--enable-native-access=ALL-UNNAMED")
        return self.java.argv(main, arguments, options)

    def must(self, tool: str, *arguments: str) -> str:
        """Run a tool that must succeed, and return its output."""
        result = finish(self.argv(tool, *arguments))
        assert result.exit_code == 0, f"{tool} ended with {result.exit_code}:\n{result.output}\n{result.errors}"
        return result.output


def finish(
    argv: list[str],
    *,
    stdin: str = "",
    seconds: float | None = None,
    environment: Mapping[str, str] | None = None,
) -> ToolResult:
    """Run a tool to its end, or interrupt it after so many seconds.

    Raises:
        subprocess.TimeoutExpired: When it does not end.
    """
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    ) as process:
        timer = threading.Timer(seconds or 0, process.send_signal, (signal.SIGTERM,))
        if seconds:
            timer.start()
        try:
            output, errors = process.communicate(stdin, timeout=_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            timer.cancel()
    return ToolResult(process.returncode, output, errors)
