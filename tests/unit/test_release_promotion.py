"""What a promotion refuses when a registry or a file holds something odd; the rest is seen on a real registry."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native.errors import ImageError, SettingsError
from kafka_native.image.references import parse_reference
from kafka_native.release.promotion import load_test_record, plan_promotion
from kafka_native.release.registry import INDEX_TYPES, MANIFEST_TYPES, Manifest

if TYPE_CHECKING:
    from pathlib import Path


class OddRegistry:
    """Has one document under each name."""

    def __init__(self, content: Any, media_type: str, blob: Any = None) -> None:
        self._manifest = Manifest(json.dumps(content).encode(), media_type)
        self._blob = json.dumps(blob).encode()

    def manifest(self, _repository: str, _reference: str) -> Manifest:
        """Return it, whatever is asked for."""
        return self._manifest

    def blob(self, _repository: str, _digest: str) -> bytes:
        """Return it, whatever is asked for."""
        return self._blob


CONFIG = {"config": {"digest": f"sha256:{hashlib.sha256(b'null').hexdigest()}"}}
ROW = {"digest": "sha256:1", "platform": {"os": "linux", "architecture": "amd64"}}


@pytest.mark.parametrize(
    ("content", "blob", "said"),
    [
        ([], None, "the document should be an object, and is a list"),
        ({}, None, "config is missing"),
        ({"config": 1}, None, "config should be an object, and is a number"),
        (CONFIG, None, "the document should be an object, and is null"),
        (CONFIG, {"os": "linux"}, "architecture is missing"),
    ],
)
def test_what_is_no_image_is_told(content: Any, blob: Any, said: str) -> None:
    _refused(OddRegistry(content, MANIFEST_TYPES[0], blob), said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "manifests is missing"),
        ({"manifests": [{"digest": "sha256:1"}]}, "manifests[0].platform is missing"),
        ({"manifests": [ROW, {**ROW, "digest": None}]}, "manifests[1].digest is missing"),
        ({"manifests": [ROW]}, "config is missing"),  # this registry gives the index once more
    ],
)
def test_what_is_no_index_is_told(content: Any, said: str) -> None:
    _refused(OddRegistry(content, INDEX_TYPES[0]), said)


def _refused(registry: Any, said: str) -> None:
    candidate = parse_reference("registry.example.org/team/kafka:1-rc1")
    with pytest.raises(ImageError) as caught:
        plan_promotion(candidate, registry, tags=("1",), tests=())
    assert "registry.example.org/team/kafka:1-rc1 is no image" in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize("content", ["[]", '"text"', "{", "{}"])
def test_what_is_no_report_of_a_release_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "release.json").write_text(content)
    registry: Any = OddRegistry({}, MANIFEST_TYPES[0])
    with pytest.raises(SettingsError, match="no report of a release"):
        plan_promotion(
            parse_reference("example.org/a:1"), registry, tags=("1",), tests=(), released=tmp_path / "release.json"
        )


@pytest.mark.parametrize(
    "content",
    ["[]", "{", "{}", '{"image_id": "a", "repo_digests": 5}', '{"image_id": ["a"], "repo_digests": []}',
     '{"image_id": "a", "repo_digests": [], "complete": true, "results": [5]}'],
)  # fmt: skip
def test_what_is_no_record_of_a_test_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "test.json").write_text(content)
    with pytest.raises(SettingsError, match="no record of a test"):
        load_test_record(tmp_path / "test.json")
