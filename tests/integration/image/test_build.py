"""`image build`: reproducible, within the contract, and refusing what it cannot use."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kafka_native.errors import PrerequisiteError, SettingsError
from kafka_native.image import ContainerEngine, ImageReport, ImageSpec, build_image, find_engine, plan_image
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

_CONTENTS = "usr/share/doc/kafka-native/contents.json"


def test_the_engine_has_what_was_built(engine: ContainerEngine, built: ImageReport) -> None:
    found = engine.inspect_image(built.tags[0])
    assert found["Id"] in (built.image_id, built.manifest_digest)
    assert found["Config"]["User"] == "1000"
    assert found["Config"]["Cmd"] == ["/etc/kafka/docker/run"]
    assert found["Config"]["Volumes"] == {"/var/lib/kafka/data": {}, "/tmp": {}}
    assert found["Config"]["Labels"]["org.opencontainers.image.version"] == built.kafka_version


def test_built_again_it_has_the_same_digests(built: ImageReport, image_spec: ImageSpec, tmp_path: Path) -> None:
    archives = [tmp_path / "first.tar", tmp_path / "second.tar"]
    for archive in archives:
        again = build_image(replace(image_spec, load=False, output=archive), load_settings())
        assert (again.image_id, again.manifest_digest) == (built.image_id, built.manifest_digest)
    assert archives[0].read_bytes() == archives[1].read_bytes()


@pytest.fixture
def engine_with_zstd(engine: ContainerEngine) -> ContainerEngine:
    """Return an engine that unpacks zstd, or skip."""
    if engine.unpacks_zstd:
        return engine
    try:
        return find_engine("podman")
    except PrerequisiteError:
        pytest.skip(f"Docker {engine.version} does not unpack zstd, and there is no podman")


@pytest.mark.timeout(300)
def test_with_zstd_it_is_the_same_image_and_smaller(
    engine_with_zstd: ContainerEngine, built: ImageReport, image_spec: ImageSpec
) -> None:
    spec = replace(image_spec, compression="zstd", tags=("kafka-native-test:zstd",), engine=engine_with_zstd.name)
    report = build_image(spec, load_settings())
    try:
        assert report.image_id == built.image_id
        assert report.compressed_bytes < 0.85 * built.compressed_bytes
        assert engine_with_zstd.inspect_image(report.tags[0])["Config"]["User"] == "1000"
    finally:
        engine_with_zstd.try_call("image", "rm", report.tags[0])


def test_an_engine_that_unpacks_no_zstd_is_told_before(engine: ContainerEngine, image_spec: ImageSpec) -> None:
    if engine.unpacks_zstd:
        pytest.skip("this engine does")
    with pytest.raises(SettingsError, match="cannot load an image whose layers are compressed with zstd"):
        plan_image(replace(image_spec, compression="zstd"), load_settings())


def test_every_file_is_accounted_for(built: ImageReport, image_spec: ImageSpec, tmp_path: Path) -> None:
    archive = tmp_path / "image.tar"
    build_image(replace(image_spec, load=False, output=archive), load_settings())
    files, contents = _files_of(archive)
    assert files - {_CONTENTS} == {path.lstrip("/") for path in contents}
    assert all(each["origin"] for each in contents.values())
    assert contents["/opt/kafka/kafka"]["sha256"] == built.executable_sha256


def _files_of(archive: Path) -> tuple[set[str], dict[str, Any]]:
    """Return the names of all files and links in an archive's layers, and the list of contents among them."""
    names: set[str] = set()
    contents: dict[str, Any] = {}
    with tarfile.open(archive) as outer:
        manifest = outer.extractfile("manifest.json")
        assert manifest is not None
        for layer in json.load(manifest)[0]["Layers"]:
            with tarfile.open(fileobj=outer.extractfile(layer)) as tar:
                names |= {member.name for member in tar if not member.isdir()}
                if _CONTENTS in tar.getnames():
                    contents = json.load(tar.extractfile(_CONTENTS) or b"")  # type: ignore[arg-type]
    return names, contents


def test_the_slim_variant_has_no_shell_and_serves(
    engine: ContainerEngine, image_spec: ImageSpec, tmp_path: Path
) -> None:
    slim = build_image(replace(image_spec, variant="slim", tags=("kafka-native-test:slim",)), load_settings())
    shell = engine.try_call("run", "--rm", "--entrypoint", "sh", slim.tags[0], "-c", "true")
    assert shell.returncode != 0
    assert "sh" in shell.stderr
    version = engine.call("run", "--rm", slim.tags[0], "/opt/kafka/kafka", "--version", doing="asking for the version")
    assert slim.kafka_version in version
