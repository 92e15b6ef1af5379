"""Platforms of images, and which of them an executable is for, read from its ELF header (elf(5))."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka_native.errors import ImageError, SettingsError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PLATFORMS", "Platform", "check_executable", "host_platform", "parse_platform"]

_ELF = b"\x7fELF"
_HEADER_BYTES = 20
_EXECUTABLE_TYPES = (2, 3)  # ET_EXEC, and ET_DYN for position-independent ones


@dataclass(frozen=True)
class Platform:
    """A platform that an image can be for.

    Args:
        architecture: As OCI and Docker call it.
        machine: As `uname -m` calls it.
        elf_machine: As an ELF header does (e_machine).
        triplet: As Debian calls its folder of libraries.
        loader: The dynamic loader, as executables name it.
    """

    architecture: str
    machine: str
    elf_machine: int
    triplet: str
    loader: str

    def __str__(self) -> str:
        """Return it as `--platform` takes it."""
        return f"linux/{self.architecture}"


PLATFORMS = (
    Platform("amd64", "x86_64", 62, "x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2"),
    Platform("arm64", "aarch64", 183, "aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"),
)


def host_platform() -> Platform:
    """Return the platform of this machine.

    Raises:
        SettingsError: When images for it are not made.
    """
    machine = os.uname().machine
    found = next((each for each in PLATFORMS if each.machine == machine), None)
    if found is None:
        raise SettingsError(f"images for {machine} are not made", hint=f"choose --platform: {_known()}")
    return found


def parse_platform(text: str) -> Platform:
    """Return the platform of a text such as "linux/arm64" or "arm64".

    Raises:
        SettingsError: When it is another one.
    """
    found = next((each for each in PLATFORMS if text in (str(each), each.architecture, each.machine)), None)
    if found is None:
        raise SettingsError(f"--platform {text}: images for it are not made", hint=f"choose from: {_known()}")
    return found


def _known() -> str:
    return ", ".join(map(str, PLATFORMS))


def check_executable(path: Path, platform: Platform) -> None:
    """See that a file is an executable for a platform.

    Raises:
        ImageError: When it is not.
    """
    doing = f"building an image for {platform}"
    if not path.is_file():
        raise ImageError(f"{doing}: there is no executable {path}", hint="'kafka-native build --output FILE' makes one")
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if not header.startswith(_ELF) or len(header) < _HEADER_BYTES:
        raise ImageError(f"{doing}: {path} is no ELF executable", hint="give the file that 'kafka-native build' made")
    kind, machine = struct.unpack_from("<HH", header, 16)
    if kind not in _EXECUTABLE_TYPES:
        raise ImageError(f"{doing}: {path} is an object file, no executable")
    if machine != platform.elf_machine:
        actual = next((str(each) for each in PLATFORMS if each.elf_machine == machine), f"ELF machine {machine}")
        raise ImageError(
            f"{doing}: the executable {path} is for {actual}",
            hint=f"native-image compiles for the machine that it runs on: run 'kafka-native build' on {platform}, "
            "and give that file as --executable",
        )
