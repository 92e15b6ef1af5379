"""Gives a tested candidate its final tags. Nothing is built or uploaded: the tags stand for the very same digest."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kafka_native import __version__, reporting
from kafka_native._system.files import read_json
from kafka_native.errors import ImageError, SettingsError
from kafka_native.release.documents import Shape, read_document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kafka_native.image.references import ImageReference
    from kafka_native.release.registry import Manifest, Registry

__all__ = ["PromotionPlan", "PromotionReport", "TestRecord", "load_test_record", "plan_promotion", "promote"]

# https://github.com/opencontainers/image-spec: image-index.md, manifest.md and config.md
_PLATFORM: Final[Shape] = {"os!": str, "architecture!": str}
_INDEX: Final[Shape] = {"manifests!": [{"digest!": str, "platform!": _PLATFORM}]}
_MANIFEST: Final[Shape] = {"config!": {"digest!": str}}


@dataclass(frozen=True)
class TestRecord:
    """What `image test` left of a test.

    Args:
        path: The file.
        digests: What was tested: the id of an image, and the digests of its manifest that the engine knew.
        failure: Why it is no proof: what failed, or that not all was run; empty when all is well.
    """

    __test__ = False  # no test class, whatever pytest thinks

    path: Path
    digests: frozenset[str]
    failure: str


@dataclass(frozen=True)
class Tag:
    """A final tag.

    Args:
        reference: Its name.
        now: The digest that it stands for now, or empty.
        may_move: Whether it is one that moves from release to release, such as latest.
    """

    reference: ImageReference
    now: str
    may_move: bool


@dataclass(frozen=True)
class PromotionPlan:
    """What a promotion would do.

    Args:
        candidate: The candidate, with its digest.
        manifest: What the tags will stand for.
        tags: The tags.
        tested: The digest of each image that was tested, by platform.
    """

    candidate: ImageReference
    manifest: Manifest = field(repr=False)
    tags: tuple[Tag, ...]
    tested: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        tags = [{"tag": str(each.reference), "now": each.now or None} for each in self.tags]
        return {"candidate": str(self.candidate), "digest": self.manifest.digest, "tags": tags, "tested": self.tested}


@dataclass(frozen=True)
class PromotionReport:
    """A candidate that has its final tags.

    Args:
        candidate: The candidate, with its digest.
        digest: What all tags stand for.
        tags: The names.
        tested: The digest of each image that was tested, by platform.
        promoted_at: When, ISO 8601, UTC.
        made_by: Version of this project.
    """

    candidate: str
    digest: str
    tags: tuple[str, ...]
    tested: dict[str, str]
    promoted_at: str
    made_by: str

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def load_test_record(path: Path) -> TestRecord:
    """Return the record that `image test` has written.

    Raises:
        SettingsError: When it is missing or is none.
    """
    found = read_json(path)
    try:
        digests = frozenset([found["image_id"], *(each.rpartition("@")[2] for each in found["repo_digests"])])
        return TestRecord(path, digests, _failure(found["results"], complete=found["complete"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{path} is no record of a test of an image", hint="give the JSON file that kafka-native image test wrote"
        ) from error


def _failure(results: Sequence[dict[str, str]], *, complete: bool) -> str:
    failed = [f"{each['area']}: {each['name']}" for each in results if each["outcome"] == "failed"]
    if failed:
        return f"failed: {', '.join(failed)}"
    if not complete or not any(each["outcome"] == "passed" for each in results):
        return "only a part of the tests was run"
    return ""


def plan_promotion(
    candidate: ImageReference,
    registry: Registry,
    *,
    tags: Sequence[str],
    moving_tags: Sequence[str] = (),
    tests: Sequence[TestRecord],
    released: Path | None = None,
) -> PromotionPlan:
    """See that a candidate may be promoted, changing nothing, and return what a promotion would do.

    Args:
        candidate: Its name with a tag, a digest or both; with both, the tag must still stand for the digest.
        registry: Its registry.
        tags: Final tags that are given once, such as 4.3.1.
        moving_tags: Tags that move from release to release, such as latest.
        tests: Records of tests; each image of the candidate must be in one that passed.
        released: The report of the candidate's release, whose digest must be the one that is in the registry.

    Raises:
        SettingsError: When there are no tags, or the release's report cannot be read.
        ImageError: When the candidate is not there, was not tested, failed, has changed, or a tag is taken.
        FetchError: When the registry cannot be reached.
    """
    if not tags and not moving_tags:
        raise SettingsError("a promotion needs a tag to give", hint="add --tag 4.3.1, and perhaps --moving-tag latest")
    manifest = _standing(candidate, registry, released)
    tested = _tested(candidate, manifest, registry, tests)
    wanted = [(each, False) for each in tags] + [(each, True) for each in moving_tags]
    found = tuple(_tag(candidate, name, registry, may_move=may_move) for name, may_move in wanted)
    for each in found:
        if each.now not in ("", manifest.digest) and not each.may_move:
            raise ImageError(
                f"{each.reference} was given already and stands for {each.now}, not for {manifest.digest}",
                hint="a released version stays what it is: choose another tag, or --moving-tag for one like latest",
            )
    named = type(candidate)(candidate.registry, candidate.repository, candidate.tag, manifest.digest)
    return PromotionPlan(named, manifest, found, tested)


def promote(plan: PromotionPlan, registry: Registry) -> PromotionReport:
    """Carry out a plan, and see that each tag stands for the digest.

    Raises:
        ImageError: When the registry refuses, or a tag stands for something else in the end.
        FetchError: When it cannot be reached.
    """
    for each in plan.tags:
        with reporting.current().step(f"promoting to {each.reference}"):
            registry.put_manifest(each.reference.repository, each.reference.tag, plan.manifest)
            found = registry.manifest(each.reference.repository, each.reference.tag)
            if found is None or found.digest != plan.manifest.digest:
                raise ImageError(f"{each.reference} does not stand for {plan.manifest.digest} after the promotion")
    return PromotionReport(
        candidate=str(plan.candidate),
        digest=plan.manifest.digest,
        tags=tuple(str(each.reference) for each in plan.tags),
        tested=plan.tested,
        promoted_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=f"kafka-native {__version__}",
    )


def _standing(candidate: ImageReference, registry: Registry, released: Path | None) -> Manifest:
    """Return what the candidate's name stands for, after seeing that it is what it was."""
    found = registry.manifest(candidate.repository, candidate.tag or candidate.digest or "latest")
    if found is None:
        raise ImageError(f"there is no {candidate}", hint="release it first: kafka-native image release")
    report = read_json(released) if released else None
    if released and not (isinstance(report, dict) and report.get("digest")):
        raise SettingsError(f"{released} is no report of a release", hint="give the release.json of image release")
    for expected in filter(None, (candidate.digest, report and report["digest"])):
        if expected != found.digest:
            raise ImageError(
                f"{candidate} has changed: it stands for {found.digest}, and what was released is {expected}",
                hint="find out who moved the tag; then release and test a new candidate",
            )
    return found


