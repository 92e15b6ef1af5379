"""The distribution of a pinned Kafka version: its digest without any work, and its jars from the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native import pins
from kafka_native.distribution.maven import ensure_artifacts
from kafka_native.distribution.model import Distribution, Jar, digest_of_jars

if TYPE_CHECKING:
    from kafka_native.settings import Settings

__all__ = ["ensure_distribution", "pinned_digest"]


def pinned_digest(kafka_version: str) -> str:
    """Return the digest that `ensure_distribution` will give, reading only the lock file.

    Raises:
        SettingsError: When the version is not pinned.
    """
    artifacts = pins.load_kafka_lock(kafka_version)
    return digest_of_jars(kafka_version, ((each.file_name, each.sha256) for each in artifacts))


def ensure_distribution(kafka_version: str, settings: Settings) -> Distribution:
    """Return the jars of a pinned Kafka version, downloading those that are not in the cache.

    Args:
        kafka_version: One of `pins.kafka_versions()`.
        settings: Where the cache and the Maven repository are.

    Raises:
        SettingsError: When the version is not pinned.
        FetchError: When a jar cannot be had, or is not what its digest says.
    """
    artifacts = pins.load_kafka_lock(kafka_version)
    places = ensure_artifacts(artifacts, settings, title=f"Apache Kafka {kafka_version}")
    return Distribution.of(kafka_version, (Jar(path, each.sha256, each.file_name) for each, path in places.items()))
