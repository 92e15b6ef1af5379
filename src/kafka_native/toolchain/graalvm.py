"""The first provider: a GraalVM 25 that the user has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native._system.commands import find_program
from kafka_native.errors import SettingsError
from kafka_native.toolchain.jdk import Jdk, load_jdk
from kafka_native.toolchain.options import NativeImageOptions, render_driver_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["GraalvmToolchain", "find_graalvm"]

_FEATURE = 25


@dataclass(frozen=True)
class GraalvmToolchain:
    """A GraalVM installation.

    Args:
        jdk: The JDK that it is.
    """

    jdk: Jdk
    provider: str = "graalvm"

    @property
    def identity(self) -> str:
        """What the executables that it makes depend on."""
        return f"graalvm {self.jdk.version} {self.jdk.vendor}"

    def command(self, options: NativeImageOptions, work_dir: Path) -> tuple[list[str], dict[str, str]]:
        """Return the command that compiles, and its environment."""
        argument_file = work_dir / "native-image.args"
        argument_file.write_text("\n".join(map(_quoted, render_driver_arguments(options))), encoding="utf-8")
        # The executable's encodings are those of the builder, and its failures are known in English.
        return [str(self.jdk.home / "bin/native-image"), f"@{argument_file}"], os.environ | {"LC_ALL": "C.UTF-8"}


def _quoted(argument: str) -> str:
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'


def find_graalvm(environment: Mapping[str, str] = os.environ) -> GraalvmToolchain | None:
    """Return the GraalVM 25 that the user points to, or None.

    Args:
        environment: `GRAALVM_HOME`, `JAVA_HOME` and `PATH` are looked at, in this order.

    Raises:
        SettingsError: When `GRAALVM_HOME` is set but holds no GraalVM 25 with native-image.
    """
    explicit = environment.get("GRAALVM_HOME")
    for home in _candidates(environment):
        jdk = load_jdk(home)
        if jdk and jdk.feature == _FEATURE and (home / "bin/native-image").exists():
            return GraalvmToolchain(jdk)
        if explicit:
            what = f"JDK {jdk.version}" if jdk else "no JDK"
            raise SettingsError(
                f"GRAALVM_HOME is {explicit}, but {what} is there, and a GraalVM 25 with bin/native-image is needed",
                hint="point GRAALVM_HOME to a GraalVM 25, or unset it: a toolchain is then assembled",
            )
    return None


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    for name in ("GRAALVM_HOME", "JAVA_HOME"):
        if value := environment.get(name):
            yield Path(value)
    if program := find_program("native-image", environment):
        yield Path(program).resolve().parent.parent
