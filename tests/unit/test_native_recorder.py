"""The recorder for the JVM engine, as far as no Java is needed; the rest is in tests/integration/test_recorder.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafka_native.errors import PrerequisiteError
from kafka_native.native.recorder import ensure_recorder
from kafka_native.settings import Settings
from kafka_native.toolchain.jdk import Jdk

if TYPE_CHECKING:
    from pathlib import Path


def test_a_jdk_that_is_too_old_is_refused_before_anything_is_compiled(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="needs a JDK 25 or newer") as caught:
        ensure_recorder(Jdk(tmp_path, "21.0.9+10", "Debian"), Settings(tmp_path / "cache", tmp_path / "data"))
    assert "NATIVE_KAFKA_JDK_HOME" in (caught.value.hint or "")
    assert not (tmp_path / "cache").exists()
