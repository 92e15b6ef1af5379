"""The distribution's packages that assembling the toolchain needs: told exactly, installed when we may."""

from __future__ import annotations

import os

from kafka_native import reporting
from kafka_native._system.commands import find_program, run
from kafka_native.errors import PrerequisiteError

__all__ = ["COMPILER", "JDK_BUILD", "ensure_packages", "missing_packages"]

COMPILER = {"gcc": "gcc", "/usr/include/zlib.h": "zlib1g-dev", "/usr/include/stdio.h": "libc6-dev"}
"""What native-image itself needs to link: program or file, and the Debian package that has it."""

JDK_BUILD = COMPILER | {
    "g++": "g++",
    "make": "make",
    "autoconf": "autoconf",
    "m4": "m4",
    "zip": "zip",
    "unzip": "unzip",
    "file": "file",
}
"""What building the static JDK libraries needs besides (JDK sources, doc/building.md)."""


def ensure_packages(wanted: dict[str, str]) -> None:
    """Install the packages of which a program or file is missing.

    Args:
        wanted: Program name or absolute path of a file, to the package that has it.

    Raises:
        PrerequisiteError: When they are missing and cannot be installed; it names the exact line to run.
    """
    missing = missing_packages(wanted)
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    rights = _rights()
    if rights is None or not find_program("apt-get"):
        raise PrerequisiteError(
            f"system packages are missing: {', '.join(missing)}; installing them needs root",
            hint=f"run: sudo {line}",
        )
    reporting.current().info(f"installing system packages: {' '.join(missing)}")
    _install(rights, line, missing)


def missing_packages(wanted: dict[str, str]) -> list[str]:
    """Return the names of the packages of which a program or file is not on this machine, sorted."""
    return sorted({package for what, package in wanted.items() if not _is_there(what)})


def _is_there(what: str) -> bool:
    return os.path.exists(what) if what.startswith("/") else find_program(what) is not None  # noqa: PTH110


def _rights() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if find_program("sudo") and run(["sudo", "-n", "true"]).returncode == 0:
        return ["sudo", "-n"]
    return None


def _install(rights: list[str], line: str, missing: list[str]) -> None:
    command = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", *line.split()]
    result = run(command)
    if result.returncode != 0:
        # The package index may be old or not there at all, as in a fresh container.
        run([*rights, "apt-get", "-q", "update"])
        result = run(command)
    if result.returncode != 0:
        raise PrerequisiteError(
            f"installing {', '.join(missing)} failed", hint=f"run: sudo {line}", details=result.tail()
        )
