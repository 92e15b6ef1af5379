"""Removes entries of the reachability metadata, chosen at random, and tells who notices: `check`, the gate, nobody.

It takes long (a build, and the feature walk; `--check-only` does without both), so it is no part of `./run-tests`; run
it by hand, in a clone of its own that nobody else uses, since it edits the metadata there and puts it back at the end:

    python tests/acceptance/remove_entries.py --count 30 --seed 1

In the gate executable each look-up of something that is not registered is told in the broker's log, and the broker goes
on (`NATIVE_KAFKA_GATE=warn`), so that one build serves all of the entries. An entry that only `check` misses was
reached while it was recorded, and not in this walk: run more of it (`--pytest`), or ask `metadata explain`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kafka_native import native
from kafka_native.metadata.check import check
from kafka_native.pins import DEFAULT_KAFKA_VERSION
from kafka_native.reachability import FILE_NAME, configs_for
from kafka_native.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
_NAMED = re.compile(r"[\w.$/*-]+(?:\[\])*")


def main() -> int:
    """Remove, check, build, walk, report, and put back."""
    options = _options()
    path = configs_for(DEFAULT_KAFKA_VERSION) / FILE_NAME
    text = path.read_text(encoding="utf-8")
    try:
        removed = _remove(path, random.Random(options.seed), options.count)  # noqa: S311 - repeatable, not secret
        lost = " ".join(check(DEFAULT_KAFKA_VERSION, load_settings()).lost)
        told = set() if options.check_only else _told_by_the_gate(options.pytest)
    finally:
        path.write_text(text, encoding="utf-8")
    unnoticed = [name for name in removed if name not in lost and name not in told]
    for name in removed:
        print(f"{'check' if name in lost else '-':<6} {'gate' if name in told else '-':<5} {name}")
    return len(unnoticed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check-only", action="store_true", help="ask `check` only; takes seconds")
    parser.add_argument("--pytest", nargs=argparse.REMAINDER, default=[], help="arguments for pytest, such as -k sasl")
    return parser.parse_args()


def _remove(path: Path, chance: random.Random, count: int) -> list[str]:
    document: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    places = [(section, entry) for section, entries in document.items() for entry in entries]
    chosen = chance.sample(places, count)
    for section, entry in chosen:
        document[section].remove(entry)
    path.write_text(json.dumps(document), encoding="utf-8")
    return [_name(entry) for _, entry in chosen]


def _name(entry: dict[str, Any]) -> str:
    subject = next(entry[key] for key in ("type", "glob", "bundle", "name") if key in entry)
    return subject if isinstance(subject, str) else json.dumps(subject)


def _told_by_the_gate(arguments: list[str]) -> set[str]:
    """Return every name in a line of a broker or a tool that tells of a missing registration."""
    spec = native.BuildSpec(kafka_version=DEFAULT_KAFKA_VERSION, optimize="quick", gate=True)
    executable = native.ensure_executable(spec, load_settings()).path
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder, "said")
        copying = _copying(executable, Path(folder, "kafka"), said)
        pytest = [sys.executable, "-m", "pytest", "-q", str(ROOT / "tests/integration"), "-m", "feature"]
        environment = os.environ | {"NATIVE_KAFKA_GATE": "warn"}
        subprocess.run([*pytest, "--executable", str(copying), *arguments], env=environment, check=False)
        lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
    told = [line for line in lines if "Registration" in line or "reflectively" in line]
    return {name for line in told for name in _NAMED.findall(line)}


def _copying(executable: Path, script: Path, said: Path) -> Path:
    """Make a program that copies what the executable writes: tests take the logs of their brokers with them."""
    copied = f"> >(tee -a '{said}') 2> >(tee -a '{said}' >&2)"
    script.write_text(f"#!/bin/bash\nexec '{executable}' \"$@\" {copied}\n", encoding="utf-8")
    script.chmod(0o755)
    return script


if __name__ == "__main__":
    sys.exit(main())
