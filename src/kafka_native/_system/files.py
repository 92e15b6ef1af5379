"""Files and folders that appear whole or not at all, and locks between processes.

Everything slow is made in a staging folder on the same file system and moved into place at the end, so that a kill
at any moment leaves either nothing or the finished thing. Staging folders of dead processes are removed by the next.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from kafka_native import reporting
from kafka_native.errors import PrerequisiteError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from filelock import BaseFileLock

__all__ = [
    "copy_into_place",
    "digest_of_text",
    "digest_of_tree",
    "exclusive",
    "explain_os_errors",
    "make_report_folder",
    "read_json",
    "replace_folder",
    "sha256_of",
    "staging_folder",
    "write_json",
    "write_text",
]

_CACHE_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by kafka-native; may be deleted at any time.\n"
_HELD = ".lock"
"""The end of the name of a file that the owner of a staging folder holds."""


def copy_into_place(source: Path, destination: Path, *, doing: str) -> None:
    """Copy a file beside its destination first, so that there is never half of it.

    Args:
        source: The file; its mode is copied as well.
        destination: Its folder is made when it is not there.
        doing: What it is for ("writing the archive a.tar"), for the message.

    Raises:
        PrerequisiteError: When it cannot be written.
    """
    partial = _partial(destination)
    with explain_os_errors(doing, destination.parent):
        destination.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(source, partial)
            partial.replace(destination)
        finally:
            partial.unlink(missing_ok=True)


def _partial(path: Path) -> Path:
    """Return a name beside a file that no other process and no other thread has."""
    return path.with_name(f".{path.name}.{_nonce()}.partial")


def _nonce() -> str:
    return os.urandom(8).hex()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_text(*parts: str) -> str:
    """Return one SHA-256 over several texts, each with its length, so that no two lists of parts collide."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()


def digest_of_tree(root: Path, patterns: Iterable[str]) -> str:
    """Return one SHA-256 over the names and contents of the files under `root` that match the glob `patterns`."""
    paths = sorted({path for pattern in patterns for path in root.rglob(pattern) if path.is_file()})
    return digest_of_text(*(f"{path.relative_to(root)} {sha256_of(path)}" for path in paths))


def write_text(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a text file so that readers see the old content or the new one, never a part.

    Args:
        path: The file; its folder is made when missing.
        text: Its content, written as UTF-8.
        mode: Permission bits; 0o600 for anything secret.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path: Path, value: Any, *, mode: int = 0o644) -> None:  # noqa: ANN401 - whatever json can write
    """Write a value as sorted, indented JSON, whole or not at all, with these permission bits."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True) + "\n", mode=mode)


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever json can read
    """Return what a JSON file holds, or None when there is no such file or it is not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return None


