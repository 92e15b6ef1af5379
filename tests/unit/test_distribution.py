"""Distributions from a local repository, and from unpacked Kafka releases."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native import distribution, pins, reporting
from kafka_native.distribution import Distribution, Jar
from kafka_native.errors import FetchError, SettingsError
from kafka_native.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "9.9.9"


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Maven repository with a small Kafka 9.9.9, which is pinned."""
    root, locks = tmp_path / "repository", tmp_path / "pins"
    locks.mkdir()
    rows = [_publish(root, name) for name in ("kafka_2.13", "kafka-clients", "a-library")]
    rows.append(_publish(root, "a-library", classifier="test"))
    (locks / f"kafka-{VERSION}.json").write_text(json.dumps(rows), encoding="utf-8")
    monkeypatch.setattr(pins, "_FOLDER", locks)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _publish(root: Path, name: str, **classifier: str) -> dict[str, Any]:
    content = f"the bytes of {name}".encode()
    path = root / "org/apache/kafka" / name / VERSION / f"{'-'.join([name, VERSION, *classifier.values()])}.jar"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return classifier | {
        "group": "org.apache.kafka",
        "artifact": name,
        "version": VERSION,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "license": "Apache-2.0",
    }


def settings_of(tmp_path: Path, url: str | None) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data", maven_url=url)


class _Steps(reporting.LoggingReporter):
    def __init__(self) -> None:
        super().__init__()
        self.titles: list[str] = []
        self.last: tuple[float, float, str] | None = None

    def step(self, title: str) -> Any:
        self.titles.append(title)
        return super().step(title)

    def advance(self, done: float, total: float, unit: str) -> None:
        self.last = (done, total, unit)


def test_jars_arrive_in_the_cache_laid_out_as_in_the_repository(repository: str, tmp_path: Path) -> None:
    steps = _Steps()
    with reporting.use(steps):
        made = distribution.ensure_distribution(VERSION, settings_of(tmp_path, repository + "/"))
    root = tmp_path / "cache/maven/org/apache/kafka"
    assert made.class_path == (
        root / f"a-library/{VERSION}/a-library-{VERSION}-test.jar",
        *(root / name / VERSION / f"{name}-{VERSION}.jar" for name in ("a-library", "kafka-clients", "kafka_2.13")),
    )
    assert made.class_path[0].read_bytes() == b"the bytes of a-library"
    assert steps.titles == [f"Apache Kafka {VERSION}"]
    assert steps.last is not None
    assert steps.last[0] == steps.last[1]
    assert (tmp_path / "cache/CACHEDIR.TAG").is_file()


def test_the_pinned_digest_is_that_of_the_downloaded_jars(repository: str, tmp_path: Path) -> None:
    assert not (tmp_path / "cache").exists()
    digest = distribution.pinned_digest(VERSION)
    assert distribution.ensure_distribution(VERSION, settings_of(tmp_path, repository)).digest == digest


def test_with_a_full_cache_no_repository_is_needed(repository: str, tmp_path: Path) -> None:
    first = distribution.ensure_distribution(VERSION, settings_of(tmp_path, repository))
    second = distribution.ensure_distribution(VERSION, settings_of(tmp_path, "http://127.0.0.1:1"))
    assert first == second


def test_a_jar_that_is_not_what_was_pinned_is_refused(repository: str, tmp_path: Path) -> None:
    path = tmp_path / f"repository/org/apache/kafka/a-library/{VERSION}/a-library-{VERSION}.jar"
    path.write_bytes(b"the bytes of another")
    with pytest.raises(FetchError, match=rf"downloading Apache Kafka .* a-library-{VERSION}\.jar .* pinned"):
        distribution.ensure_distribution(VERSION, settings_of(tmp_path, repository))


def test_the_repository_is_maven_central_unless_the_settings_name_one(tmp_path: Path) -> None:
    assert distribution.repository_url(settings_of(tmp_path, "https://mirror/maven/")) == "https://mirror/maven"
    assert distribution.repository_url(settings_of(tmp_path, None)).startswith("https://")


JARS = [Jar(Path(f"/jars/{name}.jar"), hashlib.sha256(name.encode()).hexdigest(), f"{name}.jar") for name in "dbac"]


