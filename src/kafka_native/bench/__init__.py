"""Measures native executables against the JVM: start, memory, throughput, size, growth, tools and containers."""

from kafka_native.bench.docker import bench_docker
from kafka_native.bench.engines import ENGINE_NAMES, EngineName
from kafka_native.bench.growth import LOG_GIGABYTES, PARTITIONS, bench_growth
from kafka_native.bench.markdown import render_markdown
from kafka_native.bench.measuring import DEFAULT_RUNS
from kafka_native.bench.memory import IDLE_SECONDS, LONG_IDLE_SECONDS, bench_memory
from kafka_native.bench.page import PageFiles, newest_recordings, write_page
from kafka_native.bench.records import Recording, find_records, load_recording
from kafka_native.bench.samples import SizeSample
from kafka_native.bench.size import bench_size
from kafka_native.bench.spec import BenchSpec, default_records, engine_names
from kafka_native.bench.start import bench_start
from kafka_native.bench.statistics import Summary
from kafka_native.bench.summary import (
    samples_of,
    summarize_docker,
    summarize_growth,
    summarize_memory,
    summarize_start,
    summarize_throughput,
    summarize_tool,
)
from kafka_native.bench.throughput import FULL, QUICK, bench_throughput
from kafka_native.bench.tool import bench_tool

__all__ = [
    "DEFAULT_RUNS",
    "ENGINE_NAMES",
    "FULL",
    "IDLE_SECONDS",
    "LOG_GIGABYTES",
    "LONG_IDLE_SECONDS",
    "PARTITIONS",
    "QUICK",
    "BenchSpec",
    "EngineName",
    "PageFiles",
    "Recording",
    "SizeSample",
    "Summary",
    "bench_docker",
    "bench_growth",
    "bench_memory",
    "bench_size",
    "bench_start",
    "bench_throughput",
    "bench_tool",
    "default_records",
    "engine_names",
    "find_records",
    "load_recording",
    "newest_recordings",
    "render_markdown",
    "samples_of",
    "summarize_docker",
    "summarize_growth",
    "summarize_memory",
    "summarize_start",
    "summarize_throughput",
    "summarize_tool",
    "write_page",
]
