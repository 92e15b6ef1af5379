"""What apt is told and what it answers, with an apt-get that is a shell script."""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING

import pytest

from kafka_native._system.commands import run
from kafka_native.errors import FetchError, PrerequisiteError
from kafka_native.pins.jdk import pinned_jdk_files
from kafka_native.toolchain import jdk_sources, private_jdk
from kafka_native.toolchain.debian import PackageFile, PrivateApt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_DEBIAN_12 = {"ID": "debian", "VERSION_ID": "12", "VERSION_CODENAME": "bookworm", "PRETTY_NAME": "Debian 12"}
_DEBIAN_13 = {"ID": "debian", "VERSION_ID": "13", "VERSION_CODENAME": "trixie"}
_DEBIAN_TESTING = {"ID": "debian", "VERSION_CODENAME": "forky"}
_UBUNTU = {"ID": "ubuntu", "VERSION_ID": "24.04", "VERSION_CODENAME": "noble"}
_MIRRORS = """\
http://mirror.example/debian-security/
http://mirror.example/debian/
http://mirror.example/ubuntu/
"""
_SOURCE = """\
Reading package lists...
NOTICE: 'openjdk-25' packaging is maintained in the 'Git' version control system at:
https://salsa.debian.org/openjdk-team/openjdk.git -b openjdk-25
Need to get 75.1 MB of source archives.
'http://d/openjdk-25_25.0.3%2b9-2%7edeb13u1.dsc' openjdk-25_25.0.3+9-2~deb13u1.dsc 5158 SHA256:{a}
'http://d/openjdk-25_25.0.3%2b9.orig-googletest.tar.xz' openjdk-25_25.0.3+9.orig-googletest.tar.xz 613408 SHA256:{a}
'http://d/openjdk-25_25.0.3%2b9.orig.tar.xz' openjdk-25_25.0.3+9.orig.tar.xz 74084132 SHA256:{b}
'http://d/openjdk-25_25.0.3%2b9.debian.tar.xz' openjdk-25_25.0.3+9-2~deb13u1.debian.tar.xz 380912 SHA256:{a}
""".format(a="a" * 64, b="b" * 64)


_APT_GET = """#!/bin/sh
echo "$@" >> {folder}/called
case "$*" in *indextargets*) exec cat {folder}/targets;; esac
{behaviour}
"""


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., PrivateApt]:
    """Return a maker of systems: what os-release says, and what apt-get does."""

    def make(release: dict[str, str], *, targets: str = _MIRRORS, apt: str = "") -> PrivateApt:
        (tmp_path / "targets").write_text(targets)
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/apt-get").write_text(_APT_GET.format(folder=tmp_path, behaviour=apt))
        (tmp_path / "bin/apt-get").chmod(0o755)
        (tmp_path / "apt").mkdir()
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
        monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
        return PrivateApt(tmp_path / "apt")

    return make


@pytest.mark.parametrize(
    ("release", "mirror", "suites", "components"),
    [
        (_DEBIAN_12, "http://mirror.example/debian/", "trixie", "main"),
        (_DEBIAN_13, "http://mirror.example/debian/", "trixie", "main"),
        (_DEBIAN_TESTING, "http://mirror.example/debian/", "forky", "main"),
        (_UBUNTU, "http://mirror/ubuntu", "noble noble-updates", "main universe"),
    ],
)
def test_packages_come_from_the_machines_own_mirror(
    system: Callable[..., PrivateApt],
    tmp_path: Path,
    release: dict[str, str],
    mirror: str,
    *,
    suites: str,
    components: str,
) -> None:
    apt = system(release, targets="http://mirror/ubuntu\n" if release is _UBUNTU else _MIRRORS)
    apt.update()
    assert (tmp_path / "apt/sources/kafka-native.sources").read_text() == (
        f"Types: deb deb-src\nURIs: {mirror}\nSuites: {suites}\nComponents: {components}\n"
        f"Signed-By: /usr/share/keyrings/{release['ID']}-archive-keyring.gpg\n"
    )
    update = (tmp_path / "called").read_text().splitlines()[-1]
    assert update.endswith("APT::Update::Error-Mode=any update")
    assert f"Dir::State={tmp_path}/apt/state" in update
    assert f"Dir::Etc::SourceParts={tmp_path}/apt/sources" in update


@pytest.mark.parametrize("release", [{"ID": "fedora", "PRETTY_NAME": "Fedora Linux 41"}, {}])
def test_another_system_is_told_what_it_can_do(
    system: Callable[..., PrivateApt], tmp_path: Path, release: dict[str, str]
) -> None:
    with pytest.raises(PrerequisiteError) as caught:
        system(release).update()
    assert str(caught.value) == (
        "a JDK 25 and its sources are fetched from Debian's or Ubuntu's packages, and this is "
        f"{release.get('PRETTY_NAME', 'another system')}"
    )
    assert "GRAALVM_HOME" in (caught.value.hint or "")
    assert not (tmp_path / "called").exists()


def test_a_system_without_os_release_is_another_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing() -> dict[str, str]:
        raise FileNotFoundError("/etc/os-release")

    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    with pytest.raises(PrerequisiteError, match="this is another system"):
        PrivateApt(tmp_path).update()


def test_apt_sources_without_an_archive(system: Callable[..., PrivateApt]) -> None:
    with pytest.raises(PrerequisiteError, match="name no Debian or Ubuntu archive") as caught:
        system(_DEBIAN_12, targets="http://mirror.example/debian-security/\n").update()
    assert "sources.list" in (caught.value.hint or "")


