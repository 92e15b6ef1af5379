"""Tiny jars, with class files written byte by byte (JVMS 4.1), so that no test needs a compiler."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["class_file", "write_jar"]

_DATE = (2026, 1, 1, 0, 0, 0)


def class_file(name: str, *, java: int = 17, comment: str = "") -> bytes:
    """Return a public class without members.

    Args:
        name: Its name with slashes.
        java: The Java version that it is for.
        comment: A text that lands in it, to tell two classes of one name apart.
    """

    def utf8(text: str) -> bytes:
        return struct.pack(">BH", 1, len(text.encode())) + text.encode()

    pool = utf8(name) + struct.pack(">BH", 7, 1) + utf8("java/lang/Object") + struct.pack(">BH", 7, 3) + utf8(comment)
    header = struct.pack(">IHHH", 0xCAFEBABE, 0, java + 44, 6)
    return header + pool + struct.pack(">HHHHHHH", 0x21, 2, 4, 0, 0, 0, 0)


def write_jar(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a jar and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    return path
