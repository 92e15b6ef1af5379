"""The real Apache Kafka, compiled ahead of time with GraalVM native-image, for local development and tests."""

__version__ = "0.1.0"
