"""Measures native executables against the JVM: start, memory, throughput, size and growth."""

from kafka_native.bench.engines import ENGINE_NAMES, EngineName
from kafka_native.bench.records import Recording, find_records, load_recording
from kafka_native.bench.spec import BenchSpec, default_records, engine_names
from kafka_native.bench.start import DEFAULT_RUNS, bench_start
from kafka_native.bench.summary import StartSummary, summarize_start

__all__ = [
    "DEFAULT_RUNS",
    "ENGINE_NAMES",
    "BenchSpec",
    "EngineName",
    "Recording",
    "StartSummary",
    "bench_start",
    "default_records",
    "engine_names",
    "find_records",
    "load_recording",
    "summarize_start",
]
