"""The bench on real brokers, as short as it can be. What it measures decides nothing here, only that it measures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native import bench
from kafka_native.bench.memory import bench_memory
from kafka_native.bench.samples import (
    DockerSample,
    GrowthSample,
    MemorySample,
    SizeSample,
    StartSample,
    ThroughputSample,
    ToolSample,
)
from kafka_native.bench.throughput import Cell, Durations
from kafka_native.cli.main import main
from kafka_native.errors import PrerequisiteError
from kafka_native.image import find_engine

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import NodeSpec
    from kafka_native.image import ContainerEngine
    from kafka_native.settings import Settings


@pytest.fixture
def spec(node_spec: NodeSpec, tmp_path: Path) -> bench.BenchSpec:
    """Return what is measured: only the engine under test, since making others ready takes long."""
    engine = bench.engine_names([node_spec.engine or "native"])
    return bench.BenchSpec(tmp_path / "records", engine, node_spec, allow_busy=True, work_dir=tmp_path)


def _samples(recording: bench.Recording, kind: type[Any]) -> list[Any]:
    found = bench.samples_of(bench.load_recording(recording.path), kind) if recording.path else []
    assert len(found) == len(recording.samples) > 0
    return found


def test_one_start(spec: bench.BenchSpec, own_settings: Settings) -> None:
    (sample,) = _samples(bench.bench_start(spec, own_settings, runs=1), StartSample)
    assert sample.failure is None
    assert 0 < sample.connected <= sample.answered <= sample.leader_known <= sample.acknowledged
    assert list(sample.stages)[-1] == "acknowledged"
    assert {"main", "configured", "formatted", "leader", "registered", "unfenced", "answered"} <= set(sample.stages)


def test_memory_idle_and_under_load(spec: bench.BenchSpec, own_settings: Settings) -> None:
    samples = _samples(bench_memory(spec, own_settings, idle_seconds=1, load_seconds=2), MemorySample)
    assert list(dict.fromkeys(sample.phase for sample in samples)) == ["idle", "load", "after"]
    assert all(10 << 20 < each.rss_anonymous < each.rss <= each.peak_rss for each in samples)


@pytest.mark.parametrize("cell", [Cell(1000, 2), Cell(100, 1, "lz4"), Cell(100_000, 1, "zstd", tls=True)], ids=str)
def test_throughput(cell: Cell, spec: bench.BenchSpec, own_settings: Settings) -> None:
    recording = bench.bench_throughput(spec, own_settings, cells=(cell,), durations=Durations(1, 1))
    samples = _samples(recording, ThroughputSample)
    phases = [(each.phase, each.direction) for each in samples]
    assert phases == [(p, d) for p in ("cold", "warm-up", "warm") for d in ("produce", "consume")]
    assert all(each.record_bytes_moved > 0 for each in samples)
    assert sum(each.broker_cpu_seconds for each in samples) > 0


def test_a_tool(spec: bench.BenchSpec, own_settings: Settings) -> None:
    samples = _samples(bench.bench_tool(spec, own_settings, runs=2), ToolSample)
    assert [each.round for each in samples] == [1, 2]
    assert all(each.seconds > 0 for each in samples)


@pytest.fixture
def container_engine() -> ContainerEngine:
    """Return a container engine that answers, or skip: nothing can be run without one."""
    try:
        return find_engine()
    except PrerequisiteError as error:
        pytest.skip(f"no container engine: {error.message}")


def test_docker_run(spec: bench.BenchSpec, own_settings: Settings, container_engine: ContainerEngine) -> None:
    """It leaves neither container nor image behind. A JVM has its archive, which must fit in the container as well."""
    if spec.engines == ("jvm",):
        spec = replace(spec, engines=("jvm-aot",))
    recording = bench.bench_docker(spec, own_settings, runs=2)
    samples = _samples(recording, DockerSample)
    assert [(each.round, each.failure) for each in samples] == [(1, None), (2, None)]
    assert all(each.exited > 0 for each in samples)
    assert all(0 < each.container_started < each.answered <= each.acknowledged for each in samples)
    left = container_engine.call("ps", "--all", "--quiet", "--filter", "label=kafka-native.bench", doing="looking")
    assert left == ""
    about = recording.header.engines[0]
    images = container_engine.call("image", "ls", "--no-trunc", "--format", "{{.Repository}}", doing="looking")
    assert "kafka-native-bench-" not in images
    assert about.image_id


def test_growth(spec: bench.BenchSpec, own_settings: Settings) -> None:
    recording = bench.bench_growth(spec, own_settings, partitions=(3,), log_gigabytes=(1,))
    assert [(each.kind, each.amount) for each in _samples(recording, GrowthSample)] == [
        ("partitions", 3),
        ("log", 10**9),
    ]


def test_size(spec: bench.BenchSpec, own_settings: Settings) -> None:
    sizes = {each.kind: each.size_bytes for each in _samples(bench.bench_size(spec, own_settings), SizeSample)}
    assert sizes.get("compressed", sizes.get("jars", 0)) > 1 << 20


def test_the_page_of_a_real_recording(
    spec: bench.BenchSpec, own_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.bench_start(spec, own_settings, runs=1)
    assert main(["bench", "report", str(spec.records), "--json"]) == 0
    page = json.loads(capsys.readouterr().out)["page"]
    with open(page, encoding="utf-8") as file:  # noqa: PTH123
        assert "first produce is acknowledged" in file.read()
