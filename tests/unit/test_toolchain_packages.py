"""System packages that are missing: told exactly, and installed when we may."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from kafka_native.errors import PrerequisiteError
from kafka_native.toolchain.system_packages import COMPILER, JDK_BUILD, ensure_packages, missing_packages

if TYPE_CHECKING:
    from pathlib import Path

_WANTED = {"gcc": "gcc", "g++": "g++", "/nowhere/zlib.h": "zlib1g-dev", "/": "base-files"}
_LINE = "apt-get install -y --no-install-recommends g++ gcc zlib1g-dev"


class Programs:
    """A folder that is the whole `PATH`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.add("env", 'test "$1" = DEBIAN_FRONTEND=noninteractive && shift; exec "$@"')

    def add(self, name: str, script: str) -> None:
        """Put a shell script there."""
        (self.folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / name).chmod(0o755)

    def calls(self) -> list[str]:
        """Return what apt-get was told."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Be a user without rights on a machine without programs."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return Programs(tmp_path / "bin")


def test_nothing_is_missing_when_all_is_there(programs: Programs) -> None:
    programs.add("gcc", "")
    ensure_packages({"gcc": "gcc", "/": "base-files"})
    assert missing_packages(_WANTED) == ["g++", "zlib1g-dev"]


def test_what_building_needs_is_told_at_once(programs: Programs) -> None:
    assert {"gcc"} <= set(missing_packages(COMPILER)) <= {"gcc", "zlib1g-dev", "libc6-dev"}
    assert {"autoconf", "file", "g++", "gcc", "m4", "make", "unzip", "zip"} <= set(missing_packages(JDK_BUILD))


@pytest.mark.parametrize("sudo", [None, "echo 'sudo: a password is required'; exit 1"])
def test_a_user_without_rights_is_told_the_line_to_run(programs: Programs, sudo: str | None) -> None:
    programs.add("apt-get", "exit 1")
    if sudo:
        programs.add("sudo", sudo)
    with pytest.raises(PrerequisiteError) as caught:
        ensure_packages(_WANTED)
    assert str(caught.value) == "system packages are missing: g++, gcc, zlib1g-dev; installing them needs root"
    assert caught.value.hint == f"run: sudo {_LINE}"


def test_root_without_apt_is_told_too(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(PrerequisiteError, match="system packages are missing: gcc") as caught:
        ensure_packages({"gcc": "gcc"})
    assert caught.value.hint == "run: sudo apt-get install -y --no-install-recommends gcc"


def test_root_installs(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    programs.add("apt-get", f'echo "$@" >> {programs.folder}/calls')
    ensure_packages(_WANTED)
    assert programs.calls() == [_LINE.removeprefix("apt-get ")]


def test_sudo_installs_after_the_index_is_refreshed(programs: Programs) -> None:
    programs.add("sudo", 'test "$1" = -n || exit 1; shift; test "$1" = true || exec "$@"')
    programs.add(
        "apt-get",
        'cd "${0%/*}"; echo "$@" >> calls; test "$2" = update && : > index; test -e index',
    )
    ensure_packages(_WANTED)
    install = _LINE.removeprefix("apt-get ")
    assert programs.calls() == [install, "-q update", install]


def test_an_installation_that_fails_shows_why(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    programs.add("apt-get", "echo 'E: Unable to locate package gcc'; exit 100")
    with pytest.raises(PrerequisiteError, match="installing gcc failed") as caught:
        ensure_packages({"gcc": "gcc"})
    assert caught.value.hint == "run: sudo apt-get install -y --no-install-recommends gcc"
    assert caught.value.details == "E: Unable to locate package gcc"
