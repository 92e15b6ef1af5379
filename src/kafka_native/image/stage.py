"""Decides what goes into the image: from an executable and a few packages to layers of files. Writes nothing."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from kafka_native.errors import ImageError
from kafka_native.image.root_files import APP_USER, DATA_FOLDER, Layer, directory, file, link, text
from kafka_native.image.tool_links import tool_links
from kafka_native.settings import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.image.packages import SystemFiles
    from kafka_native.image.platforms import Platform
    from kafka_native.image.root_files import Entry

__all__ = ["EXECUTABLE", "RUN", "TOOLS_FOLDER", "base_layers", "stage"]

EXECUTABLE = "/opt/kafka/kafka"
RUN = "/etc/kafka/docker/run"
TOOLS_FOLDER = "/opt/kafka/bin"

_DOCS = "/usr/share/doc"
# libm is what snappy's native code needs; the others are empty in newer versions of glibc, and named by older binaries.
_LIBRARIES = ("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1")
_BUSYBOX_LIBRARY = "libresolv.so.2"  # its other one is libc
_APPLETS = [
    "[",
    "awk",
    "base64",
    "basename",
    "cat",
    "chmod",
    "chown",
    "cp",
    "cut",
    "date",
    "df",
    "dirname",
    "du",
    "echo",
    "env",
    "expr",
    "false",
    "find",
    "grep",
    "head",
    "hostname",
    "id",
    "kill",
    "ln",
    "ls",
    "md5sum",
    "mkdir",
    "mktemp",
    "more",
    "mv",
    "nc",
    "nslookup",
    "od",
    "ping",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "rm",
    "rmdir",
    "sed",
    "seq",
    "sha256sum",
    "sleep",
    "sort",
    "stat",
    "tail",
    "tar",
    "tee",
    "test",
    "timeout",
    "top",
    "touch",
    "tr",
    "true",
    "uname",
    "uniq",
    "vi",
    "wait",
    "wc",
    "wget",
    "which",
    "whoami",
    "xargs",
]
_PASSWD = f"""\
root:x:0:0:root:/root:/sbin/nologin
appuser:x:{APP_USER}:{APP_USER}:Kafka:/home/appuser:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
"""
_GROUP = f"root:x:0:appuser\nappuser:x:{APP_USER}:\nnogroup:x:65534:\n"


def stage(executable: Path, system: SystemFiles, platform: Platform, *, with_shell: bool) -> tuple[Layer, ...]:
    """Return the layers of an image, the most stable one first.

    Args:
        executable: The native executable.
        system: The packages that the other files are from.
        platform: The image's platform.
        with_shell: Whether there is a shell in it, with what test libraries expect beside it.

    Raises:
        ImageError: When a package lacks a file.
    """
    started = (file(EXECUTABLE, executable, origin="executable", mode=0o755), link(RUN, EXECUTABLE))
    tools = (link(f"{TOOLS_FOLDER}/{name}", EXECUTABLE) for name in tool_links())
    executables = Layer("the native executable, and a link for each tool", (*started, *tools))
    return (*base_layers(system, platform, with_shell=with_shell), executables)


def base_layers(system: SystemFiles, platform: Platform, *, with_shell: bool) -> tuple[Layer, ...]:
    """Return the layers below the executable; see `stage`."""
    lowest = Layer("folders, users and glibc", (*_folders(), *_identity(), *_glibc(system, platform), *_licences()))
    if not with_shell:
        return (lowest,)
    return lowest, Layer("busybox, and what test libraries expect", (*_busybox(system, platform), *_scripts()))


def _folders() -> list[Entry]:
    plain = (
        *("/bin", "/etc", "/etc/kafka", "/etc/kafka/docker", "/home", "/lib64", "/lib", "/mnt", "/mnt/shared", "/opt"),
        *("/mnt/shared/config", "/opt/kafka/bin", "/sbin", "/usr", "/usr/bin", "/usr/lib", "/usr/sbin", "/usr/share"),
        *(_DOCS, f"{_DOCS}/kafka-native", f"{_DOCS}/libc6", "/var", "/var/lib", "/var/lib/kafka"),
    )
    # Owned by the default user and open to group 0, to which a user id that the platform chose belongs (OpenShift).
    own = ("/opt/kafka", "/opt/kafka/config", "/opt/kafka/logs", "/etc/kafka/secrets", "/home/appuser", DATA_FOLDER)
    return [
        *(directory(path) for path in plain),
        *(directory(path, mode=0o775, owner=APP_USER) for path in own),
        directory("/tmp", mode=0o1777),  # noqa: S108 - a path in the image
    ]


def _identity() -> list[Entry]:
    return [
        text("/etc/passwd", _PASSWD),
        text("/etc/group", _GROUP),
        # Else glibc asks DNS before it looks into /etc/hosts.
        text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    ]


def _glibc(system: SystemFiles, platform: Platform) -> list[Entry]:
    package = system.package("libc6")
    origin = f"{package.name} {package.version}"
    folder = f"/usr/lib/{platform.triplet}"
    loader = _found(system, platform.loader.lstrip("/"))
    copyright_file = _found(system, "usr/share/doc/libc6/copyright")
    return [
        directory(folder),
        *(_library(system, platform, name) for name in _LIBRARIES),
        file(platform.loader, loader, origin=origin, mode=0o755),
        file(f"{_DOCS}/libc6/copyright", copyright_file, origin=origin),
    ]


def _library(system: SystemFiles, platform: Platform, name: str) -> Entry:
    package = system.package("libc6")
    path = f"lib/{platform.triplet}/{name}"
    return file(f"/usr/{path}", _found(system, path), origin=f"{package.name} {package.version}")


def _licences() -> list[Entry]:
    return [
        file(f"{_DOCS}/kafka-native/{name}", bundled(name), origin="kafka-native") for name in ("LICENSE", "NOTICE")
    ]


def _busybox(system: SystemFiles, platform: Platform) -> list[Entry]:
    package = system.package("busybox")
    origin = f"{package.name} {package.version}"
    return [
        _library(system, platform, _BUSYBOX_LIBRARY),
        file("/bin/busybox", _found(system, "bin/busybox"), origin=origin, mode=0o755),
        *(link(f"/bin/{name}", "busybox") for name in _APPLETS),
        link("/usr/bin/env", "/bin/busybox"),  # "#!/usr/bin/env bash"
        directory(f"{_DOCS}/busybox"),
        file(
            f"{_DOCS}/busybox/copyright",
            _found(system, "usr/share/doc/busybox/copyright"),
            origin=origin,
        ),
    ]


def _scripts() -> list[Entry]:
    """Return the scripts that drivers run or source, made for Apache's image or, the last five, for Confluent's."""
    sourced = (f"/etc/kafka/docker/{name}" for name in ("bash-config", "configureDefaults", "configure"))
    confluent = "/etc/confluent/docker"
    return [
        text("/bin/sh", _script("sh"), mode=0o755),
        text("/bin/bash", _script("bash"), mode=0o755),
        *(text(path, _script("placeholder")) for path in sourced),
        text("/etc/kafka/docker/launch", _script("launch"), mode=0o755),
        directory("/etc/confluent"),
        directory(confluent, mode=0o775, owner=APP_USER),  # drivers edit what is in it
        text(f"{confluent}/bash-config", _script("placeholder")),
        text(f"{confluent}/configure", _script("confluent-configure"), mode=0o775, owner=APP_USER),
        text(f"{confluent}/ensure", _script("placeholder"), mode=0o775, owner=APP_USER),
        text(f"{confluent}/launch", _script("confluent-run"), mode=0o755),
        text(f"{confluent}/run", _script("confluent-run"), mode=0o755),
        directory("/work", mode=0o775, owner=APP_USER),  # Quarkus writes a start script into it
        text("/work/kafka", _script("work-kafka"), mode=0o755),
    ]


def _script(name: str) -> str:
    return (resources.files("kafka_native.image") / "rootfs" / name).read_text(encoding="utf-8")


def _found(system: SystemFiles, path: str) -> Path:
    """Return a file of the packages, whether they still have /lib and /bin or only what is in /usr."""
    for candidate in (system.root / path, system.root / "usr" / path):
        resolved = _resolved(candidate, system.root)
        if resolved.is_file():
            return resolved
    raise ImageError(
        f"the distribution's packages have no {path}",
        hint="fetch newer ones with 'kafka-native image build --refresh'",
        details=f"looked in {system.root}",
    )


def _resolved(path: Path, root: Path) -> Path:
    """Follow a link inside the unpacked packages: an absolute one leads into them, not into this machine."""
    if not path.is_symlink():
        return path
    target = path.readlink()
    return root / target.relative_to("/") if target.is_absolute() else path.parent / target
