"""The jars of one Kafka version: pinned ones from a Maven repository, or those of an unpacked release."""

from kafka_native.distribution.maven import ensure_artifacts, repository_url
from kafka_native.distribution.model import Distribution, Jar
from kafka_native.distribution.pinned import ensure_distribution, pinned_digest
from kafka_native.distribution.unpacked import load_distribution

__all__ = [
    "Distribution",
    "Jar",
    "ensure_artifacts",
    "ensure_distribution",
    "load_distribution",
    "pinned_digest",
    "repository_url",
]
