"""Releases a candidate: uploads images and the index over them, and then gives it its tag.

The tag comes last, so that an interrupted release leaves nothing that anybody sees; what has arrived is not sent again.
"""

from __future__ import annotations

import functools
import io
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kafka_native import __version__, reporting
from kafka_native.errors import ImageError, SettingsError
from kafka_native.release.images import index_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kafka_native.image.references import ImageReference
    from kafka_native.release.images import Blob, ReleasedImage
    from kafka_native.release.registry import Manifest, Registry

__all__ = ["PlatformRecord", "ReleasePlan", "ReleaseReport", "plan_release", "release"]

_CHUNK_BYTES = 1 << 18


@dataclass(frozen=True)
class PlatformRecord:
    """One image of a release.

    Args:
        platform: Such as linux/amd64.
        digest: Of its manifest.
        image_id: Digest of its configuration, by which engines and `image test` know it.
        size_bytes: What a pull transfers.
        source: Where it came from.
    """

    platform: str
    digest: str
    image_id: str
    size_bytes: int
    source: str

    @classmethod
    def of(cls, image: ReleasedImage) -> PlatformRecord:
        """Return the record of an image."""
        return cls(image.platform, image.manifest.digest, image.config.digest, image.size_bytes, image.source)


@dataclass(frozen=True)
class ReleasePlan:
    """What a release would do.

    Args:
        target: The candidate's name.
        images: The images.
        top: What the tag will stand for: the index over several images, or the manifest of the only one.
        replaces: The digest that the tag stands for now, or empty.
        missing: Blobs that the registry does not have yet.
    """

    target: ImageReference
    images: tuple[ReleasedImage, ...] = field(repr=False)
    top: Manifest = field(repr=False)
    replaces: str
    missing: tuple[Blob, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "target": str(self.target),
            "digest": self.top.digest,
            "replaces": self.replaces or None,
            "upload_bytes": sum(blob.size_bytes for blob in self.missing),
            "upload_blobs": len(self.missing),
            "platforms": [asdict(PlatformRecord.of(image)) for image in self.images],
        }


@dataclass(frozen=True)
class ReleaseReport:
    """A candidate that is in a registry.

    Args:
        candidate: Its name with its tag.
        digest: What the tag stands for.
        media_type: Of that: an index or a manifest.
        platforms: Its images.
        uploaded_bytes: What had to be sent.
        released_at: When, ISO 8601, UTC.
        made_by: Version of this project.
    """

    candidate: str
    digest: str
    media_type: str
    platforms: tuple[PlatformRecord, ...]
    uploaded_bytes: int
    released_at: str
    made_by: str

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def plan_release(
    images: tuple[ReleasedImage, ...], target: ImageReference, registry: Registry, *, overwrite: bool = False
) -> ReleasePlan:
    """Look at what is in the registry, changing nothing, and return what a release would do.

    Args:
        images: The images, at most one a platform.
        target: The candidate's name; it must have a tag and no digest.
        registry: The registry of that name.
        overwrite: Whether a tag that stands for something else may be moved.

    Raises:
        SettingsError: When the name has no tag, or two images are for one platform.
        ImageError: When the tag is taken, or the registry refuses.
        FetchError: When the registry cannot be reached.
    """
    if not target.tag or target.digest:
        raise SettingsError(
            f"a release needs a tag and no digest: {target}", hint=f"for instance {target.name}:4.3.1-rc1"
        )
    top = images[0].manifest if len(images) == 1 else index_of(images)
    standing = registry.manifest(target.repository, target.tag)
    if standing and standing.digest != top.digest and not overwrite:
        raise ImageError(
            f"{target} is there already and stands for {standing.digest}; what would be released is {top.digest}",
            hint="choose the next candidate's tag, or add --overwrite",
        )
    blobs = {blob.digest: blob for image in images for blob in image.blobs}
    missing = tuple(blob for blob in blobs.values() if not registry.has_blob(target.repository, blob.digest))
    return ReleasePlan(target, images, top, standing.digest if standing else "", missing)


def release(plan: ReleasePlan, registry: Registry) -> ReleaseReport:
    """Carry out a plan, and see that the registry has what was meant.

    Raises:
        ImageError: When the registry refuses something, or has something else in the end.
        FetchError: When it cannot be reached.
    """
    repository = plan.target.repository
    _upload(plan, registry)
    with reporting.current().step(f"releasing {plan.target}"):
        for image in plan.images:
            registry.put_manifest(repository, image.manifest.digest, image.manifest)
        registry.put_manifest(repository, plan.top.digest, plan.top)
        registry.put_manifest(repository, plan.target.tag, plan.top)
        _verify(plan, registry)
    return ReleaseReport(
        candidate=str(plan.target),
        digest=plan.top.digest,
        media_type=plan.top.media_type,
        platforms=tuple(map(PlatformRecord.of, plan.images)),
        uploaded_bytes=sum(blob.size_bytes for blob in plan.missing),
        released_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=f"kafka-native {__version__}",
    )


def _upload(plan: ReleasePlan, registry: Registry) -> None:
    if not plan.missing:
        return
    total, done = sum(blob.size_bytes for blob in plan.missing), 0
    with reporting.current().step(f"uploading to {plan.target.name}") as step:
        for blob in plan.missing:
            tell = functools.partial(_tell, step, done, total)
            with _ProgressReader(blob.path, tell) as content:
                registry.put_blob(plan.target.repository, blob.digest, content, blob.size_bytes)
            done += blob.size_bytes


def _tell(step: reporting.Step, before: int, total: int, sent: int) -> None:
    step.advance((before + sent) / 1e6, total / 1e6, "MB")


class _ProgressReader(io.BufferedReader):
    """A file that tells how much of it has been read."""

    def __init__(self, path: Path, on_progress: Callable[[int], None]) -> None:
        super().__init__(path.open("rb", buffering=0), _CHUNK_BYTES)
        self._on_progress = on_progress

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on, and tell."""
        data = super().read(size)
        self._on_progress(self.tell())
        return data


def _verify(plan: ReleasePlan, registry: Registry) -> None:
    found = registry.manifest(plan.target.repository, plan.target.tag)
    if found is None or found.digest != plan.top.digest:
        raise ImageError(
            f"{plan.target} stands for {found.digest if found else 'nothing'} after the release of {plan.top.digest}",
            hint="somebody else may have moved the tag at the same time; look, and release again",
        )
