"""Kafka's own command-line tools and Java programs of the tests, on a JDK, against the broker under test."""

from __future__ import annotations

import contextlib
import os
import subprocess
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native._system.files import write_text
from kafka_native.distribution import ensure_distribution
from kafka_native.toolchain import ensure_jdk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from kafka_native.settings import Settings

__all__ = ["JavaTools", "ToolResult", "load_java_tools"]

_TIMEOUT_SECONDS = 120
_QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")


@dataclass(frozen=True)
class ToolResult:
    """What a tool left.

    Args:
        exit_code: Its exit code.
        output: What it wrote to stdout.
        errors: What it wrote to stderr.
    """

    exit_code: int
    output: str
    errors: str


@dataclass(frozen=True)
class JavaTools:
    """Runs the classes of Kafka's tools jar, and programs of one source file.

    Args:
        java: The JDK's `java`.
        class_path: The tools, the clients and what they need.
        folder: Where configuration files may be written.
    """

    java: Path
    class_path: tuple[Path, ...]
    folder: Path

    def config(self, name: str, properties: Mapping[str, str]) -> Path:
        """Write a properties file, such as for `--command-config`, and return its path."""
        path = self.folder / name
        # Backslashes begin an escape in the format of java.util.Properties.
        lines = (f"{key}={value.replace(chr(92), chr(92) * 2)}\n" for key, value in properties.items())
        write_text(path, "".join(lines), mode=0o600)
        return path

    def run(
        self,
        main: str,
        *arguments: str | Path,
        stdin: str = "",
        options: Sequence[str] = (),
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> ToolResult:
        """Run a class, such as `org.apache.kafka.tools.TopicCommand`, or a `.java` file, to its end.

        Args:
            main: The class, or the path of a source file.
            arguments: Its arguments.
            stdin: What it reads.
            options: Options of the JVM, such as `-Djava.security.krb5.conf=...`.
            timeout_seconds: When it is killed.

        Raises:
            subprocess.TimeoutExpired: When it takes longer.
        """
        done = subprocess.run(
            self.argv(main, arguments, options),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )
        return ToolResult(done.returncode, done.stdout, done.stderr)

    def must(self, main: str, *arguments: str | Path, stdin: str = "", options: Sequence[str] = ()) -> str:
        """Run a class that must succeed, and return its output."""
        result = self.run(main, *arguments, stdin=stdin, options=options)
        assert result.exit_code == 0, f"{main} ended with {result.exit_code}:\n{result.output}\n{result.errors}"
        return result.output

    @contextlib.contextmanager
    def running(
        self, main: str, *arguments: str | Path, options: Sequence[str] = ()
    ) -> Iterator[subprocess.Popen[str]]:
        """Run a class, such as a console consumer, while the block runs; its streams are pipes of text."""
        process = subprocess.Popen(
            self.argv(main, arguments, options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            with process:
                yield process
                process.terminate()
        finally:
            process.kill()
            process.wait()

    def has(self, main: str) -> bool:
        """Return whether a class is there."""
        name = f"{main.replace('.', '/')}.class"
        return any(name in zipfile.ZipFile(jar).namelist() for jar in self.class_path)

    def argv(self, main: str, arguments: Sequence[str | Path], options: Sequence[str] = ()) -> list[str]:
        """Return the command line that runs a class."""
        class_path = os.pathsep.join(map(str, self.class_path))
        return [str(self.java), *_QUICK_START, *options, "-cp", class_path, main, *map(str, arguments)]


def load_java_tools(settings: Settings, folder: Path, version: str) -> JavaTools:
    """Return the tools, downloading what is not in the cache."""
    return JavaTools(ensure_jdk(settings).java, ensure_distribution(version, settings).class_path, folder)
