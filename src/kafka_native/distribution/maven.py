"""Brings pinned artifacts from a Maven repository into the cache, laid out as the repository is.

It resolves nothing: which artifacts are needed stands in the lock files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.downloads import Download, fetch_all
from kafka_native._system.files import tag_cache

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kafka_native.pins import PinnedArtifact
    from kafka_native.settings import Settings

__all__ = ["ensure_artifacts", "repository_url"]


def repository_url(settings: Settings) -> str:
    """Return the base URL of the Maven repository to use, without a slash at its end."""
    if settings.maven_url:
        return settings.maven_url.rstrip("/")
    # Imported late: it costs more than a tenth of a second, and most commands download nothing.
    from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415

    return str(MAVEN_CENTRAL_URL).rstrip("/")


def ensure_artifacts(
    artifacts: Iterable[PinnedArtifact], settings: Settings, *, title: str
) -> dict[PinnedArtifact, Path]:
    """Download the artifacts that are not in the cache yet.

    Args:
        artifacts: What to have.
        settings: Where the cache and the repository are.
        title: What the artifacts are together, such as "Apache Kafka 4.3.1"; the title of the step.

    Returns:
        Where each artifact lies.

    Raises:
        FetchError: When one cannot be had, or is not what its digest says.
        PrerequisiteError: When it cannot be written.
    """
    cache = settings.cache_dir / "maven"
    places = {each: cache / each.path for each in artifacts}
    with reporting.current().step(title) as step:
        if not all(path.is_file() for path in places.values()):
            tag_cache(settings.cache_dir)
            fetch_all(
                _downloads(places, repository_url(settings)),
                doing=f"downloading {title}",
                on_progress=lambda done, total: step.advance(done / 1e6, total / 1e6, "MB"),
            )
    return places


def _downloads(places: dict[PinnedArtifact, Path], url: str) -> list[Download]:
    return [Download(f"{url}/{each.path}", path, each.sha256, each.size_bytes) for each, path in places.items()]
