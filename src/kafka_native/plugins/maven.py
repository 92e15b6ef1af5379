"""Resolves artifacts of a Maven repository with all that they need at run time; once, since versions are fixed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kafka_native import reporting
from kafka_native._system.files import (
    digest_of_text,
    exclusive,
    read_json,
    replace_folder,
    sha256_of,
    staging_folder,
    tag_cache,
    write_json,
)
from kafka_native.distribution import repository_url
from kafka_native.errors import FetchError, SettingsError
from kafka_native.plugins.model import PlugInJar

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.settings import Settings

__all__ = ["resolve_artifacts"]

_COORDINATES = re.compile(r"[\w.-]+:[\w.-]+:(?P<version>[\w.+-]+)")
_ROWS: Final = "resolved.json"
_MOVING = ("LATEST", "RELEASE", "MANAGED")
_SCOPES: Final = ("compile", "runtime", None)


def resolve_artifacts(coordinates: tuple[str, ...], settings: Settings) -> tuple[PlugInJar, ...]:
    """Return the jars of artifacts and of all that they need, in the order of the class path.

    The result is kept, with digests; a jar that is not what its digest says is an error.

    Args:
        coordinates: GROUP:ARTIFACT:VERSION each.
        settings: Where the cache and the repository are.

    Raises:
        SettingsError: When the coordinates cannot be used.
        FetchError: When one cannot be had.
    """
    for each in coordinates:
        _check(each)
    folder = settings.cache_dir / "resolved" / digest_of_text(repository_url(settings), *coordinates)[:32]
    with exclusive(settings.cache_dir / "locks" / f"resolve-{folder.name}", f"resolving {', '.join(coordinates)}"):
        if not (folder / _ROWS).is_file():
            tag_cache(settings.cache_dir)
            # In a folder of its own, since jgo takes a file that a killed run has left half-written for whole.
            with staging_folder(folder.parent, "resolve") as staged:
                write_json(staged / _ROWS, _resolve(coordinates, staged, repository_url(settings)))
                replace_folder(staged, folder)
    return tuple(_checked(row, folder) for row in read_json(folder / _ROWS))


def _checked(row: dict[str, Any], folder: Path) -> PlugInJar:
    path = folder / row["path"]
    if not path.is_file() or sha256_of(path) != row["sha256"]:
        raise FetchError(
            f"{path} is not what was downloaded (SHA-256 {row['sha256']})",
            hint=f"delete {folder}, and it is downloaded again",
        )
    return PlugInJar(path, row["sha256"], row["coordinates"], row["named"])


def _check(coordinates: str) -> None:
    match = _COORDINATES.fullmatch(coordinates)
    if not match:
        raise SettingsError(
            f"--maven {coordinates!r} is not of the form GROUP:ARTIFACT:VERSION",
            hint="for example --maven io.strimzi:kafka-oauth-server:0.17.1",
        )
    if match["version"] in _MOVING or match["version"].endswith("-SNAPSHOT"):
        raise SettingsError(
            f"--maven {coordinates!r} names a version that changes, so two builds would differ",
            hint="name a release",
        )


def _resolve(coordinates: tuple[str, ...], repository: Path, url: str) -> list[dict[str, Any]]:
    with reporting.current().step(f"resolving {', '.join(coordinates)}") as step:
        try:
            rows = []
            for dependency, named in _jgo_resolve(coordinates, repository, url):
                step.update(str(dependency.artifact.filename))
                rows.append(_row(dependency.artifact, repository, named=named))
        # jgo lets through what it comes across: RuntimeError, ValueError, errors of its HTTP library and XML parser.
        except Exception as error:
            raise FetchError(
                f"resolving {', '.join(coordinates)} failed: {error}",
                hint="check the coordinates, the network and NATIVE_KAFKA_MAVEN_URL",
            ) from error
        return rows


def _jgo_resolve(coordinates: tuple[str, ...], repository: Path, url: str) -> list[tuple[Any, bool]]:
    # Imported late: it costs more than a tenth of a second, and few commands need it.
    from jgo.maven import MavenContext  # noqa: PLC0415

    context = MavenContext(repo_cache=repository, remote_repos={"repository": url})
    named, needed = context.resolver.resolve([context.create_dependency(each) for each in coordinates])
    wanted = [(each, False) for each in needed if each.scope in _SCOPES and each.type == "jar" and not each.optional]
    return [*((each, True) for each in named), *wanted]


def _row(artifact: Any, repository: Path, *, named: bool) -> dict[str, Any]:  # noqa: ANN401 - jgo has no types
    path: Path = artifact.resolve()
    return {
        "path": str(path.relative_to(repository)),
        "sha256": sha256_of(path),
        "coordinates": f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}",
        "named": named,
    }
