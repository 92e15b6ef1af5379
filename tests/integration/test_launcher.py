"""The launcher is compiled against every pinned Kafka version: it uses more than Kafka's public interfaces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kafka_native.distribution import ensure_distribution
from kafka_native.native.launcher import ensure_launcher
from kafka_native.pins import kafka_versions
from kafka_native.settings import load_settings
from kafka_native.toolchain import ensure_toolchain

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kafka_version", kafka_versions())
def test_it_compiles(kafka_version: str, tmp_path: Path) -> None:
    settings = load_settings()
    distribution = ensure_distribution(kafka_version, settings)
    classes = ensure_launcher(distribution, ensure_toolchain(settings).jdk, replace(settings, cache_dir=tmp_path))
    assert (classes / "kafkanative/launcher/Main.class").is_file()
