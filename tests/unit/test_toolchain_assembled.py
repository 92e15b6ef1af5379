"""Assembling a toolchain: which JDK goes with which JDK sources, and what is told when none does."""

from __future__ import annotations

import errno
import os
import platform
from typing import TYPE_CHECKING

import pytest

from kafka_native import reporting, toolchain
from kafka_native.errors import FetchError, PrerequisiteError, SettingsError, ToolchainError
from kafka_native.settings import Settings
from kafka_native.toolchain import assembled, jdk, jdk_sources, private_jdk
from kafka_native.toolchain.debian import PackageFile, PrivateApt

if TYPE_CHECKING:
    from pathlib import Path

_SOURCES = "25.0.3+9"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an empty cache on a machine without any JDK and any network, whose apt-get fails."""
    for name in ("NATIVE_KAFKA_JDK_HOME", "JAVA_HOME", "GRAALVM_HOME"):
        monkeypatch.delenv(name, raising=False)
    mirror = "case $* in *indextargets*) echo http://mirror.example/debian/; exit 0;; esac"
    _program(tmp_path / "bin/apt-get", f"{mirror}\necho 'E: Could not resolve mirror.example'; exit 100")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    release = {"ID": "debian", "VERSION_ID": "12", "VERSION_CODENAME": "bookworm"}
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    # The default folders are those of the machine that runs the tests.
    monkeypatch.setattr(jdk.find_jdks, "__defaults__", (os.environ, (tmp_path / "jvm",)))
    return Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data")


def _program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def _jdk(home: Path, version: str) -> Path:
    _program(home / "bin/javac", "")
    _program(home / "bin/java", "")
    (home / "release").write_text(f'IMPLEMENTOR="Vendor"\nJAVA_RUNTIME_VERSION="{version}"\n')
    return home


def _cache_sources(settings: Settings, version: str = _SOURCES) -> None:
    folder = settings.cache_dir / "jdk-sources"
    folder.mkdir(parents=True)
    (folder / f"openjdk-25_{version}.orig.tar.xz").touch()


@pytest.fixture
def online(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return a cache on a machine whose distribution offers a JDK and its sources."""

    def fetch_sources(archive: jdk_sources.SourceArchive, cache_dir: Path) -> jdk_sources.JdkSources:
        if "refused" in archive.file.url:
            raise FetchError(f"refused {archive.file.name}")
        return jdk_sources.JdkSources(archive.version, cache_dir / "sources")

    def fetch_jdk(version: str, _apt: object, cache_dir: Path) -> jdk.Jdk:
        home = _jdk(private_jdk._home(version, cache_dir), version)
        return jdk.Jdk(home, version, "Vendor")

    monkeypatch.setattr(PrivateApt, "update", lambda _self: None)
    _offer(monkeypatch, _SOURCES)
    monkeypatch.setattr(jdk_sources, "fetch_sources", fetch_sources)
    monkeypatch.setattr(private_jdk, "ensure_private_jdk", fetch_jdk)
    return settings


def _offer(monkeypatch: pytest.MonkeyPatch, *versions: str) -> None:
    """Let the distribution offer these JDK sources; a version with "!" behind it is refused by the server."""
    archives = [
        jdk_sources.SourceArchive(
            each.rstrip("!"),
            PackageFile(f"http://mirror.example/{'refused' if '!' in each else 'd'}", f"{each}.tar.xz", 1, "a" * 64),
        )
        for each in versions
    ]
    monkeypatch.setattr(jdk_sources, "sources_on_offer", lambda _apt: archives)


class _Told(reporting.LoggingReporter):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def info(self, message: str) -> None:
        self.lines.append(message)


def _matching(settings: Settings) -> tuple[jdk.Jdk, list[str]]:
    told = _Told()
    with reporting.use(told):
        found, sources = assembled._matching_jdk_and_sources(settings)
    assert sources.version == found.version == _SOURCES
    return found, told.lines


