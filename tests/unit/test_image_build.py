"""Images: bytes that repeat, platforms, names, and what is refused before anything is built."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import struct
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from kafka_native.errors import ImageError, PrerequisiteError, SettingsError
from kafka_native.image import Compression, ImageSpec, build_image, find_engine, packages, plan_image
from kafka_native.image.compression import open_layer
from kafka_native.image.engine import ContainerEngine
from kafka_native.image.layers import write_layer
from kafka_native.image.packages import Package, SystemFiles
from kafka_native.image.platforms import PLATFORMS, check_executable, host_platform, parse_platform
from kafka_native.image.root_files import Layer, directory, file, link, text
from kafka_native.image.stage import stage
from kafka_native.image.tool_links import tool_links
from kafka_native.native import BuildSpec
from kafka_native.settings import Settings

_AMD64, _ARM64 = PLATFORMS


def _settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")


def _elf(path: Path, machine: int, kind: int = 3) -> Path:
    path.write_bytes(b"\x7fELF" + bytes(12) + struct.pack("<HH", kind, machine) + bytes(44))
    return path


def _system(folder: Path) -> SystemFiles:
    """Make a folder like the unpacked packages of Debian 13, with the arm64 names."""
    names = ["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libresolv.so.2"]
    names.append("ld-linux-aarch64.so.1")
    paths = [f"usr/lib/{_ARM64.triplet}/{name}" for name in names]
    paths += ["usr/bin/busybox", "usr/share/doc/libc6/copyright", "usr/share/doc/busybox/copyright"]
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    (folder / "usr/lib/ld-linux-aarch64.so.1").symlink_to(f"{_ARM64.triplet}/ld-linux-aarch64.so.1")
    made = tuple(Package(name, "1", f"{name} 1", "0" * 64) for name in ("libc6", "busybox"))
    return SystemFiles(folder, made)


def _record(folder: Path, *names: str) -> None:
    told = [{"name": each, "version": "1", "source": each, "sha256": "0" * 64} for each in names]
    (folder / "packages.json").write_text(json.dumps(told))


def _write(layer: Layer, folder: Path, epoch: int = 0, compression: Compression = "gzip") -> Any:
    folder.mkdir()
    return write_layer(layer, folder, epoch, compression)


def test_a_layer_depends_on_its_entries_only(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.write_text("x")
    entries = (directory("/d", owner=1000), file("/d/f", content, origin="o"), link("/l", "/d/f"), text("/t", "t"))
    first = _write(Layer("one", entries), tmp_path / "first")
    content.touch()
    content.chmod(0o600)
    second = _write(Layer("two", tuple(reversed(entries))), tmp_path / "second")
    other_time = _write(Layer("one", entries), tmp_path / "third", epoch=1)
    assert (first.blob, first.diff_id, first.unpacked_bytes) == (second.blob, second.diff_id, 2)
    assert other_time.diff_id != first.diff_id


def test_a_layer_with_zstd_holds_the_same_and_repeats(tmp_path: Path) -> None:
    layer = Layer("one", (text("/t", "text\n" * 1000),))
    packed = _write(layer, tmp_path / "gzip")
    first, second = (_write(layer, tmp_path / name, compression="zstd") for name in ("first", "second"))
    assert first == second
    assert first.diff_id == packed.diff_id
    assert first.media_type == "application/vnd.oci.image.layer.v1.tar+zstd"
    with open_layer(tmp_path / "first" / first.blob.digest.removeprefix("sha256:")) as archive:
        member = archive.extractfile("t")
        assert member is not None
        assert member.read() == b"text\n" * 1000


def test_a_damaged_layer_is_told(tmp_path: Path) -> None:
    written = _write(Layer("one", (text("/t", "text\n" * 1000),)), tmp_path / "blobs", compression="zstd")
    blob = tmp_path / "blobs" / written.blob.digest.removeprefix("sha256:")
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 0xFF
    blob.write_bytes(data)
    with pytest.raises(OSError, match="is damaged"), open_layer(blob):
        pass


def test_a_layer_holds_modes_owners_and_links(tmp_path: Path) -> None:
    entries = (directory("/d", mode=0o775, owner=1000), text("/d/x", "content", mode=0o755), link("/l", "/d/x"))
    written = _write(Layer("one", entries), tmp_path / "blobs")
    packed = (tmp_path / "blobs" / written.blob.digest.removeprefix("sha256:")).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as tar:
        members = {member.name: member for member in tar}
        assert tar.extractfile("d/x").read() == b"content"  # type: ignore[union-attr]
    assert (members["d"].mode, members["d"].uid, members["d"].gid, members["d"].isdir()) == (0o775, 1000, 0, True)
    assert (members["d/x"].mode, members["d/x"].uid) == (0o755, 0)
    assert members["l"].linkname == "/d/x"


def test_variants_differ_by_the_shell(tmp_path: Path) -> None:
    executable = _elf(tmp_path / "kafka", _ARM64.elf_machine)
    system = _system(tmp_path / "root")
    paths = {
        shell: {entry.path for layer in stage(executable, system, _ARM64, with_shell=shell) for entry in layer.entries}
        for shell in (True, False)
    }
    assert {"/bin/sh", "/bin/bash", "/etc/confluent/docker/run", "/work/kafka"} <= paths[True] - paths[False]
    assert {"/opt/kafka/kafka", "/etc/kafka/docker/run", _ARM64.loader} <= paths[False] < paths[True]


def test_no_entry_stands_twice_and_each_has_its_folder(tmp_path: Path) -> None:
    executable = _elf(tmp_path / "kafka", _ARM64.elf_machine)
    layers = stage(executable, _system(tmp_path / "root"), _ARM64, with_shell=True)
    paths = [entry.path for layer in layers for entry in layer.entries]
    assert len(paths) == len(set(paths))
    assert {str(Path(path).parent) for path in paths} - {"/"} <= set(paths)


def test_the_executable_is_found_by_its_name_and_by_those_of_tools() -> None:
    found = tool_links()
    assert len(found) == len(set(found))
    assert {"kafka", "kafka-topics", "kafka-topics.sh", "kafka-server-start.sh"} <= set(found)


@pytest.mark.parametrize("value", ["now", "-1", "1.5", "²", "9" * 5000])
def test_a_time_that_is_no_number_is_refused_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", value)
    with pytest.raises(SettingsError, match="SOURCE_DATE_EPOCH"):
        build_image(ImageSpec(build=BuildSpec()), _settings(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_packages_that_lack_a_file_are_told(tmp_path: Path) -> None:
    executable = _elf(tmp_path / "kafka", _ARM64.elf_machine)
    system = _system(tmp_path / "root")
    (tmp_path / "root" / "usr/bin/busybox").unlink()
    with pytest.raises(ImageError, match="no bin/busybox") as told:
        stage(executable, system, _ARM64, with_shell=True)
    assert "--refresh" in (told.value.hint or "")


def test_an_image_for_another_machine_is_written_from_its_executable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything but the packages is the real thing; those are put where fetched ones are kept."""
    other = next(each for each in PLATFORMS if each != host_platform())
    if other != _ARM64:
        pytest.skip("the packages made here are for arm64")
    settings = _settings(tmp_path)
    cached = settings.cache_dir / "image" / "system-arm64"
    _system(cached / "root")
    _record(cached, "libc6", "busybox")
    archives, reports = [], []
    for name in ("a.tar", "b.tar"):
        spec = ImageSpec(
            build=BuildSpec(),
            executable=_elf(tmp_path / "kafka", other.elf_machine),
            platform="linux/arm64",
            tags=("team/kafka:dev",),
            output=tmp_path / name,
            load=False,
        )
        reports.append(build_image(spec, settings))
        archives.append((tmp_path / name).read_bytes())
    assert archives[0] == archives[1]
    report = reports[0]
    with tarfile.open(tmp_path / "a.tar") as tar:
        manifest = json.load(tar.extractfile("manifest.json"))[0]  # type: ignore[arg-type]
        index = json.load(tar.extractfile("index.json"))  # type: ignore[arg-type]
        config = json.load(tar.extractfile(manifest["Config"]))  # type: ignore[arg-type]
    assert manifest["RepoTags"] == ["team/kafka:dev"]
    assert index["manifests"][0]["digest"] == report.manifest_digest
    assert index["manifests"][0]["annotations"]["io.containerd.image.name"] == "docker.io/team/kafka:dev"
    assert (config["architecture"], config["created"]) == ("arm64", "1970-01-01T00:00:00Z")
    assert config["config"]["Healthcheck"]["Test"] == ["CMD", "/opt/kafka/kafka", "healthcheck"]
    assert len(config["history"]) == len(manifest["Layers"]) == len(report.layers)
    assert report.kafka_version == BuildSpec().kafka_version