def test_a_distribution_is_the_same_whatever_the_order_of_its_jars() -> None:
    made = Distribution.of(VERSION, JARS)
    shuffled = random.Random(1).sample(JARS, len(JARS))  # noqa: S311 - any order
    assert Distribution.of(VERSION, shuffled) == made
    assert [path.name for path in made.class_path] == ["a.jar", "b.jar", "c.jar", "d.jar"]


def test_the_digest_is_stable() -> None:
    """Cached executables are found by it, so a change of this value throws every user's cache away."""
    expected = "671f8a44b83a63c4af62a037ee7cc626a9c08bce8c6683927faf52516c85c01f"
    assert Distribution.of(VERSION, JARS).digest == expected


def test_the_digest_tells_other_bytes_names_and_versions_apart_but_not_other_places() -> None:
    first, *others = JARS
    digest = Distribution.of(VERSION, JARS).digest
    assert Distribution.of(VERSION, [Jar(Path("/elsewhere"), first.sha256, first.name), *others]).digest == digest
    assert Distribution.of(VERSION, [Jar(first.path, "0" * 64, first.name), *others]).digest != digest
    assert Distribution.of(VERSION, [Jar(first.path, first.sha256, "e.jar"), *others]).digest != digest
    assert Distribution.of("9.9.8", JARS).digest != digest
    assert Distribution.of(VERSION, others).digest != digest


def test_a_distribution_can_be_printed_as_json() -> None:
    value = json.loads(json.dumps(Distribution.of(VERSION, JARS).to_json()))
    assert value["kafka_version"] == VERSION
    assert value["jars"][0] == {"path": "/jars/a.jar", "sha256": JARS[2].sha256, "name": "a.jar"}
    assert len(value["digest"]) == 64


RELEASE = [
    "kafka_2.13-4.3.1.jar",
    "kafka-clients-4.3.1.jar",
    "kafka-storage-4.3.1.jar",
    "my-authorizer-1.0.jar",
]
NOT_BROKER = [
    "connect-runtime-4.3.1.jar",
    "kafka-streams-4.3.1.jar",
    "kafka-streams-scala_2.13-4.3.1.jar",
    "rocksdbjni-10.1.3.jar",
    "trogdor-4.3.1.jar",
]
NOT_CLASSES = ["kafka_2.13-4.3.1-sources.jar", "kafka_2.13-4.3.1-test-sources.jar", "kafka_2.13-4.3.1-test.jar"]


def unpack(folder: Path, names: list[str]) -> Path:
    (folder / "libs").mkdir(parents=True)
    for name in names:
        (folder / "libs" / name).write_bytes(f"the bytes of {name}".encode())
    return folder


def test_an_unpacked_release_gives_the_jars_of_its_broker(tmp_path: Path) -> None:
    folder = unpack(tmp_path / "kafka_2.13-4.3.1", RELEASE + NOT_BROKER + NOT_CLASSES)
    made = distribution.load_distribution(folder)
    assert made.kafka_version == "4.3.1"
    assert [path.name for path in made.class_path] == sorted(RELEASE)
    assert made.jars[0].sha256 == hashlib.sha256(made.jars[0].path.read_bytes()).hexdigest()


def test_equal_releases_in_two_places_have_equal_digests(tmp_path: Path) -> None:
    first, second = (unpack(tmp_path / name, RELEASE) for name in ("one", "two"))
    assert distribution.load_distribution(first).digest == distribution.load_distribution(second).digest


def test_a_build_of_the_users_own_keeps_its_version(tmp_path: Path) -> None:
    folder = unpack(tmp_path / "kafka", ["kafka_2.13-4.5.0-SNAPSHOT.jar"])
    assert distribution.load_distribution(folder).kafka_version == "4.5.0-SNAPSHOT"


@pytest.mark.parametrize("names", [[], ["kafka-clients-4.3.1.jar"], ["kafka_2.13-4.3.1.jar", "kafka_2.13-4.3.0.jar"]])
def test_a_folder_that_is_not_one_release_is_refused(tmp_path: Path, names: list[str]) -> None:
    folder = unpack(tmp_path / "kafka", names)
    with pytest.raises(SettingsError, match=r"one libs/kafka_2\.13-VERSION\.jar was looked for") as caught:
        distribution.load_distribution(folder)
    assert str(folder) in str(caught.value)


def test_a_folder_without_libs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="0 found"):
        distribution.load_distribution(tmp_path)
