"""Images from archives and layouts, their files, and the bills of materials of what is in them."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from kafka_native import pins
from kafka_native.cli.main import main
from kafka_native.distribution import pinned_digest
from kafka_native.errors import ImageError, SettingsError
from kafka_native.release.file_tree import extract, files_of
from kafka_native.release.images import ReleasedImage, index_of, load_images
from kafka_native.release.inventory import inventory_of_executable, inventory_of_image
from kafka_native.release.sbom import render_sbom
from kafka_native.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeImage = Callable[..., Path]

EXECUTABLE = b"\x7fELF inflate 1.2.13 Copyright 1995-2022 Mark Adler" + bytes(1 << 20)
CONTENTS = "usr/share/doc/kafka-native/contents.json"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def only(path: Path, work_dir: Path) -> ReleasedImage:
    (image,) = load_images(str(path), work_dir)
    return image


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")


@pytest.fixture
def report() -> dict[str, Any]:
    """Return the report of a build whose executable is `EXECUTABLE`."""
    return {
        "kafka_version": "4.3.1",
        "made_by": "kafka-native 0.1.0",
        "built_at": "2026-05-06T07:08:09+00:00",
        "executable_sha256": sha256(EXECUTABLE),
        "inputs": {"distribution": pinned_digest("4.3.1")},
        "toolchain": {"provider": "assembled", "jdk": "25.0.3+9 (Debian)"},
    }


def cache(settings: Settings, report: dict[str, Any]) -> None:
    folder = settings.cache_dir / "executables" / "key"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(report))


def test_the_same_image_has_the_same_digest(make_image: MakeImage, tmp_path: Path) -> None:
    archive = make_image("same", {"a": b"1", "b": b"2"}, {"c": b"3"})
    first, second = (only(archive, tmp_path / name) for name in ("one", "two"))
    assert first.manifest.digest == second.manifest.digest
    assert first.platform == "linux/amd64"
    assert [layer["size"] for layer in first.manifest.parsed()["layers"]] == [
        layer.path.stat().st_size for layer in first.layers
    ]


def write_layout(image: ReleasedImage, folder: Path) -> Path:
    """Write an image as an OCI layout."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for blob in image.blobs:
        (blobs / blob.digest.removeprefix("sha256:")).write_bytes(blob.path.read_bytes())
    (blobs / image.manifest.digest.removeprefix("sha256:")).write_bytes(image.manifest.content)
    row = {"mediaType": image.manifest.media_type, "digest": image.manifest.digest, "size": 1}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [row, row]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return folder


def test_a_layout_keeps_its_digest_as_a_folder_and_as_an_archive(make_image: MakeImage, tmp_path: Path) -> None:
    image = only(make_image("layout", {"a": b"1"}), tmp_path / "one")
    layout = write_layout(image, tmp_path / "layout")
    with tarfile.open(tmp_path / "layout.tar", "w") as archive:
        archive.add(layout, ".")
    for number, source in enumerate((layout, tmp_path / "layout.tar")):
        assert only(source, tmp_path / f"again-{number}").manifest == image.manifest


def test_a_blob_that_is_not_its_digest_is_refused(make_image: MakeImage, tmp_path: Path) -> None:
    image = only(make_image("broken", {"a": b"1"}), tmp_path / "one")
    layout = write_layout(image, tmp_path / "layout")
    (layout / "blobs" / "sha256" / image.layers[0].digest.removeprefix("sha256:")).write_bytes(b"other")
    with pytest.raises(ImageError, match="its manifest says"):
        load_images(str(layout), tmp_path / "two")


def test_a_layer_that_is_not_its_diff_id_is_refused(make_image: MakeImage, tmp_path: Path) -> None:
    archive = make_image("broken", {"a": b"1"})
    content = archive.read_bytes()
    marker = content.index(b'"diff_ids": ["sha256:') + len(b'"diff_ids": ["sha256:')
    archive.write_bytes(content[:marker] + b"0" * 64 + content[marker + 64 :])
    with pytest.raises(ImageError, match="configuration says"):
        load_images(str(archive), tmp_path / "one")


@pytest.mark.parametrize("content", [b"no archive", b""])
def test_what_is_no_image_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.tar").write_bytes(content)
    with pytest.raises(SettingsError):
        load_images(str(tmp_path / "file.tar"), tmp_path / "one")


