"""Names of images, and the logins for their registries."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING

import pytest

from kafka_native.errors import SettingsError
from kafka_native.image.references import ImageReference, parse_reference
from kafka_native.release.credentials import Credentials, find_credentials

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kafka", ImageReference("docker.io", "library/kafka")),
        ("apache/kafka:4.3.1", ImageReference("docker.io", "apache/kafka", "4.3.1")),
        ("localhost/kafka:a", ImageReference("localhost", "kafka", "a")),
        ("Registry/kafka", ImageReference("Registry", "kafka")),
        ("127.0.0.1:5000/team/kafka", ImageReference("127.0.0.1:5000", "team/kafka")),
        ("r.example.org:1/a/b__c.d-e:T_1", ImageReference("r.example.org:1", "a/b__c.d-e", "T_1")),
        (f"r.example.org/kafka@{DIGEST}", ImageReference("r.example.org", "kafka", "", DIGEST)),
        (f"r.example.org/kafka:1@{DIGEST}", ImageReference("r.example.org", "kafka", "1", DIGEST)),
    ],
)
def test_names_are_parsed(text: str, expected: ImageReference) -> None:
    assert parse_reference(text) == expected
    assert parse_reference(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Kafka",
        "r.example.org/",
        "r.example.org/Kafka",
        "a b",
        "kafka:",
        "kafka:-x",
        "kafka:" + "t" * 129,
        "a//b",
        "kafka@sha256:12",
        "kafka@",
        "https://r.example.org/kafka",
        "kafka;rm",
    ],
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        parse_reference(text)


def write_config(folder: Path, content: object) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(content))
    return {"DOCKER_CONFIG": str(folder), "HOME": str(folder)}


def encoded(login: str) -> dict[str, str]:
    return {"auth": base64.b64encode(login.encode()).decode()}


def test_a_login_is_found(tmp_path: Path) -> None:
    environment = write_config(tmp_path, {"auths": {"r.example.org": encoded("me:pass:word")}})
    assert find_credentials("r.example.org", environment) == Credentials("me", "pass:word")
    assert find_credentials("other.example.org", environment) is None


def test_docker_hub_has_a_name_of_its_own(tmp_path: Path) -> None:
    environment = write_config(tmp_path, {"auths": {"https://index.docker.io/v1/": encoded("me:secret")}})
    assert find_credentials("docker.io", environment) == Credentials("me", "secret")


def test_an_identity_token_is_found(tmp_path: Path) -> None:
    environment = write_config(tmp_path, {"auths": {"r.example.org": {"identitytoken": "token"}}})
    assert find_credentials("r.example.org", environment) == Credentials("", "", "token")


def test_podmans_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "auth.json"
    path.write_text(json.dumps({"auths": {"r.example.org": encoded("me:secret")}}))
    environment = {"REGISTRY_AUTH_FILE": str(path), "HOME": str(tmp_path)}
    assert find_credentials("r.example.org", environment) == Credentials("me", "secret")


@pytest.mark.parametrize(
    ("repository", "user"),
    [
        ("foo/bar/image", "image"),
        ("foo/bar/other", "foo"),
        ("foo", "foo"),
        ("foobar/image", "host"),
        ("image", "host"),
        ("", "host"),
        ("empty/image", None),
    ],
)
def test_the_login_for_the_longest_namespace_is_taken(tmp_path: Path, repository: str, user: str | None) -> None:
    names = {"r.example.org/foo/bar/image": "image", "r.example.org/foo": "foo", "r.example.org": "host"}
    auths = {key: encoded(f"{name}:secret") for key, name in names.items()} | {"r.example.org/empty": {}}
    environment = write_config(tmp_path, {"auths": auths})
    found = find_credentials("r.example.org", environment, repository=repository)
    assert (found.username if found else None) == user


def test_a_namespace_of_docker_hub_may_have_a_login(tmp_path: Path) -> None:
    auths = {"https://index.docker.io/v1/": encoded("me:secret"), "docker.io/team": encoded("team:secret")}
    environment = write_config(tmp_path, {"auths": auths})
    for repository, user in (("team/kafka", "team"), ("library/kafka", "me")):
        found = find_credentials("docker.io", environment, repository=repository)
        assert found is not None
        assert found.username == user


def test_no_file_is_no_login(tmp_path: Path) -> None:
    assert find_credentials("r.example.org", {"HOME": str(tmp_path)}) is None


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"auths": {"r.example.org": {"auth": "%%secret%%"}}}',
        '{"auths": {"r.example.org": "secret"}}',
        '{"auths": {"r.example.org": {"auth": ["secret"]}}}',
        '{"auths": ["r.example.org", "secret"]}',
    ],
)
def test_an_unreadable_file_is_told_without_its_content(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(SettingsError) as caught:
        find_credentials("r.example.org", {"DOCKER_CONFIG": str(tmp_path), "HOME": str(tmp_path)})
    assert "secret" not in f"{caught.value.message}{caught.value.details}{caught.value.hint}"


def test_secrets_are_not_in_representations() -> None:
    assert "secret" not in repr(Credentials("me", "secret", "secret-token"))


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a credential helper, as a program on PATH; it records its arguments."""
    program = tmp_path / "bin" / "docker-credential-double"
    program.parent.mkdir()
    program.write_text(
        f"""#!/bin/sh
echo "$@" >> {tmp_path}/arguments
read -r server
case "$server" in
  r.example.org) echo '{{"Username": "me", "Secret": "from-helper"}}' ;;
  t.example.org) echo '{{"Username": "<token>", "Secret": "refresh"}}' ;;
  odd.example.org) echo '{{"Secret": "secret in an error"}}' ;;
  broken.example.org) echo "secret in an error"; exit 1 ;;
  *) echo "credentials not found in native keychain"; exit 1 ;;
esac
"""
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "arguments"


def test_a_credential_helper_is_asked(tmp_path: Path, helper: Path) -> None:
    environment = write_config(tmp_path / "docker", {"credsStore": "double"})
    assert find_credentials("r.example.org", environment) == Credentials("me", "from-helper")
    assert find_credentials("t.example.org", environment) == Credentials("", "", "refresh")
    assert find_credentials("unknown.example.org", environment) is None
    assert set(helper.read_text().split()) == {"get"}


def test_a_helper_may_be_for_one_registry_only(tmp_path: Path, helper: Path) -> None:
    environment = write_config(tmp_path / "docker", {"credHelpers": {"r.example.org": "double"}})
    assert find_credentials("r.example.org", environment) == Credentials("me", "from-helper")
    assert find_credentials("t.example.org", environment) is None


@pytest.mark.parametrize("registry", ["broken.example.org", "odd.example.org"])
def test_a_helper_that_fails_is_told_without_what_it_said(tmp_path: Path, helper: Path, registry: str) -> None:
    environment = write_config(tmp_path / "docker", {"credsStore": "double"})
    with pytest.raises(SettingsError) as caught:
        find_credentials(registry, environment)
    assert "docker-credential-double" in caught.value.message
    assert "secret in an error" not in f"{caught.value.message}{caught.value.details}"
