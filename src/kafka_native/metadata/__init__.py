"""Makes reachability metadata: runs the system tests on a tracing executable and keeps what it recorded."""

from kafka_native.metadata.trace import TITLE, TraceReport, trace

__all__ = ["TITLE", "TraceReport", "trace"]