@contextlib.contextmanager
def exclusive(path: Path, doing: str) -> Iterator[None]:
    """Hold a lock between processes while the block runs, telling the user when another one holds it.

    The kernel drops the lock when its holder dies, so a killed run blocks nobody.

    Args:
        path: The lock file; its folder is made when missing. It stays behind, empty.
        doing: What is being done under the lock, for the message ("installing the toolchain").
    """
    lock = FileLock(path)
    with explain_os_errors(doing, path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        _acquire(lock, doing)
    try:
        yield
    finally:
        lock.release()


def _acquire(lock: BaseFileLock, doing: str) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        reporting.current().info(f"another process is {doing}; waiting for it")
        lock.acquire()


@contextlib.contextmanager
def staging_folder(parent: Path, name: str) -> Iterator[Path]:
    """Yield a new folder under `parent`, removed at the end unless it was moved away.

    Folders left by processes that are gone are removed first; those of others that live are left alone, whether they
    are threads of this process, or processes in a container that shares the cache.

    Args:
        parent: The folder in which the finished thing will stand, so that moving it is one rename.
        name: What is being made; part of the folder's name.
    """
    parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(parent)
    folder = parent / f".{name}.{_nonce()}.partial"
    # Beside it, and held until the end: so the next one can tell whether we live, also in another container.
    with FileLock(f"{folder}{_HELD}"):
        folder.mkdir()
        try:
            yield folder
        finally:
            _remove_staging(folder)


def _remove_abandoned(parent: Path) -> None:
    for held in parent.glob(f".*.partial{_HELD}"):
        with contextlib.suppress(Timeout, OSError), FileLock(held, timeout=0):
            _remove_staging(held.with_name(held.name.removesuffix(_HELD)))


def _remove_staging(folder: Path) -> None:
    for each in (folder, _replaced(folder)):
        shutil.rmtree(each, ignore_errors=True)
    folder.with_name(f"{folder.name}{_HELD}").unlink(missing_ok=True)


def _replaced(staged: Path) -> Path:
    return staged.with_name(f"{staged.name}.old")


def replace_folder(staged: Path, destination: Path) -> None:
    """Move a finished staging folder to its place, over an older one if there is one."""
    if destination.exists():
        doomed = _replaced(staged)
        destination.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
    staged.rename(destination)


def tag_cache(folder: Path) -> None:
    """Mark a folder as a cache (https://bford.info/cachedir/), so that backups leave it out."""
    folder.mkdir(parents=True, exist_ok=True)
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        write_text(tag, _CACHE_TAG)


def make_report_folder(folder: Path, option: str) -> None:
    """Make the folder of a report, so that one that cannot be written is told before what it reports on, not after.

    Args:
        folder: Where the report will be.
        option: The option that names it, for the hint.

    Raises:
        SettingsError: When there can be no such folder.
        PrerequisiteError: When the system refuses to write there.
    """
    with explain_os_errors("making the folder of the report", folder):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, FileNotFoundError) as error:
            raise SettingsError(
                f"making the folder of the report: {error.strerror} ({error.filename})",
                hint=f"name a folder with {option}",
            ) from error
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


@contextlib.contextmanager
def explain_os_errors(doing: str, place: Path) -> Iterator[None]:
    """Translate a full disk, a read-only place or missing rights into an error that says what to do.

    Args:
        doing: What is being done ("installing the toolchain").
        place: The folder being written.

    Raises:
        PrerequisiteError: When the system refuses to write there.
    """
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0)
        if hint is None or isinstance(error, PrerequisiteError):
            raise
        raise PrerequisiteError(
            f"{doing}: {error.strerror} ({error.filename or place}){_free_space(place, error)}",
            hint=hint.format(place=place),
        ) from error


_HINTS = {
    errno.ENOSPC: "free some space, or set NATIVE_KAFKA_CACHE_DIR to a folder on another disk "
    "(NATIVE_KAFKA_DATA_DIR for instances); nothing is lost, the same command goes on where it stopped",
    errno.EDQUOT: "your disk quota is used up; set NATIVE_KAFKA_CACHE_DIR to a folder on another disk "
    "(NATIVE_KAFKA_DATA_DIR for instances)",
    errno.EACCES: "make {place} writable for this user, or choose another folder with NATIVE_KAFKA_CACHE_DIR "
    "or NATIVE_KAFKA_DATA_DIR",
    errno.ENOTDIR: "a part of {place} is a file where a folder should be; move it away, or choose another folder with "
    "NATIVE_KAFKA_CACHE_DIR or NATIVE_KAFKA_DATA_DIR",
    errno.EROFS: "{place} is on a read-only file system; choose another folder with NATIVE_KAFKA_CACHE_DIR "
    "or NATIVE_KAFKA_DATA_DIR",
}


def _free_space(place: Path, error: OSError) -> str:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return ""
    existing = next((folder for folder in (place, *place.parents) if folder.exists()), Path("/"))
    return f"; {shutil.disk_usage(existing).free / 1e6:.0f} MB are free there"
