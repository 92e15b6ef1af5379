"""`image build`: reproducible, within the contract, and refusing what it cannot use."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from typing import TYPE_CHECKING

from kafka_native.image import ContainerEngine, ImageReport, ImageSpec, build_image
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