def test_damaged_archives_are_refused(make_image: MakeImage, tmp_path: Path) -> None:
    plain = make_image("packed", {"a": os.urandom(100_000)}).read_bytes()
    packed = gzip.compress(plain)
    broken = packed[:50_000] + bytes(1000) + packed[51_000:]
    for number, content in enumerate((packed[:50_000], broken)):
        (tmp_path / "file.tar.gz").write_bytes(content)
        with pytest.raises((SettingsError, ImageError)):
            load_images(str(tmp_path / "file.tar.gz"), tmp_path / str(number))


_INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("manifest.json", {}),
        ("manifest.json", []),
        ("manifest.json", {"name": "a package of something else"}),
        ("manifest.json", [{}]),
        ("manifest.json", [{"Config": "manifest.json", "Layers": []}]),
        ("index.json", {}),
        ("index.json", []),
        ("index.json", {"manifests": [{"digest": "sha256:aa"}]}),
        ("index.json", {"manifests": [{"mediaType": _INDEX, "digest": "sha256:aa"}]}),
    ],
)
def test_what_bears_the_names_of_an_image_and_is_none_is_refused(tmp_path: Path, name: str, value: object) -> None:
    (tmp_path / "blobs" / "sha256").mkdir(parents=True)
    for path in (tmp_path / name, tmp_path / "blobs/sha256/aa"):  # an index that names itself
        path.write_text(json.dumps(value))
    with pytest.raises(SettingsError) as caught:
        load_images(str(tmp_path), tmp_path / "one")
    assert caught.value.hint == "give what docker save writes, or an OCI layout"


