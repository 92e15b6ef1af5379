"""Native executables of Kafka: what to build, building it, and finding it again."""

from kafka_native.native.build import ensure_executable, find_executable
from kafka_native.native.executable import BuildSpec, NativeExecutable
from kafka_native.native.jvm import ensure_jvm_command
from kafka_native.native.recorder import recorder_options
from kafka_native.native.verify import VerifyReport, verify_toolchain

__all__ = [
    "BuildSpec",
    "NativeExecutable",
    "VerifyReport",
    "ensure_executable",
    "ensure_jvm_command",
    "find_executable",
    "recorder_options",
    "verify_toolchain",
]
