"""Release, promotion and their refusals, from the command line, against the registry."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native.cli.main import main
from kafka_native.errors import FetchError, ImageError
from kafka_native.release import connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import RunningRegistry

    MakeImage = Callable[..., Path]

REPOSITORY = "team/kafka"


@pytest.fixture
def run(logged_in: RunningRegistry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Return what runs `kafka-native image WORDS` and gives the exit code and what was printed."""

    def run_words(*words: str | Path) -> tuple[int, str, str]:
        options = ["--ca", str(logged_in.authority), "--report-dir", str(tmp_path / "report")]
        code = main(["image", *map(str, words), *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run_words


@pytest.fixture
def repository(logged_in: RunningRegistry, request: pytest.FixtureRequest) -> str:
    """Return a repository of the test's own."""
    name = request.node.originalname.replace("_", "-")
    return f"{logged_in.name}/{REPOSITORY}/{name}"


def manifest_of(registry: RunningRegistry, reference: str) -> Any:
    path, _, tag = reference.removeprefix(f"{registry.name}/").rpartition(":")
    return connect(registry.name, authorities=registry.authority).manifest(path, tag)


def write_record(folder: Path, *image_ids: str, failed: str = "", complete: bool = True) -> list[str]:
    words = []
    for number, image_id in enumerate(image_ids):
        results = [{"area": "start", "name": "answers", "outcome": "passed"}]
        results += [{"area": "start", "name": failed, "outcome": "failed"}] if failed else []
        record = {"schema": 1, "image_id": image_id, "repo_digests": [], "complete": complete, "results": results}
        path = folder / f"image-test-{number}.json"
        path.write_text(json.dumps(record))
        words += ["--tested", str(path)]
    return words


def report(tmp_path: Path, name: str = "release") -> Any:
    return json.loads((tmp_path / "report" / f"{name}.json").read_text())


def test_one_image_is_released_and_promoted(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    archive = make_image("one", {"kafka": b"K" * 300_000}, {"etc/passwd": b"root\n"})
    code, out, _ = run("release", archive, "--to", f"{repository}:1.0-rc1", "--yes")
    assert code == 0
    assert "1.0-rc1" in out
    released = report(tmp_path)
    found = manifest_of(logged_in, f"{repository}:1.0-rc1")
    assert found.digest == released["digest"] == released["platforms"][0]["digest"]
    assert released["uploaded_bytes"] > 0
    assert f"{repository}:1.0-rc1" in (tmp_path / "report" / "release.html").read_text()

    tested = write_record(tmp_path, released["platforms"][0]["image_id"])
    words = ("promote", f"{repository}:1.0-rc1", "--tag", "1.0", "--moving-tag", "latest", *tested)
    code, _, _ = run(*words, "--released", tmp_path / "report" / "release.json", "--yes")
    assert code == 0
    for tag in ("1.0", "latest"):
        assert manifest_of(logged_in, f"{repository}:{tag}").content == found.content
    assert report(tmp_path, "promotion")["digest"] == found.digest


def test_layers_arrive_as_they_were(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    archive = make_image("bytes", {"a": b"content"})
    assert run("release", archive, "--to", f"{repository}:1", "--yes")[0] == 0
    manifest = manifest_of(logged_in, f"{repository}:1").parsed()
    registry = connect(logged_in.name, authorities=logged_in.authority)
    path = repository.removeprefix(f"{logged_in.name}/")
    config = json.loads(registry.blob(path, manifest["config"]["digest"]))
    layer = gzip.decompress(registry.blob(path, manifest["layers"][0]["digest"]))
    assert f"sha256:{hashlib.sha256(layer).hexdigest()}" == config["rootfs"]["diff_ids"][0]


def test_layers_are_compressed_as_is_wanted(
    run: Any, make_image: MakeImage, repository: str, logged_in: RunningRegistry
) -> None:
    archive = make_image("small", {"hello": b"world"})
    assert run("release", archive, "--to", f"{repository}:1", "--compression", "zstd", "--yes")[0] == 0
    (layer,) = json.loads(manifest_of(logged_in, f"{repository}:1").content)["layers"]
    assert layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar+zstd"


def test_several_platforms_become_an_index(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    archives = [make_image(arch, {"kafka": arch.encode()}, architecture=arch) for arch in ("arm64", "amd64")]
    assert run("release", *archives, "--to", f"{repository}:1-rc1", "--yes")[0] == 0
    index = manifest_of(logged_in, f"{repository}:1-rc1")
    assert index.is_index
    assert [row["platform"]["architecture"] for row in index.parsed()["manifests"]] == ["amd64", "arm64"]
    ids = [each["image_id"] for each in report(tmp_path)["platforms"]]
    only_one = write_record(tmp_path, ids[0])
    code, _, err = run("promote", f"{repository}:1-rc1", "--tag", "1", *only_one, "--yes")
    assert code == 7
    assert "linux/amd64" in err
    assert "was not tested" in err
    assert manifest_of(logged_in, f"{repository}:1") is None
    assert run("promote", f"{repository}:1-rc1", "--tag", "1", *write_record(tmp_path, *ids), "--yes")[0] == 0
    assert manifest_of(logged_in, f"{repository}:1").digest == index.digest


def test_two_images_for_one_platform_are_refused(run: Any, make_image: MakeImage, repository: str) -> None:
    archives = [make_image(name, {"kafka": name.encode()}) for name in ("a", "b")]
    code, _, err = run("release", *archives, "--to", f"{repository}:1", "--yes")
    assert code == 2
    assert "linux/amd64" in err


def test_a_dry_run_changes_nothing(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    code, out, _ = run("release", make_image("dry", {"a": b"b"}), "--to", f"{repository}:1", "--dry-run", "--json")
    assert code == 0
    plan = json.loads(out)
    assert plan["upload_blobs"] == 2
    assert manifest_of(logged_in, f"{repository}:1") is None
    assert not (tmp_path / "report").exists()


def test_without_a_word_nothing_is_released(
    run: Any, make_image: MakeImage, repository: str, logged_in: RunningRegistry
) -> None:
    code, _, err = run("release", make_image("asked", {"a": b"b"}), "--to", f"{repository}:1")
    assert code == 2
    assert "--yes" in err
    assert manifest_of(logged_in, f"{repository}:1") is None


def test_what_is_there_is_not_sent_again(run: Any, make_image: MakeImage, repository: str, tmp_path: Path) -> None:
    archive = make_image("again", {"a": b"b" * 1000})
    run("release", archive, "--to", f"{repository}:1-rc1", "--yes")
    assert report(tmp_path)["uploaded_bytes"] > 0
    assert run("release", archive, "--to", f"{repository}:1-rc2", "--yes")[0] == 0
    assert report(tmp_path)["uploaded_bytes"] == 0


def test_nothing_is_released_or_promoted_when_the_report_cannot_be_written(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    (tmp_path / "report").write_text("a file")
    archive = make_image("unreported", {"a": b"content"})
    code, _, err = run("release", archive, "--to", f"{repository}:1-rc1", "--yes")
    assert code == 2
    assert "making the folder of the report: File exists" in err
    assert manifest_of(logged_in, f"{repository}:1-rc1") is None

    (tmp_path / "report").unlink()
    assert run("release", archive, "--to", f"{repository}:1-rc1", "--yes")[0] == 0
    words = write_record(tmp_path, report(tmp_path)["platforms"][0]["image_id"])
    shutil.rmtree(tmp_path / "report")
    (tmp_path / "report").write_text("a file")
    assert run("promote", f"{repository}:1-rc1", "--tag", "1", *words, "--yes")[0] == 2
    assert manifest_of(logged_in, f"{repository}:1") is None


def test_a_taken_tag_is_moved_only_when_that_is_asked_for(
    run: Any, make_image: MakeImage, repository: str, logged_in: RunningRegistry
) -> None:
    run("release", make_image("first", {"a": b"1"}), "--to", f"{repository}:rc", "--yes")
    first = manifest_of(logged_in, f"{repository}:rc").digest
    second = make_image("second", {"a": b"2"})
    code, _, err = run("release", second, "--to", f"{repository}:rc", "--yes")
    assert code == 7
    assert first in err
    assert manifest_of(logged_in, f"{repository}:rc").digest == first
    assert run("release", second, "--to", f"{repository}:rc", "--yes", "--overwrite")[0] == 0
    assert manifest_of(logged_in, f"{repository}:rc").digest != first


def test_what_did_not_pass_is_not_promoted(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    run("release", make_image("bad", {"a": b"b"}), "--to", f"{repository}:rc", "--yes")
    image_id = report(tmp_path)["platforms"][0]["image_id"]
    for record, said in (({"failed": "SIGTERM ends it"}, "SIGTERM ends it"), ({"complete": False}, "only a part")):
        tested = write_record(tmp_path, image_id, **record)
        code, _, err = run("promote", f"{repository}:rc", "--tag", "final", *tested, "--yes")
        assert code == 7
        assert said in err
    assert manifest_of(logged_in, f"{repository}:final") is None


def test_a_candidate_that_has_changed_is_not_promoted(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    run("release", make_image("before", {"a": b"1"}), "--to", f"{repository}:rc", "--yes")
    released = report(tmp_path)
    (tmp_path / "kept.json").write_text(json.dumps(released))
    run("release", make_image("after", {"a": b"2"}), "--to", f"{repository}:rc", "--yes", "--overwrite")
    changed = report(tmp_path)
    both = write_record(tmp_path, released["platforms"][0]["image_id"], changed["platforms"][0]["image_id"])
    for words in (
        [f"{repository}:rc", "--released", tmp_path / "kept.json"],
        [f"{repository}:rc@{released['digest']}"],
    ):
        code, _, err = run("promote", *words, "--tag", "final", *both, "--yes")
        assert code == 7
        assert "has changed" in err
        assert changed["digest"] in err
        assert released["digest"] in err
    assert manifest_of(logged_in, f"{repository}:final") is None


def test_a_final_tag_stays_what_it_is(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    tested: list[str] = []
    for number in (1, 2):
        archive = make_image(f"v{number}", {"a": str(number).encode()})
        assert run("release", archive, "--to", f"{repository}:rc{number}", "--yes")[0] == 0
        tested = write_record(tmp_path, report(tmp_path)["platforms"][0]["image_id"])
        words = ("promote", f"{repository}:rc{number}", "--moving-tag", "latest", *tested, "--yes")
        assert run(*words, "--tag", f"1.{number}")[0] == 0
        assert manifest_of(logged_in, f"{repository}:latest").digest == report(tmp_path)["digest"]
    code, _, err = run("promote", f"{repository}:rc2", "--tag", "1.1", *tested, "--yes")
    assert code == 7
    assert "was given already" in err


def test_a_refused_login_is_told(
    run: Any, make_image: MakeImage, repository: str, logged_in: RunningRegistry, tmp_path: Path
) -> None:
    auths = {"auths": {logged_in.name: {"auth": "cmVsZWFzZXI6d3JvbmctcGFzc3dvcmQ="}}}
    (tmp_path / "docker" / "config.json").write_text(json.dumps(auths))
    code, out, err = run("release", make_image("login", {"a": b"b"}), "--to", f"{repository}:1", "--yes")
    assert code == 7
    assert "401" in err
    assert "docker login" in err
    assert "wrong-password" not in out + err


def test_no_login_is_told(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "nowhere"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    code, _, err = run("release", make_image("login", {"a": b"b"}), "--to", f"{repository}:1", "--yes")
    assert code == 7
    assert "none is kept" in err
    assert "docker login" in err


def test_an_authority_that_is_not_trusted_is_told(logged_in: RunningRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(FetchError) as caught:
        connect(logged_in.name).manifest(REPOSITORY, "latest")
    assert "--ca" in (caught.value.hint or "")


def test_a_candidate_that_is_not_there_is_told(run: Any, repository: str, tmp_path: Path) -> None:
    code, _, err = run("promote", f"{repository}:rc", "--tag", "1", *write_record(tmp_path, "sha256:0"), "--yes")
    assert code == 7
    assert "there is no" in err


def test_a_blob_that_is_not_its_digest_is_refused(logged_in: RunningRegistry, tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"content")
    registry = connect(logged_in.name, authorities=logged_in.authority)
    wrong = f"sha256:{hashlib.sha256(b'other').hexdigest()}"
    assert not registry.has_blob(REPOSITORY, wrong)
    with path.open("rb") as content, pytest.raises(ImageError, match="DIGEST_INVALID"):
        registry.put_blob(REPOSITORY, wrong, content, 7)


def test_an_engine_pulls_what_was_released(
    run: Any, make_image: MakeImage, repository: str, tmp_path: Path, logged_in: RunningRegistry
) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs a Docker daemon")
    archive = make_image("pulled", {"hello": b"world"})
    assert run("release", archive, "--to", f"{repository}:1", "--yes")[0] == 0
    # 127.0.0.0/8 is what a daemon takes without a certificate that it knows.
    pulled = subprocess.run([docker, "pull", f"{repository}:1"], capture_output=True, text=True, check=False)
    try:
        assert pulled.returncode == 0, pulled.stderr
        assert report(tmp_path)["digest"] in pulled.stdout
    finally:
        subprocess.run([docker, "image", "rm", f"{repository}:1"], capture_output=True, check=False)
