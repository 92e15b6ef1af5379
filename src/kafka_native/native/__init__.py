"""Native executables of Kafka: what to build, building it, and finding it again."""

from kafka_native.native.build import (
    describe_plug_ins,
    distribution_of,
    ensure_executable,
    find_executable,
    with_plug_ins,
)
from kafka_native.native.executable import BuildSpec, NativeExecutable
from kafka_native.native.jvm import ensure_jvm_command
from kafka_native.native.recorder import recorder_options
from kafka_native.native.verify import VerifyReport, verify_toolchain

__all__ = [
    "BuildSpec",
    "NativeExecutable",
    "VerifyReport",
    "describe_plug_ins",
    "distribution_of",
    "ensure_executable",
    "ensure_jvm_command",
    "find_executable",
    "recorder_options",
    "verify_toolchain",
    "with_plug_ins",
]
