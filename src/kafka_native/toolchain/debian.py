"""Reads Debian's and Ubuntu's package indexes privately, with apt's own signature checks, and tells where files are.

Nothing is installed and no file of the system's package manager is touched: apt runs with a state folder of ours.
Where packages come from is what the machine's own apt sources say; on a Debian too old to have JDK 25, the same
mirror is asked for Debian 13.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from kafka_native._system.commands import find_program, run
from kafka_native._system.files import write_text
from kafka_native.errors import FetchError, PrerequisiteError

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.pins.jdk import PinnedFile

__all__ = ["PackageFile", "PrivateApt", "beside"]

_KEYRINGS = {
    "debian": "/usr/share/keyrings/debian-archive-keyring.gpg",
    "ubuntu": "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
}
_FIRST_DEBIAN_WITH_JDK_25 = 13
_URI_LINE = re.compile(r"^'(?P<url>[^']+)' (?P<name>\S+) (?P<size>\d+) SHA256:(?P<sha256>[0-9a-f]{64})$", re.MULTILINE)
_NO_APT_HINT = "install GraalVM 25 and set GRAALVM_HOME, or build on Debian or Ubuntu and run that executable here"


@dataclass(frozen=True)
class PackageFile:
    """A file of the package archive, with the digest that the signed index gives.

    Args:
        url: Where it is.
        name: Its file name.
        size_bytes: Its size.
        sha256: 64 hexadecimal digits.
    """

    url: str
    name: str
    size_bytes: int
    sha256: str


def beside(offered: PackageFile, pinned: PinnedFile) -> PackageFile:
    """Return a pinned file that lies in the same folder of the archive as one that the index names."""
    folder = offered.url.rpartition("/")[0]
    return PackageFile(f"{folder}/{quote(pinned.name)}", pinned.name, pinned.size_bytes, pinned.sha256)


class PrivateApt:
    """apt with a state folder of its own.

    Args:
        folder: Where its indexes are kept.
        architecture: Whose packages are looked up, in Debian's words ("amd64", "arm64"); this machine's when None.
    """

    def __init__(self, folder: Path, architecture: str | None = None) -> None:
        self._folder = folder
        self._architecture = architecture

    def update(self) -> None:
        """Fetch the package indexes and check their signatures.

        Raises:
            PrerequisiteError: When this is no Debian or Ubuntu.
            FetchError: When the indexes cannot be had.
        """
        for each in ("state/lists/partial", "cache/archives/partial", "sources"):
            (self._folder / each).mkdir(parents=True, exist_ok=True)
        write_text(self._folder / "sources" / "kafka-native.sources", _sources())
        result = run(["apt-get", *self._options(), "-o", "APT::Update::Error-Mode=any", "update"])
        if result.returncode != 0:
            raise FetchError(
                "fetching the package indexes of the distribution failed",
                hint="check the network and the apt sources of this machine, then run the command again",
                details=result.tail(),
            )

    def source_files(self, package: str) -> list[PackageFile]:
        """Return the files of a source package."""
        return self._files("source", "--download-only", "--only-source", packages=(package,))

    def binary_files(self, *packages: str) -> list[PackageFile]:
        """Return the .deb files of packages, without what they depend on."""
        return self._files("download", packages=packages)

    def _files(self, *command: str, packages: tuple[str, ...]) -> list[PackageFile]:
        result = run(["apt-get", *self._options(), *command, "--print-uris", *packages], cwd=self._folder)
        found = [
            PackageFile(each["url"], each["name"], int(each["size"]), each["sha256"])
            for each in _URI_LINE.finditer(result.output)
        ]
        if result.returncode != 0 or not found:
            raise FetchError(
                f"the distribution's package index has no {' or no '.join(packages)}",
                hint=_NO_APT_HINT,
                details=result.tail(5),
            )
        return found

    def _options(self) -> list[str]:
        folder = self._folder
        settings = {
            "Dir::Etc::SourceList": "/dev/null",
            "Dir::Etc::SourceParts": f"{folder}/sources",
            "Dir::State": f"{folder}/state",
            "Dir::State::Status": "/dev/null",
            "Dir::Cache": f"{folder}/cache",
            "Acquire::ForceHash": "SHA256",  # else it prints the strongest one: SHA-512 of Ubuntu's indexes
            "Acquire::Languages": "none",
            "APT::Sandbox::User": "root",
        }
        if self._architecture:
            settings |= {"APT::Architecture": self._architecture, "APT::Architectures": self._architecture}
        return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")] + ["-q"]


def _sources() -> str:
    release = _os_release()
    family = release.get("ID", "")
    if family not in _KEYRINGS or not find_program("apt-get"):
        raise PrerequisiteError(
            f"a JDK 25 and its sources are fetched from Debian's or Ubuntu's packages, and this is "
            f"{release.get('PRETTY_NAME', 'another system')}",
            hint=_NO_APT_HINT,
        )
    suites, components = release.get("VERSION_CODENAME", ""), "main"
    if family == "debian" and int(release.get("VERSION_ID", "99")) < _FIRST_DEBIAN_WITH_JDK_25:
        suites = "trixie"
    if family == "ubuntu":  # a release older than JDK 25 gets it as an update
        suites, components = f"{suites} {suites}-updates", "main universe"
    return (
        f"Types: deb deb-src\nURIs: {_mirror()}\nSuites: {suites}\n"
        f"Components: {components}\nSigned-By: {_KEYRINGS[family]}\n"
    )


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:  # there is no os-release file
        return {}


def _mirror() -> str:
    """Return the archive that this machine's own apt uses, whatever the format of its sources."""
    targets = run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
    uris = [line.split()[0] for line in targets.output.splitlines() if re.match(r"(https?|file|copy|mirror)\S*:", line)]
    archive = next((uri for uri in uris if re.search(r"/(debian|ubuntu)/?$", uri)), None)
    if archive is None:
        raise PrerequisiteError(
            "the apt sources of this machine name no Debian or Ubuntu archive, so there is nowhere to fetch a JDK from",
            hint="add the distribution's main archive to /etc/apt/sources.list",
            details=targets.tail(5),
        )
    return archive