def test_a_jdk_that_the_user_names_must_match(
    online: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _jdk(tmp_path / "named", "25.0.1+8-LTS")
    monkeypatch.setenv("NATIVE_KAFKA_JDK_HOME", str(home))
    with pytest.raises(ToolchainError) as caught:
        _matching(online)
    assert str(caught.value) == (
        f"the JDK does not match the JDK sources: JDK 25.0.1+8 (Vendor) in {home}, the sources are 25.0.3+9, "
        "and the static libraries of one do not fit the other"
    )
    assert caught.value.hint == "use a JDK 25.0.3+9, or unset NATIVE_KAFKA_JDK_HOME: a matching one is then fetched"


@pytest.mark.parametrize("version", ["17.0.9+9", "25.0.1+8"])
def test_a_jdk_that_the_user_names_is_never_passed_over(
    online: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """Not even when a matching one was fetched before."""
    _cache_sources(online)
    _jdk(private_jdk._home(_SOURCES, online.cache_dir), _SOURCES)
    monkeypatch.setenv("NATIVE_KAFKA_JDK_HOME", str(_jdk(tmp_path / "named", version)))
    with pytest.raises(ToolchainError, match="the JDK does not match the JDK sources"):
        _matching(online)


def test_a_folder_that_is_no_jdk_is_refused(online: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATIVE_KAFKA_JDK_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match=r"NATIVE_KAFKA_JDK_HOME is .*, but no JDK is there"):
        _matching(online)


def test_a_jdk_that_was_only_found_is_replaced_by_one_that_matches(online: Settings, tmp_path: Path) -> None:
    other = _jdk(tmp_path / "jvm/other", "25.0.1+8-LTS")
    found, told = _matching(online)
    assert found.home == online.cache_dir / "jdks/openjdk-25.0.3+9"
    assert told == [
        f"no JDK here matches the JDK sources 25.0.3+9 (JDK 25.0.1+8 (Vendor) in {other}); fetching one that does"
    ]


def test_without_any_jdk_one_is_fetched(online: Settings, tmp_path: Path) -> None:
    _jdk(tmp_path / "jvm/old", "17.0.9+9")
    found, told = _matching(online)
    assert (found.home, told) == (online.cache_dir / "jdks/openjdk-25.0.3+9", [])


def test_a_jdk_of_this_machine_is_taken_when_it_matches(online: Settings, tmp_path: Path) -> None:
    _jdk(tmp_path / "jvm/older", "25.0.1+8-LTS")
    home = _jdk(tmp_path / "jvm/good", "25.0.3+9-2-deb13u1-Debian")
    found, told = _matching(online)
    assert (found.home, told) == (home, [])


def test_sources_that_fit_a_jdk_of_this_machine_come_first(
    online: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stock JDK is often some months older than what the distribution has by now."""
    _offer(monkeypatch, "25.0.5+8", _SOURCES)
    home = _jdk(tmp_path / "jvm/good", f"{_SOURCES}-LTS")
    found, told = _matching(online)
    assert (found.home, told) == (home, [])


def test_sources_that_the_server_refuses_are_replaced_by_others(
    online: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(monkeypatch, "25.0.5+8!", _SOURCES)
    found, told = _matching(online)
    assert found.home == online.cache_dir / "jdks/openjdk-25.0.3+9"
    assert told == ["refused 25.0.5+8!.tar.xz; trying another version"]


def test_when_all_sources_are_refused_the_last_refusal_is_told(
    online: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(monkeypatch, "25.0.5+8!", f"{_SOURCES}!")
    _jdk(tmp_path / "jvm/good", "25.0.5+8")
    with pytest.raises(FetchError, match=r"refused 25.0.3\+9!.tar.xz") as caught:
        _matching(online)
    assert "JDK 25.0.5+8 (Vendor)" in (caught.value.details or "")


def test_refused_sources_never_replace_the_jdk_that_the_user_names(
    online: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _offer(monkeypatch, "25.0.5+8!", _SOURCES)
    monkeypatch.setenv("NATIVE_KAFKA_JDK_HOME", str(_jdk(tmp_path / "named", "25.0.5+8")))
    with pytest.raises(FetchError, match=r"refused 25.0.5\+8"):
        _matching(online)


def test_with_cached_sources_no_network_is_needed(settings: Settings, tmp_path: Path) -> None:
    _cache_sources(settings)
    home = _jdk(tmp_path / "jvm/good", "25.0.3+9-LTS")
    assert _matching(settings)[0].home == home


def test_without_a_network_the_message_tells_what_is_here(settings: Settings, tmp_path: Path) -> None:
    home = _jdk(tmp_path / "jvm/one", "25.0.1+8-LTS")
    with pytest.raises(FetchError) as caught:
        _matching(settings)
    assert str(caught.value) == "fetching the package indexes of the distribution failed"
    assert "check the network" in (caught.value.hint or "")
    assert (caught.value.details or "").splitlines() == [
        "E: Could not resolve mirror.example",
        f"JDK 25.0.1+8 (Vendor) in {home}",
    ]


def test_without_a_network_and_a_jdk_that_is_said(settings: Settings, tmp_path: Path) -> None:
    _jdk(tmp_path / "jvm/old", "17.0.9+9")
    with pytest.raises(FetchError) as caught:
        _matching(settings)
    assert (caught.value.details or "").endswith("\nno JDK 25 on this machine")


def test_no_jdk_on_another_system(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    fedora = {"ID": "fedora", "PRETTY_NAME": "Fedora Linux 41"}
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: fedora)
    with pytest.raises(PrerequisiteError, match="and this is Fedora Linux 41") as caught:
        _matching(settings)
    assert caught.value.details == "no JDK 25 on this machine"


def test_the_status_of_an_empty_machine_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    _jdk(tmp_path / "jvm/old", "17.0.9+9")
    status = toolchain.toolchain_status(settings)
    assert (status.provider, status.home, status.jdk) == (None, None, None)
    assert {"gcc", "make"} <= set(status.missing_packages)
    assert status.jdks == (f"JDK 17.0.9+9 (Vendor) in {tmp_path}/jvm/old",)
    assert toolchain.planned_steps(settings) == assembled.STEPS
    assert not settings.cache_dir.exists()


def test_kafka_on_the_jvm_takes_the_newest_jdk(settings: Settings, tmp_path: Path) -> None:
    for version in ("11.0.1+1", "17.0.9+9", "21.0.2+13"):
        _jdk(tmp_path / "jvm" / version, version)
    assert toolchain.ensure_jdk(settings).feature == 21


def test_a_copied_jdk_stands_alone(tmp_path: Path) -> None:
    home = _jdk(tmp_path / "jdk", _SOURCES)
    for name in ("jmods/java.base.jmod", "lib/src.zip", "man/java.1", "elsewhere/conf"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(name)
    (home / "conf").symlink_to(home / "elsewhere")
    (home / "lib/link").symlink_to(home / "elsewhere/conf")
    (home / "lib/cacerts").symlink_to("/nowhere/cacerts")
    assembled._copy_tree(home, tmp_path / "copy")
    copied = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert copied == {"bin/java", "bin/javac", "release", "elsewhere/conf", "conf/conf", "lib/link"}
    assert not any(path.is_symlink() for path in (tmp_path / "copy").rglob("*"))
    assert os.access(tmp_path / "copy/bin/javac", os.X_OK)


def test_a_disk_that_is_full_while_copying_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(assembled, "_link_or_copy", refuse)
    with pytest.raises(OSError, match="No space left") as caught:
        assembled._copy_tree(_jdk(tmp_path / "jdk", _SOURCES), tmp_path / "copy")
    assert caught.value.errno == errno.ENOSPC
