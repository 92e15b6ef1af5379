"""The launcher under test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafka_native.broker.engines import resolve_engine
from kafka_native.settings import load_settings

from .launchers import Launcher

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import NodeSpec


@pytest.fixture(scope="session")
def launcher_argv(node_spec: NodeSpec) -> tuple[str, ...]:
    """Return what runs the launcher of the engine under test."""
    argv = resolve_engine(node_spec, load_settings()).argv
    if node_spec.engine == "jvm":
        return argv[0], "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *argv[1:]
    return argv[:1]  # without the heap size that `up` gives, since a container's node has none either


@pytest.fixture
def launcher(launcher_argv: tuple[str, ...], tmp_path: Path) -> Launcher:
    """Return the launcher with folders of this test."""
    return Launcher(launcher_argv, tmp_path)