@pytest.mark.parametrize("text", ["linux/arm64", "arm64", "aarch64"])
def test_platforms_have_several_names(text: str) -> None:
    assert parse_platform(text) == _ARM64


def test_an_unknown_platform_is_refused() -> None:
    with pytest.raises(SettingsError, match="riscv64"):
        parse_platform("linux/riscv64")


def test_an_executable_for_another_machine_is_refused(tmp_path: Path) -> None:
    executable = _elf(tmp_path / "kafka", _ARM64.elf_machine)
    with pytest.raises(ImageError, match="is for linux/arm64") as told:
        check_executable(executable, _AMD64)
    assert "run 'kafka-native build' on linux/amd64" in (told.value.hint or "")


@pytest.mark.parametrize(
    ("content", "message"), [(b"#!/bin/sh\n", "no ELF"), (b"", "no ELF"), (None, "there is no executable")]
)
def test_what_is_no_executable_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "kafka").write_bytes(content)
    with pytest.raises(ImageError, match=message):
        check_executable(tmp_path / "kafka", _AMD64)


def test_an_object_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="object file"):
        check_executable(_elf(tmp_path / "kafka.o", _AMD64.elf_machine, kind=1), _AMD64)


@pytest.mark.parametrize(
    "tag", ["Kafka:1", "kafka:", "kafka native:1", "kafka:a:b", "https://host/kafka", f"kafka:1@sha256:{'0' * 64}"]
)
def test_a_wrong_tag_is_refused_before_anything_is_built(tmp_path: Path, tag: str) -> None:
    with pytest.raises(SettingsError, match=r"no name of an image|no digest"):
        plan_image(ImageSpec(build=BuildSpec(), tags=(tag,)), _settings(tmp_path))
    assert not (tmp_path / "cache").exists()