def _tested(
    candidate: ImageReference, manifest: Manifest, registry: Registry, tests: Sequence[TestRecord]
) -> dict[str, str]:
    """Return the digest of each image that was tested, by platform, after seeing that all were, and passed."""
    found = {}
    for platform, names in _images(candidate, manifest, registry):
        about = [(name, each) for name in names for each in tests if name in each.digests]
        if not about:
            raise ImageError(
                f"{candidate} is not promoted: its image for {platform} ({names[0]}) was not tested",
                details="\n".join(f"{each.path}: a test of {', '.join(sorted(each.digests))}" for each in tests)
                or None,
                hint="run kafka-native image test on it, and give the record with --tested",
            )
        if bad := next((each for _, each in about if each.failure), None):
            raise ImageError(
                f"{candidate} is not promoted: its image for {platform} has not passed: {bad.failure} ({bad.path})",
                hint="mend what failed, and release and test a new candidate",
            )
        found[platform] = about[0][0]
    return found


def _images(candidate: ImageReference, manifest: Manifest, registry: Registry) -> list[tuple[str, tuple[str, str]]]:
    """Return the platform of each image of a candidate, with the two digests that it may be known by."""
    if not manifest.is_index:
        image_id = _image_id(candidate, manifest)
        named = _read(candidate, image_id, registry.blob(candidate.repository, image_id), _PLATFORM)
        return [(f"{named['os']}/{named['architecture']}", (image_id, manifest.digest))]
    rows = []
    for row in _read(candidate, manifest.digest, manifest.content, _INDEX)["manifests"]:
        inner = registry.manifest(candidate.repository, row["digest"])
        if inner is None:
            raise ImageError(f"{candidate} lists {row['digest']}, which is not in the registry")
        platform = f"{row['platform']['os']}/{row['platform']['architecture']}"
        rows.append((platform, (_image_id(candidate, inner), inner.digest)))
    return rows


def _image_id(candidate: ImageReference, manifest: Manifest) -> str:
    return str(_read(candidate, manifest.digest, manifest.content, _MANIFEST)["config"]["digest"])


def _read(candidate: ImageReference, digest: str, content: bytes, shape: Shape) -> dict[str, Any]:
    try:
        found: dict[str, Any] = read_document(content, shape)
    except ValueError as error:
        raise ImageError(
            f"{candidate} is no image that can be promoted: in its part {digest}, {error}",
            hint="release it with: kafka-native image release",
        ) from error
    return found


def _tag(candidate: ImageReference, name: str, registry: Registry, *, may_move: bool) -> Tag:
    reference = candidate.tagged(name)
    standing = registry.manifest(reference.repository, reference.tag)
    return Tag(reference, standing.digest if standing else "", may_move)
