"""The script that makes the virtual environment of a clone, on machines that lack something."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

_SCRIPT = Path(__file__).parents[2] / "scripts" / "environment.py"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the script for a clone in which no environment is yet."""
    spec = importlib.util.spec_from_file_location("environment_of_a_clone", _SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    for kind in ("run", "dev"):
        (tmp_path / "requirements" / f"{kind}.txt").write_text(f"{kind}==1\n")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv/bin/python")
    return module


def _failure(module: ModuleType, capsys: pytest.CaptureFixture[str], kind: str = "run") -> str:
    with pytest.raises(SystemExit) as caught:
        module.ensure_environment(kind)
    assert caught.value.code == 3
    return capsys.readouterr().err


def test_a_python_that_is_too_old_is_named(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = SimpleNamespace(
        version_info=(3, 10, 12, "final", 0),
        version="3.10.12 (main)",
        executable="/usr/bin/python3",
        stderr=sys.stderr,
        exit=sys.exit,
    )
    monkeypatch.setattr(environment, "sys", old)
    message = "error: Python 3.11 or newer is needed, and this is 3.10.12 (/usr/bin/python3)\n"
    assert _failure(environment, capsys) == message


def _complete(module: ModuleType, kind: str) -> None:
    module.PYTHON.parent.mkdir(parents=True, exist_ok=True)
    module.PYTHON.unlink(missing_ok=True)
    module.PYTHON.symlink_to(sys.executable)
    (module.VENV / "lib" / f"python3.{sys.version_info.minor}").mkdir(parents=True, exist_ok=True)
    module._stamp(kind).write_text(module._digest(kind))


@pytest.mark.parametrize(
    ("made", "asked", "is_enough"),
    [("run", "run", True), ("dev", "dev", True), ("dev", "run", True), ("run", "dev", False)],
)
def test_a_complete_environment_is_used_as_it_is(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, made: str, asked: str, *, is_enough: bool
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(environment, "_make", calls.append)
    _complete(environment, made)
    assert environment.ensure_environment(asked) == environment.PYTHON
    assert calls == ([] if is_enough else [asked])
    assert (environment.ROOT / ".venv.lock").exists() != is_enough


def test_an_environment_whose_python_became_another_version_is_made_anew(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(environment, "_make", calls.append)
    _complete(environment, "dev")
    upgraded = tmp_path / "python3.99"
    shutil.copy2(sys.executable, upgraded)
    environment.PYTHON.unlink()
    environment.PYTHON.symlink_to(upgraded)
    environment.ensure_environment("dev")
    assert calls == ["dev"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("", "run"),
        ("up --detach", "run"),
        ("systest walk --engine native", "dev"),
        ("systest list", "dev"),
        ("metadata trace --kafka-version 4.3.1", "dev"),
        ("metadata check", "run"),
        ("systest walk --help", "run"),
        ("up systest", "run"),
    ],
)
def test_commands_that_run_tests_need_the_packages_for_development(
    environment: ModuleType, line: str, kind: str
) -> None:
    assert environment.kind_for(line.split()) == kind


def test_other_requirements_and_another_place_make_it_again(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(environment, "_make", calls.append)
    _complete(environment, "run")
    (tmp_path / "requirements/run.txt").write_text("run==2\n")
    environment.ensure_environment("run")
    _complete(environment, "run")
    environment.ensure_environment("run")
    (tmp_path / "moved").mkdir()
    (tmp_path / "requirements").rename(tmp_path / "moved/requirements")
    monkeypatch.setattr(environment, "ROOT", tmp_path / "moved")  # scripts in it name the place where it was made
    environment.ensure_environment("run")
    assert calls == ["run", "run"]


def test_an_environment_whose_python_is_gone_is_made_again(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(environment, "_make", calls.append)
    _complete(environment, "run")
    environment.PYTHON.unlink()
    environment.PYTHON.symlink_to(tmp_path / "python-that-was-removed")
    environment.ensure_environment("run")
    assert calls == ["run"]


def test_what_a_killed_run_left_is_not_complete(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _complete(environment, "dev")
    environment._stamp("dev").write_text("")
    monkeypatch.setattr(environment, "sys", SimpleNamespace(**vars(sys) | {"_base_executable": "/bin/false"}))
    monkeypatch.setattr(environment, "_ensure_venv_module", lambda: None)
    message = _failure(environment, capsys, "dev")
    assert "error: making the virtual environment failed" in message
    assert f"command: /bin/false -m venv --clear {environment.VENV}" in message
    assert not environment._stamp("dev").exists()


@pytest.fixture
def without_venv(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Be on a fresh Debian, where Python comes without ensurepip, as a user who may not install it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", "")
    return environment


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


_PACKAGE = f"python3.{sys.version_info.minor}-venv"
_LINE = f"apt-get install -y --no-install-recommends {_PACKAGE} ca-certificates"


def test_without_the_venv_package_and_rights_the_line_to_run_is_told(
    without_venv: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    message = _failure(without_venv, capsys)
    assert message.splitlines()[-1] == f"error: the system package {_PACKAGE} is missing; run: sudo {_LINE}"
    assert not without_venv.VENV.exists()


def test_a_sudo_that_wants_a_password_is_not_used(
    without_venv: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _program(tmp_path / "bin", "sudo", "exit 1")
    _program(tmp_path / "bin", "apt-get", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert f"run: sudo {_LINE}" in _failure(without_venv, capsys)


def test_with_rights_the_package_is_installed_after_the_index_is_refreshed(
    without_venv: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _program(tmp_path / "bin", "sudo", 'test "$1" = -n && shift; test "$1" = true || exec "$@"')
    _program(tmp_path / "bin", "env", 'shift; exec "$@"')
    _program(
        tmp_path / "bin", "apt-get", f'echo "$@" >> {tmp_path}/calls; test "$2" = update && : > {tmp_path}/index\n'
        f"test -e {tmp_path}/index"
    )  # fmt: skip
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    without_venv._ensure_venv_module()
    install = _LINE.removeprefix("apt-get ")
    assert (tmp_path / "calls").read_text().splitlines() == [install, "-q update", install]


def test_with_ensurepip_nothing_is_installed(environment: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    monkeypatch.setenv("PATH", "")
    environment._ensure_venv_module()
