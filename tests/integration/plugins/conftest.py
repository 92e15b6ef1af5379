"""Nodes with the sample plug-ins and all presets: one executable with all of them, or the same jars on the JVM."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kafka_native.broker import NodeSpec
from kafka_native.native import BuildSpec, ensure_executable, with_plug_ins
from kafka_native.plugins import PlugInSpec
from kafka_native.settings import load_settings

from .sample_jar import compile_sample

if TYPE_CHECKING:
    from pathlib import Path

PRESETS = ("prometheus", "strimzi-oauth")


@pytest.fixture(scope="session")
def sample_jar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the jar with the sample plug-ins."""
    return compile_sample(tmp_path_factory.mktemp("sample"), load_settings())


@pytest.fixture(scope="session")
def plugged(pytestconfig: pytest.Config, sample_jar: Path) -> NodeSpec:
    """Return a node that has the sample plug-ins and the presets; natively it is built quickly, once for all tests."""
    wanted = PlugInSpec(jars=(sample_jar,), presets=PRESETS)
    if pytestconfig.option.engine == "jvm":
        return NodeSpec(engine="jvm", plug_ins=replace(wanted))
    settings = load_settings()
    spec = with_plug_ins(BuildSpec(optimize="quick"), wanted, settings)
    return NodeSpec(executable=ensure_executable(spec, settings).path)