def test_indexes_that_cannot_be_had(system: Callable[..., PrivateApt]) -> None:
    with pytest.raises(FetchError) as caught:
        system(_DEBIAN_12, apt="echo 'E: Could not resolve mirror.example'; exit 100\n").update()
    assert str(caught.value) == "fetching the package indexes of the distribution failed"
    assert "check the network" in (caught.value.hint or "")
    assert caught.value.details == "E: Could not resolve mirror.example"


def test_files_are_read_from_apts_answer(system: Callable[..., PrivateApt], tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(_SOURCE)
    files = system(_DEBIAN_12, apt=f"cat {tmp_path}/answer\n").source_files("openjdk-25")
    assert [file.size_bytes for file in files] == [5158, 613408, 74084132, 380912]
    name = "openjdk-25_25.0.3+9.orig.tar.xz"
    assert files[2] == PackageFile("http://d/openjdk-25_25.0.3%2b9.orig.tar.xz", name, 74084132, "b" * 64)


def test_the_version_is_that_of_the_source_archive(system: Callable[..., PrivateApt], tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(_SOURCE)
    apt = system(_DEBIAN_12, apt=f"cat {tmp_path}/answer\n")
    assert jdk_sources.offered_version(apt) == "25.0.3+9"


def test_pinned_sources_lie_beside_those_that_the_index_names(
    system: Callable[..., PrivateApt], tmp_path: Path
) -> None:
    (tmp_path / "answer").write_text(_SOURCE.replace("25.0.3", "25.0.99"))
    offered, pinned = jdk_sources.sources_on_offer(system(_DEBIAN_12, apt=f"cat {tmp_path}/answer\n"))
    assert (offered.version, offered.file.sha256) == ("25.0.99+9", "b" * 64)
    assert (pinned.version, pinned.file.url) == ("25.0.3+9", "http://d/openjdk-25_25.0.3%2B9.orig.tar.xz")
    assert pinned.file.sha256 == pinned_jdk_files("25.0.3+9")[pinned.file.name].sha256


def test_a_pin_goes_over_the_digest_of_the_index(system: Callable[..., PrivateApt], tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(_SOURCE)
    (only,) = jdk_sources.sources_on_offer(system(_DEBIAN_12, apt=f"cat {tmp_path}/answer\n"))
    assert only.file.sha256 == pinned_jdk_files("25.0.3+9")[only.file.name].sha256 != "b" * 64


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_packages_of_a_pinned_jdk_take_the_place_of_newer_ones(architecture: str) -> None:
    name = f"openjdk-25-jre-headless_25.0.99+1-1_{architecture}.deb"
    offered = PackageFile(f"http://d/{name}", name, 1, "c" * 64)
    found = private_jdk._of_version("25.0.3+9", offered)
    assert found.name == f"openjdk-25-jre-headless_25.0.3+9-2~deb13u1_{architecture}.deb"
    assert found.url == f"http://d/openjdk-25-jre-headless_25.0.3%2B9-2~deb13u1_{architecture}.deb"
    assert private_jdk._of_version("25.0.99+1", offered) == offered
    library = PackageFile("http://d/libc6_2.41_amd64.deb", "libc6_2.41_amd64.deb", 1, "d" * 64)
    assert private_jdk._of_version("25.0.3+9", library) == library


def test_a_package_that_the_distribution_lacks(system: Callable[..., PrivateApt], tmp_path: Path) -> None:
    apt = system(_DEBIAN_12, apt="echo 'E: Unable to find a source package for openjdk-25'; exit 100\n")
    with pytest.raises(FetchError, match="package index has no openjdk-25") as caught:
        apt.source_files("openjdk-25")
    assert caught.value.details == "E: Unable to find a source package for openjdk-25"


def test_each_package_that_may_be_lacking_is_named(system: Callable[..., PrivateApt]) -> None:
    with pytest.raises(FetchError, match="package index has no openjdk-25-jdk-headless or no ca-certificates"):
        system(_DEBIAN_12, apt="exit 100\n").binary_files("openjdk-25-jdk-headless", "ca-certificates")


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="apt-get is not installed")
def test_files_of_an_index_with_stronger_digests_have_the_digest_that_is_checked(tmp_path: Path) -> None:
    """Ubuntu's indexes have SHA-512 as well; the real apt-get, with a repository of one file."""
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository/Packages").write_text(
        "Package: thing\nVersion: 1\nArchitecture: amd64\nMaintainer: a <a@b>\nFilename: ./thing_1_amd64.deb\n"
        f"Size: 6\nSHA256: {'a' * 64}\nSHA512: {'b' * 128}\nDescription: a\n"
    )
    folder = tmp_path / "apt"
    for each in ("state/lists/partial", "cache/archives/partial", "sources"):
        (folder / each).mkdir(parents=True)
    (folder / "sources/one.sources").write_text(
        f"Types: deb\nURIs: file:{tmp_path}/repository\nSuites: ./\nTrusted: yes\n"
    )
    apt = PrivateApt(folder, "amd64")
    assert run(["apt-get", *apt._options(), "update"]).returncode == 0
    (found,) = apt.binary_files("thing")
    assert (found.name, found.size_bytes, found.sha256) == ("thing_1_amd64.deb", 6, "a" * 64)


def test_sources_in_the_cache_are_listed_newest_first(tmp_path: Path) -> None:
    folder = tmp_path / "jdk-sources"
    folder.mkdir()
    for version in ("25.0.9+1", "25.0.10+1", "25.0.10+12", "25.0.10+2", "25"):
        (folder / f"openjdk-25_{version}.orig.tar.xz").touch()
    (folder / ".openjdk-25_25.0.11+1.orig.tar.xz.part").touch()
    found = [each.version for each in jdk_sources.cached_sources(tmp_path)]
    assert found == ["25.0.10+12", "25.0.10+2", "25.0.10+1", "25.0.9+1"]
