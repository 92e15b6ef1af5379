"""Kills an install or a build with SIGKILL at random moments, runs it again, and sees that it ends well.

It takes long, so it is no part of `./run-tests`; run it by hand after a change of how things are made or kept:

    python tests/acceptance/kill_and_resume.py install --kills 10 --cache /some/empty/folder
    python tests/acceptance/kill_and_resume.py build --kills 10 --cache /some/folder

With `--finish-each`, each kill is followed by a run that ends; without it, the kills come one after another and the
last run ends. After every kill it also looks for processes that go on, and at the end for folders left behind.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
_ORPHAN_DEADLINE_SECONDS = 15
_PRODUCTS = {"install": ("toolchains", "static-libraries"), "build": ("executables", "launcher")}
_COMMANDS = {"install": ["toolchain", "install"], "build": ["build", "--optimize", "quick"]}


def main() -> int:
    """Run the kills, then the run that must end well."""
    options = _options()
    environment = os.environ | {"NATIVE_KAFKA_CACHE_DIR": str(options.cache)}
    command = [str(ROOT / "kafka-native"), *_COMMANDS[options.what]]
    moments = random.Random(options.seed)  # noqa: S311 - repeatable, not secret
    for number in range(1, options.kills + 1):
        delay = moments.uniform(0.2, options.longest_seconds)
        _kill_after(command, environment, delay, f"{number}/{options.kills}")
        _see_no_orphans(options.cache)
        if options.finish_each:
            _finish(command, environment, options)
            _forget(options)
    _finish(command, environment, options)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(_COMMANDS))
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--longest-seconds", type=float, default=120, help="kills come at 0.2 s to this")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--finish-each", action="store_true")
    return parser.parse_args()


def _kill_after(command: list[str], environment: dict[str, str], delay: float, title: str) -> None:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=delay)
        print(f"{title}: ended by itself with {process.returncode} before {delay:.1f} s", flush=True)
        if process.returncode != 0:
            sys.exit(f"it failed:\n{said}")
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        said = process.communicate()[1]
        print(f"{title}: killed after {delay:.1f} s, at: {said.strip().splitlines()[-1:]}", flush=True)


def _see_no_orphans(cache: Path) -> None:
    deadline = time.monotonic() + _ORPHAN_DEADLINE_SECONDS
    while left := _processes_in(cache):
        if time.monotonic() > deadline:
            sys.exit(f"processes go on after the kill: {left}")
        time.sleep(0.1)


def _processes_in(cache: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if process.pid != os.getpid() and any(word.startswith((f"{cache}/", f"@{cache}/")) for word in words):
            found.append(" ".join(words)[:200])
    return found


def _finish(command: list[str], environment: dict[str, str], options: argparse.Namespace) -> None:
    started = time.monotonic()
    subprocess.run(command, env=environment, check=True, stderr=subprocess.DEVNULL)
    left = [str(path) for product in _PRODUCTS[options.what] for path in (options.cache / product).glob(".*.partial*")]
    if left:
        sys.exit(f"folders are left behind: {left}")
    if options.what == "build":
        _see_it_run(command, environment)
    print(f"ended well after {time.monotonic() - started:.0f} s", flush=True)


def _see_it_run(command: list[str], environment: dict[str, str]) -> None:
    built = subprocess.run([*command, "--json"], env=environment, check=True, stdout=subprocess.PIPE).stdout
    start = ["up", "killtest", "--ephemeral", "--detach", "--executable", json.loads(built)["path"]]
    subprocess.run([command[0], *start], env=environment, check=True, stderr=subprocess.DEVNULL)
    subprocess.run([command[0], "down", "killtest"], env=environment, check=True)


def _forget(options: argparse.Namespace) -> None:
    for product in _PRODUCTS[options.what]:
        shutil.rmtree(options.cache / product, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