def test_an_image_without_a_platform_is_refused(make_image: MakeImage, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not tell what platform"):
        load_images(str(make_image("nowhere", {"a": b"1"}, architecture="")), tmp_path / "one")


def test_an_image_that_is_named_twice_is_read_twice(make_image: MakeImage, tmp_path: Path) -> None:
    archive = make_image("twice", {"a": b"1"})
    images = tuple(only(archive, tmp_path / "one") for _ in range(2))
    with pytest.raises(SettingsError, match="two images are for linux/amd64"):
        index_of(images)


def test_a_python_without_filters_unpacks_nothing_outside(
    make_image: MakeImage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of Debian 12 is one (PEP 706 came with Python 3.11.4)."""
    archive = make_image("old", {"a": b"1"})
    expected = only(archive, tmp_path / "one").manifest
    monkeypatch.delattr(tarfile, "data_filter")
    assert only(archive, tmp_path / "two").manifest == expected
    with tarfile.open(tmp_path / "evil.tar", "w") as evil:
        evil.addfile(tarfile.TarInfo("../evil"))
    with pytest.raises(SettingsError, match="outside of the folder"):
        load_images(str(tmp_path / "evil.tar"), tmp_path / "three")
    assert not list(tmp_path.rglob("evil"))


def test_an_archive_cannot_name_files_outside(make_image: MakeImage, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("{}")
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "manifest.json").write_text('[{"Config": "../secret", "Layers": []}]')
    with pytest.raises(SettingsError, match="not in it"):
        load_images(str(tmp_path / "layout"), tmp_path / "one")


def test_an_index_needs_one_image_a_platform(make_image: MakeImage, tmp_path: Path) -> None:
    images = tuple(only(make_image(name, {"a": name.encode()}), tmp_path / name) for name in ("a", "b"))
    with pytest.raises(SettingsError, match="linux/amd64"):
        index_of(images)


def test_layers_hide_what_is_below(make_image: MakeImage, tmp_path: Path) -> None:
    lower = {"etc/a": b"1", "etc/b": b"2", "opt/x/c": b"3", "opt/x/d": b"4", "gone/e": b"5"}
    upper = {
        "etc/.wh.a": b"",
        "etc/b": b"new",
        "opt/x/.wh..wh..opq": b"",
        "opt/x/f": b"6",
        ".wh.gone": b"",
        "l": "etc/b",
    }
    image = only(make_image("layers", lower, upper), tmp_path / "one")
    files = files_of(image)
    assert list(files) == ["etc/b", "l", "opt/x/f"]
    assert files["etc/b"].sha256 == sha256(b"new")
    assert files["l"].link == "etc/b"
    assert extract(image, "etc/b", tmp_path / "b").read_bytes() == b"new"


def test_a_file_in_place_of_a_folder_hides_what_was_in_it(make_image: MakeImage, tmp_path: Path) -> None:
    image = only(make_image("over", {"opt/x/a": b"1", "opt/xa": b"2"}, {"opt/x": "xa"}), tmp_path / "one")
    assert list(files_of(image)) == ["opt/x", "opt/xa"]


def contents(*rows: tuple[str, str, bytes | None]) -> bytes:
    listed = {
        f"/{path}": {"origin": origin, "sha256": sha256(content) if content is not None else None, "link": None}
        for path, origin, content in rows
    }
    return json.dumps(listed).encode()


def test_every_file_belongs_to_a_component(
    make_image: MakeImage, tmp_path: Path, settings: Settings, report: dict[str, Any]
) -> None:
    cache(settings, report)
    listed = contents(
        ("opt/kafka/kafka", "executable", EXECUTABLE),
        ("lib/libc.so.6", "libc6 2.36-9+deb12u10", b"libc"),
        ("etc/passwd", "kafka-native", None),
    )
    layers = {"lib/libc.so.6": b"libc", "etc/passwd": b"root"}, {"opt/kafka/kafka": EXECUTABLE, CONTENTS: listed}
    inventory = inventory_of_image(only(make_image("whole", *layers), tmp_path / "one"), settings)
    assert inventory.unaccounted == ()
    owners = {file.path: each for each in inventory.components for file in each.files}
    assert owners["lib/libc.so.6"].purl == "pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12"
    assert owners["lib/libc.so.6"].source == "glibc"
    assert owners["opt/kafka/kafka"].sha256 == sha256(EXECUTABLE)
    assert owners["etc/passwd"].name == owners[CONTENTS].name == "kafka-native"
    assert {each.sha256 for each in pins.load_kafka_lock("4.3.1")} < {each.sha256 for each in inventory.components}
    assert ("zlib", "1.2.13") in {(each.name, each.version) for each in inventory.components}


def test_what_was_added_or_changed_afterwards_belongs_to_nothing(
    make_image: MakeImage, tmp_path: Path, settings: Settings, report: dict[str, Any]
) -> None:
    listed = contents(("lib/libc.so.6", "libc6 2.36-9", b"libc"))
    lower = {"opt/kafka/kafka": EXECUTABLE, CONTENTS: listed, "lib/libc.so.6": b"libc"}
    image = only(make_image("changed", lower, {"added": b"x", "lib/libc.so.6": b"other"}), tmp_path / "one")
    inventory = inventory_of_image(image, settings, report=report)
    assert [file.path for file in inventory.unaccounted] == ["added", "lib/libc.so.6"]


def test_an_unknown_executable_is_told(make_image: MakeImage, tmp_path: Path, settings: Settings) -> None:
    image = only(make_image("unknown", {"kafka": EXECUTABLE}), tmp_path / "one")
    with pytest.raises(SettingsError) as caught:
        inventory_of_image(image, settings)
    assert "--report" in (caught.value.hint or "")


def test_jars_of_ones_own_are_listed(tmp_path: Path, settings: Settings, report: dict[str, Any]) -> None:
    (tmp_path / "kafka").write_bytes(EXECUTABLE)
    pinned = pins.load_kafka_lock("4.3.1")[0]
    jars = [{"name": "my-plugin-1.2.jar", "sha256": "a" * 64}, {"name": "renamed.jar", "sha256": pinned.sha256}]
    (tmp_path / "report.json").write_text(json.dumps(report | {"jars": jars, "inputs": {"distribution": "other"}}))
    found = {each.sha256: each for each in inventory_of_executable(tmp_path / "kafka", settings).components}
    assert (found["a" * 64].name, found["a" * 64].version) == ("my-plugin", "1.2")
    assert found[pinned.sha256].name == f"{pinned.group}:{pinned.artifact}"


def test_plug_ins_are_listed_under_their_coordinates(
    tmp_path: Path, settings: Settings, report: dict[str, Any]
) -> None:
    (tmp_path / "kafka").write_bytes(EXECUTABLE)
    jars = [
        {"name": "a-1.0.jar", "sha256": "a" * 64, "coordinates": "org.example:a:1.0"},
        {"name": "b-2.0.jar", "sha256": "b" * 64, "coordinates": ""},
    ]
    (tmp_path / "report.json").write_text(json.dumps(report | {"plug_ins": {"jars": jars}}))
    found = {each.sha256: each for each in inventory_of_executable(tmp_path / "kafka", settings).components}
    assert found["a" * 64].purl == "pkg:maven/org.example/a@1.0?type=jar"
    assert (found["b" * 64].name, found["b" * 64].version) == ("b", "2.0")


def test_jars_that_nobody_has_listed_are_told(tmp_path: Path, settings: Settings, report: dict[str, Any]) -> None:
    (tmp_path / "kafka").write_bytes(EXECUTABLE)
    (tmp_path / "report.json").write_text(json.dumps(report | {"inputs": {"distribution": "other"}}))
    with pytest.raises(SettingsError, match="does not tell its jars"):
        inventory_of_executable(tmp_path / "kafka", settings)


def test_the_bill_is_valid_and_the_same_each_time(
    make_image: MakeImage, tmp_path: Path, settings: Settings, report: dict[str, Any]
) -> None:
    image = only(make_image("bill", {"kafka": EXECUTABLE, "added": b"x", "link": "kafka"}), tmp_path / "one")
    inventory = inventory_of_image(image, settings, report=report)
    text = render_sbom(inventory, {})
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert render_sbom(inventory_of_image(image, settings, report=report), {}) == text
    document = json.loads(text)
    assert document["metadata"]["timestamp"] == "2026-01-02T03:04:05+00:00"
    assert document["metadata"]["component"]["bom-ref"] == image.config.digest
    added = next(each for each in document["components"] if each["name"] == "/added")
    assert added["properties"] == [{"name": "kafka-native:unaccounted", "value": "true"}]
    jar = next(each for each in document["components"] if each["name"] == "org.apache.kafka:kafka-clients")
    assert jar["hashes"][0]["alg"] == "SHA-256"
    assert jar["licenses"] == [{"expression": "Apache-2.0"}]
    excluded = {each["name"] for each in document["components"] if each.get("scope") == "excluded"}
    assert "org.graalvm.compiler:compiler" in excluded
    assert "org.graalvm.nativeimage:svm" not in excluded


def test_the_time_of_a_bill_can_be_set(tmp_path: Path, settings: Settings, report: dict[str, Any]) -> None:
    (tmp_path / "kafka").write_bytes(EXECUTABLE)
    (tmp_path / "report.json").write_text(json.dumps(report))
    inventory = inventory_of_executable(tmp_path / "kafka", settings)
    document = json.loads(render_sbom(inventory, {"SOURCE_DATE_EPOCH": "0"}))
    assert document["metadata"]["timestamp"] == "1970-01-01T00:00:00+00:00"
    with pytest.raises(SettingsError):
        render_sbom(inventory, {"SOURCE_DATE_EPOCH": "now"})


@pytest.fixture
def executable(tmp_path: Path, report: dict[str, Any]) -> Path:
    """Return an executable with its report beside it."""
    (tmp_path / "kafka").write_bytes(EXECUTABLE)
    (tmp_path / "report.json").write_text(json.dumps(report))
    return tmp_path / "kafka"


def test_sbom_on_the_command_line(executable: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "sbom", "--executable", str(executable)]) == 0
    printed = capsys.readouterr().out
    assert main(["image", "sbom", "--executable", str(executable), "--output", str(tmp_path / "sbom.json")]) == 0
    assert (tmp_path / "sbom.json").read_text() == printed
    assert json.loads(printed)["bomFormat"] == "CycloneDX"


@pytest.mark.parametrize("words", [[], ["image", "--executable", "kafka"]], ids=["neither", "both"])
def test_one_thing_is_described(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "sbom", *words]) == 2
    assert "either an image or --executable" in capsys.readouterr().err


def test_a_strict_bill_refuses_unknown_files(
    make_image: MakeImage, executable: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = make_image("strict", {"kafka": EXECUTABLE, "added": b"x"})
    words = ["image", "sbom", str(archive), "--report", str(executable.with_name("report.json"))]
    assert main(words) == 0
    assert main([*words, "--strict"]) == 7
    assert "/added" in capsys.readouterr().err


def test_scan_on_the_command_line(executable: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["image", "scan", "--executable", str(executable)]
    assert main(words) == 3
    assert "nothing was scanned" in capsys.readouterr().err
    affected: dict[str, Any] = {
        "package": {"ecosystem": "Maven", "name": "org.apache.kafka:kafka-clients"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}],
    }
    record: dict[str, Any] = {
        "id": "GHSA-x",
        "modified": "2026-01-01T00:00:00Z",
        "summary": "bad",
        "affected": [affected],
    }
    record |= {"database_specific": {"severity": "HIGH"}}
    (tmp_path / "osv").mkdir()
    (tmp_path / "osv" / "x.json").write_text(json.dumps(record))
    words += ["--advisories", str(tmp_path / "osv")]
    assert main([*words, "--sarif", str(tmp_path / "x.sarif")]) == 7
    assert "org.apache.kafka:kafka-clients" in capsys.readouterr().out
    assert json.loads((tmp_path / "x.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "GHSA-x"
    assert main([*words, "--fail-on", "critical", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["advisory"]["id"] == "GHSA-x"
