"""JDKs and GraalVMs of this machine: found, told apart, and refused when the user points to something else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from kafka_native.errors import SettingsError
from kafka_native.toolchain.graalvm import find_graalvm
from kafka_native.toolchain.jdk import Jdk, find_jdks, load_jdk
from kafka_native.toolchain.options import NativeImageOptions

if TYPE_CHECKING:
    from pathlib import Path

_TEMURIN = """IMPLEMENTOR="Eclipse Adoptium"
IMPLEMENTOR_VERSION="Temurin-25.0.3+9"
JAVA_RUNTIME_VERSION="25.0.3+9-LTS"
JAVA_VERSION="25.0.3"
MODULES="java.base java.compiler"
"""
_DEBIAN = """IMPLEMENTOR="Debian"
JAVA_RUNTIME_VERSION="25.0.3+9-2-deb13u1-Debian"
JAVA_VERSION="25.0.3"
"""
_GRAALVM = """IMPLEMENTOR="GraalVM Community"
JAVA_RUNTIME_VERSION="25.0.2+10-jvmci-b01"
JAVA_VERSION="25.0.2"
GRAALVM_VERSION="25.0.2"
"""
_OLD = 'JAVA_VERSION="1.8.0_412"\n'


def _home(folder: Path, release: str, *programs: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "release").write_text(release)
    for program in programs:
        (folder / "bin" / program).write_text("#!/bin/sh\n")
        (folder / "bin" / program).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("release", "version", "feature", "vendor"),
    [
        (_TEMURIN, "25.0.3+9", 25, "Eclipse Adoptium"),
        (_DEBIAN, "25.0.3+9", 25, "Debian"),
        (_GRAALVM, "25.0.2+10", 25, "GraalVM Community"),
        (_OLD, "1.8.0", 1, "unknown vendor"),
        ('JAVA_RUNTIME_VERSION="26-ea+5"', "26", 26, "unknown vendor"),
        ('JAVA_RUNTIME_VERSION="25.0.5.1+2-1~24.04.1"', "25.0.5.1+2", 25, "unknown vendor"),
    ],
)
def test_a_release_file_tells_what_a_jdk_is(
    tmp_path: Path, release: str, version: str, feature: int, vendor: str
) -> None:
    jdk = load_jdk(_home(tmp_path / "jdk", release, "javac"))
    assert jdk == Jdk(tmp_path / "jdk", version, vendor)
    assert jdk.feature == feature
    assert str(jdk) == f"JDK {version} ({vendor}) in {tmp_path / 'jdk'}"
    assert (jdk.java, jdk.javac) == (tmp_path / "jdk/bin/java", tmp_path / "jdk/bin/javac")


def test_builds_of_one_version_by_two_vendors_match(tmp_path: Path) -> None:
    temurin = load_jdk(_home(tmp_path / "temurin", _TEMURIN, "javac"))
    debian = load_jdk(_home(tmp_path / "debian", _DEBIAN, "javac"))
    assert temurin
    assert debian
    assert temurin.version == debian.version


def test_what_is_no_jdk(tmp_path: Path) -> None:
    assert load_jdk(tmp_path / "nothing") is None
    assert load_jdk(_home(tmp_path / "jre", _TEMURIN, "java")) is None
    assert load_jdk(_home(tmp_path / "unreadable", "no release file at all", "javac")) is None
    (tmp_path / "unreadable/release").write_bytes(b"\xff\x00 something else bears that name")
    assert load_jdk(tmp_path / "unreadable") is None


def test_jdks_are_found_where_they_are_installed_each_once(tmp_path: Path) -> None:
    jvm = tmp_path / "jvm"
    old, new = _home(jvm / "java-17", 'JAVA_VERSION="17.0.1"', "javac"), _home(jvm / "java-25", _TEMURIN, "javac")
    _home(jvm / "jre", _TEMURIN, "java")
    (jvm / "default").symlink_to(new)
    on_path = _home(tmp_path / "on-path", _DEBIAN, "javac")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/javac").symlink_to(on_path / "bin/javac")
    environment = {"JAVA_HOME": str(old), "PATH": str(tmp_path / "bin")}
    assert [jdk.home for jdk in find_jdks(environment, [jvm, tmp_path / "none"])] == [old, on_path, new]


def test_the_jdk_that_the_user_names_is_the_only_one(tmp_path: Path) -> None:
    named = _home(tmp_path / "named", _DEBIAN, "javac")
    _home(tmp_path / "jvm/other", _TEMURIN, "javac")
    assert [jdk.home for jdk in find_jdks({"NATIVE_KAFKA_JDK_HOME": str(named)}, [tmp_path / "jvm"])] == [named]


def test_naming_a_folder_that_is_no_jdk_is_refused(tmp_path: Path) -> None:
    jre = _home(tmp_path / "jre", _TEMURIN, "java")
    with pytest.raises(SettingsError) as caught:
        find_jdks({"NATIVE_KAFKA_JDK_HOME": str(jre)}, [])
    assert str(caught.value) == (
        f"NATIVE_KAFKA_JDK_HOME is {jre}, but no JDK is there (no release file, or no bin/javac)"
    )
    assert caught.value.hint == "point it to the home of a JDK 25, or unset it"


def _graalvm(folder: Path) -> Path:
    return _home(folder, _GRAALVM, "javac", "native-image")


def test_graalvm_home_comes_first(tmp_path: Path) -> None:
    first, second = _graalvm(tmp_path / "first"), _graalvm(tmp_path / "second")
    found = find_graalvm({"GRAALVM_HOME": str(first), "JAVA_HOME": str(second), "PATH": f"{second}/bin"})
    assert found
    assert (found.jdk.home, found.provider) == (first, "graalvm")
    assert found.identity == "graalvm 25.0.2+10 GraalVM Community"


def test_a_graalvm_compiles_in_a_locale_that_is_always_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1")
    found = find_graalvm({"GRAALVM_HOME": str(_graalvm(tmp_path))})
    assert found
    options = NativeImageOptions("Main", (tmp_path,), tmp_path / "out", "id")
    argv, environment = found.command(options, tmp_path)
    assert argv == [f"{tmp_path}/bin/native-image", f"@{tmp_path}/native-image.args"]
    assert (environment["LC_ALL"], environment["PATH"]) == ("C.UTF-8", os.environ["PATH"])


def test_java_home_is_taken_when_it_has_native_image(tmp_path: Path) -> None:
    found = find_graalvm({"JAVA_HOME": str(_graalvm(tmp_path / "graalvm")), "PATH": ""})
    assert found
    assert found.jdk.home == tmp_path / "graalvm"


def test_native_image_is_found_on_the_path_through_links(tmp_path: Path) -> None:
    home, stock = _graalvm(tmp_path / "graalvm"), _home(tmp_path / "stock", _TEMURIN, "javac")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/native-image").symlink_to(home / "bin/native-image")
    found = find_graalvm({"JAVA_HOME": str(stock), "PATH": str(tmp_path / "bin")})
    assert found
    assert found.jdk.home == home


def test_an_older_graalvm_that_nobody_named_is_passed_over(tmp_path: Path) -> None:
    old = _home(tmp_path / "old", 'JAVA_VERSION="21.0.2"', "javac", "native-image")
    assert find_graalvm({"JAVA_HOME": str(old), "PATH": f"{old}/bin"}) is None
    assert find_graalvm({}) is None


@pytest.mark.parametrize(
    ("release", "programs", "what"),
    [
        ('JAVA_VERSION="21.0.2"', ("javac", "native-image"), "JDK 21.0.2"),
        (_TEMURIN, ("javac",), "JDK 25.0.3+9"),
        (_GRAALVM, ("native-image",), "no JDK"),
    ],
)
def test_a_wrong_graalvm_home_is_refused(tmp_path: Path, release: str, programs: tuple[str, ...], what: str) -> None:
    home, good = _home(tmp_path / "wrong", release, *programs), _graalvm(tmp_path / "good")
    with pytest.raises(SettingsError) as caught:
        find_graalvm({"GRAALVM_HOME": str(home), "JAVA_HOME": str(good), "PATH": f"{good}/bin"})
    assert str(caught.value) == (
        f"GRAALVM_HOME is {home}, but {what} is there, and a GraalVM 25 with bin/native-image is needed"
    )
    assert caught.value.hint == "point GRAALVM_HOME to a GraalVM 25, or unset it: a toolchain is then assembled"