def test_an_image_that_goes_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        plan_image(ImageSpec(build=BuildSpec(), load=False), _settings(tmp_path))


def _program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", "does not run", "start"),
        ("permission denied while trying to connect to the Docker daemon socket", "may not talk", "usermod"),
        ("something else", "something else", "docker version"),
    ],
)
def test_an_engine_that_cannot_be_used_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, message: str, hint: str
) -> None:
    _program(tmp_path / "bin", "docker", f"echo '{said}' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(PrerequisiteError, match=message) as told:
        find_engine()
    assert hint in (told.value.hint or "")


def test_no_engine_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PrerequisiteError, match="no such program") as told:
        find_engine()
    assert "docker.io" in (told.value.hint or "")


def test_podman_is_used_where_there_is_no_docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "bin", "podman", """echo '{"Client": {"Version": "5.4.2"}}'""")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = find_engine()
    assert (Path(found.program).name, found.version) == ("podman", "5.4.2")


def test_an_engine_that_hangs_is_told_with_what_was_being_done(tmp_path: Path) -> None:
    _program(tmp_path / "bin", "docker", "exec /bin/sleep 60")
    engine = ContainerEngine(str(tmp_path / "bin/docker"), "1")
    with pytest.raises(ImageError, match=r"loading a\.tar: .*docker did not end in 0\.1 s") as told:
        engine.call("load", "--input", "a.tar", doing="loading a.tar", timeout_seconds=0.1)
    assert "docker info" in (told.value.hint or "")
    with pytest.raises(ImageError, match="docker image inspect: "):
        engine.try_call("image", "inspect", "a", timeout_seconds=0.1)


def test_an_image_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = 'case "$1" in version) echo "{}";; *) echo "Error: No such image: gone:1" >&2; exit 1;; esac'
    _program(tmp_path / "bin", "docker", script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ImageError, match="gone:1: there is no such image here"):
        find_engine().inspect_image("gone:1")


def test_the_scripts_for_drivers_are_valid_shell() -> None:
    folder = Path(__file__).parents[2] / "src/kafka_native/image/rootfs"
    shell = shutil.which("sh")
    assert shell
    for script in folder.iterdir():
        assert subprocess.run([shell, "-n", script], check=False).returncode == 0, script


def test_packages_that_an_older_release_fetched_are_fetched_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(tmp_path)
    folder = settings.cache_dir / "image" / f"system-{host_platform().architecture}"
    folder.mkdir(parents=True)
    _record(folder, "libc6", "busybox-static")
    monkeypatch.setattr(packages, "_fetch", lambda folder, *_: _record(folder, "libc6", "busybox"))
    found = packages.ensure_system_files(host_platform(), settings)
    assert [each.name for each in found.packages] == ["libc6", "busybox"]
