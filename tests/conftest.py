"""Options and marks of all tests. The options choose what the integration tests run on."""

from __future__ import annotations

import hashlib
import io
import json
import signal
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MARKS = {
    "feature(area, name)": "a row of the feature walk: what of Kafka the test is about; recorded from as `trace` is",
    "trace": "exercises the broker so that reachability metadata can be recorded from it",
    "native": "is about the native executable, and skipped on another engine",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what integration tests run on: one engine and one Kafka version a run."""
    group = parser.getgroup("kafka-native", "what the integration tests run on")
    group.addoption("--engine", choices=("native", "jvm"), default="native", help="what runs the broker")
    group.addoption("--kafka-version", help="the version of Kafka (default: the one that is built by default)")
    group.addoption("--executable", type=Path, help="a native executable to test, instead of building one")
    group.addoption("--cycles", type=int, help="cycles of up, produce, consume, down (default: native 50, jvm 5)")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks."""
    for name, meaning in _MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    _hear_signals()


def _hear_signals() -> None:
    """Undo what `nohup` and a script's `&` do: children would inherit that they ignore Ctrl-C and a hangup."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def make_image(tmp_path: Path) -> Callable[..., Path]:
    """Return what makes image archives by hand, as `docker save` writes them.

    It takes a name and layers, each of which maps paths to contents, or to texts where links lead.
    """

    def make(name: str, *layers: Mapping[str, bytes | str], architecture: str = "amd64") -> Path:
        packed = [_layer(each) for each in layers]
        diff_ids = [f"sha256:{hashlib.sha256(each).hexdigest()}" for each in packed]
        settings = {"os": "linux", "architecture": architecture, "created": "2026-01-02T03:04:05Z"}
        config = json.dumps(settings | {"rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
        parts = {f"{number}/layer.tar": each for number, each in enumerate(packed)}
        row = {"Config": "config.json", "RepoTags": [name], "Layers": list(parts)}
        path = tmp_path / f"{name}.tar"
        path.write_bytes(_layer(parts | {"config.json": config, "manifest.json": json.dumps([row]).encode()}))
        return path

    return make


def _layer(files: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
