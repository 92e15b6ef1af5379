"""Makes the virtual environment `.venv` of this clone, with the standard library only: nothing else is there yet.

`./kafka-native` needs the run-time packages, `./run-tests` those for development as well. Both lists are locked with
digests (`requirements/`). A stamp tells that an environment is complete, so that the next start costs one file read.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
_OLDEST = (3, 11)


def ensure_environment(kind: str) -> Path:
    """Return the Python of an environment with all packages in it, making what is missing.

    Args:
        kind: "run" or "dev"; the second includes the first.
    """
    if sys.version_info < _OLDEST:
        _fail(f"Python 3.11 or newer is needed, and this is {sys.version.split()[0]} ({sys.executable})")
    if _is_complete(kind):
        return PYTHON
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel drops it when we die
        if not _is_complete(kind):
            _make(kind)
    return PYTHON


def kind_for(words: list[str]) -> str:
    """Return the kind of environment that a command of `kafka-native` needs.

    Args:
        words: The command line, without the program.
    """
    if {"-h", "--help"} & set(words):
        return "run"
    groups = (["image", "test"], ["metadata", "trace"])
    return "dev" if words[:1] in (["systest"], ["bench"]) or words[:2] in groups else "run"


def _stamp(kind: str) -> Path:
    return VENV / f"complete-{kind}"


def _digest(kind: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{kind}.txt").read_bytes() + str(ROOT).encode()).hexdigest()


def _is_complete(kind: str) -> bool:
    if not os.access(PYTHON, os.X_OK):  # a link to a Python that was removed or moved since
        return False
    version = PYTHON.resolve().name  # python3.12, when that is what the link leads to since an upgrade of the system
    if version.startswith("python3.") and not (VENV / "lib" / version).is_dir():
        return False
    kinds = ("run", "dev") if kind == "run" else ("dev",)
    return any(_stamp(each).is_file() and _stamp(each).read_text() == _digest(each) for each in kinds)


def _make(kind: str) -> None:
    for each in ("run", "dev"):
        _stamp(each).unlink(missing_ok=True)
    _say(f"making the virtual environment {VENV} (half a minute, once)")
    _ensure_venv_module()
    # Not the environment's own Python, which may be the one that runs this.
    python = getattr(sys, "_base_executable", "") or sys.executable
    _run([python, "-m", "venv", "--clear", str(VENV)], "making the virtual environment")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    locked = ROOT / "requirements" / f"{kind}.txt"
    _run([*pip, "install", "--require-hashes", "-r", str(locked)], "installing the Python packages")
    site_packages = next((VENV / "lib").glob("python3*/site-packages"))
    (site_packages / "kafka_native.pth").write_text(f"{ROOT / 'src'}\n")
    # Compiled now, so that even the first command starts fast.
    _run([str(PYTHON), "-m", "compileall", "-q", str(ROOT / "src")], "compiling the Python sources")
    _stamp(kind).write_text(_digest(kind))


def _ensure_venv_module() -> None:
    """Debian keeps `ensurepip` in a package of its own, which a fresh machine lacks."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = f"python3.{sys.version_info.minor}-venv"
    install = ["apt-get", "install", "-y", "--no-install-recommends", package, "ca-certificates"]
    prefix: list[str] | None = [] if os.geteuid() == 0 else ["sudo", "-n"] if _may_sudo() else None
    if prefix is None or not shutil.which("apt-get"):
        _fail(f"the system package {package} is missing; run: sudo {' '.join(install)}")
    _say(f"installing the system package {package}")
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    if subprocess.run([*environment, *install], capture_output=True, check=False).returncode != 0:
        _run([*environment, "apt-get", "-q", "update"], "refreshing the package index")
        _run([*environment, *install], f"installing {package}")


def _may_sudo() -> bool:
    return bool(shutil.which("sudo")) and subprocess.run(["sudo", "-n", "true"], check=False).returncode == 0


def _run(command: list[str], doing: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        _fail(f"{doing} failed:\n{done.stdout.strip()}\ncommand: {' '.join(command)}")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _fail(message: str) -> NoReturn:
    _say(f"error: {message}")
    sys.exit(3)
