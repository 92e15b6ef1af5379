"""Small recordings of the bench, for tests of what is made from them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from kafka_native.bench.machine import CpuUse, Machine
from kafka_native.bench.records import EngineRecord, Header, Recording
from kafka_native.bench.samples import (
    DockerSample,
    GrowthSample,
    MemorySample,
    SizeSample,
    StartSample,
    ThroughputSample,
    ToolSample,
)

if TYPE_CHECKING:
    from kafka_native.bench.samples import Sample

MIB = 1024 * 1024
MACHINE = Machine("A Processor", 2, 24 << 30, "Linux 6.1", None, 0.1, CpuUse(0.01, 0.0), "boot")
ENGINES = (
    EngineRecord("native", "the native executable", ("/kafka", "server-start"), "4.3.1", "ab" * 32, 100 * MIB),
    EngineRecord("jvm", "the same on a <JDK>", ("/java", "server-start"), "4.3.1"),
)


def header(scenario: str, *, busy: float = 0.01, **options: Any) -> Header:
    machine = Machine(**vars(MACHINE) | {"cpu_use": CpuUse(busy, 0.0)})
    options = {"max_heap": "512m"} | options
    return Header(scenario, "2026-11-26T22:00:00Z", "kafka-native 0.1.0", "0123456789ab", machine, options, ENGINES)


def recording(scenario: str, samples: list[Sample], **options: Any) -> Recording:
    return Recording(header(scenario, **options), tuple(samples))


def starts() -> Recording:
    stages = {"spawned": 0.001, "main": 0.02, "leader": 0.05, "answered": 0.08, "acknowledged": 0.1}
    slow = {name: at * 40 for name, at in stages.items()}
    samples: list[Sample] = []
    for number, seconds in enumerate((0.09, 0.1, 0.12), start=1):
        samples += [
            StartSample("native", number, None, 0.07, 0.08, 0.09, seconds, stages),
            StartSample("jvm", number, None, 2.8, 3.2, 3.6, seconds * 40, slow),
        ]
    samples.append(StartSample("jvm", 4, "the broker ended: it went wrong"))
    return recording("start", samples, runs=4)


def memories() -> Recording:
    def sample(engine: str, at: float, phase: Any, rss: int, peak: int) -> MemorySample:
        return MemorySample(
            engine, 1, at, phase, rss * MIB, rss // 2 * MIB, rss // 2 * MIB, rss * MIB, rss // 2 * MIB, 0, peak * MIB
        )

    samples: list[Sample] = [
        sample(engine, at, phase, rss * times, 150 * times)
        for engine, times in (("native", 1), ("jvm", 3))
        for at, phase, rss in ((1.0, "idle", 70), (60.0, "idle", 80), (90.0, "load", 120), (100.0, "after", 100))
    ]
    return recording("memory", samples, idle_seconds=60.0, load_seconds=30.0, load_bytes_per_second=20e6)


def throughputs() -> Recording:
    samples: list[Sample] = [
        ThroughputSample(engine, 1, 1000, 1, "none", False, phase, direction, 2.0, moved, (moved // 2,) * 2, cpu, 0.5)
        for engine, moved, cpu in (("native", 600_000_000, 1.2), ("jvm", 300_000_000, 1.2))
        for phase in ("cold", "warm-up", "warm")
        for direction in ("produce", "consume")
    ]
    return recording("throughput", samples, measured_seconds=2, warm_up_seconds=2, rounds=1)


def growths() -> Recording:
    points: tuple[tuple[Literal["partitions", "log"], int, float], ...] = (
        ("partitions", 10, 0.2),
        ("partitions", 100, 0.4),
        ("log", 10**9, 2.0),
    )
    samples: list[Sample] = [
        GrowthSample(engine, 1, kind, amount, seconds * times, 90 * MIB * times, 40 * MIB)
        for engine, times in (("native", 1), ("jvm", 4))
        for kind, amount, seconds in points
    ]
    return recording("growth", samples)


def sizes() -> Recording:
    samples: list[Sample] = [
        SizeSample("native", "executable", "file", 100 * MIB),
        SizeSample("native", "executable, gzip -6", "compressed", 30 * MIB),
        SizeSample("native", ".text", "section", 60 * MIB),
        SizeSample("jvm", "jars", "jars", 120 * MIB),
    ]
    return recording("size", samples)


def tools() -> Recording:
    engines = (*ENGINES, EngineRecord("jvm-scripts", "Kafka's scripts", ("/java", "kafka.Kafka"), "4.3.1"))
    samples: list[Sample] = [
        ToolSample(engine, number, seconds * times)
        for engine, times in (("native", 1), ("jvm", 30), ("jvm-scripts", 40))
        for number, seconds in enumerate((0.025, 0.02, 0.03), start=1)
    ]
    about = replace(header("tool", runs=3, tool="topics --list"), engines=engines)
    return Recording(about, tuple(samples))


def containers() -> Recording:
    engines = (ENGINES[0], EngineRecord("jvm-aot", "the JVM with a cache", ("/java", "server-start"), "4.3.1"))
    samples: list[Sample] = [
        DockerSample(engine, number, None, 0.5, 0.4, 0.5 + above - 0.01, 0.5 + above)
        for engine, times in (("native", 1), ("jvm-aot", 10))
        for number, above in enumerate((0.15 * times, 0.1 * times, 0.2 * times), start=1)
    ]
    samples.append(DockerSample("jvm-aot", 4, "docker run ended with 1"))
    about = replace(header("docker", runs=4, container_engine="docker 1, overlay2"), engines=engines)
    return Recording(about, tuple(samples))


def everything() -> dict[str, Recording]:
    made = (starts(), memories(), throughputs(), growths(), tools(), containers(), sizes())
    return {each.header.scenario: each for each in made}
