"""The login for a registry, from where `docker login` and `podman login` leave it.

Secrets are read from files and credential helpers, never from arguments, and never appear in a message.
The files' form is that of https://docs.docker.com/reference/cli/docker/login/#credential-stores and of
containers-auth.json(5); the helpers' is https://github.com/docker/docker-credential-helpers.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from kafka_native._system.commands import capture
from kafka_native.errors import PrerequisiteError, SettingsError
from kafka_native.image.references import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Credentials", "find_credentials"]

_HELPER_SECONDS = 60.0
_HUB_KEY = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"  # noqa: S105 - the helpers' mark of an identity token


@dataclass(frozen=True)
class Credentials:
    """A login.

    Args:
        username: Its name; empty with an identity token.
        password: Its password.
        identity_token: An OAuth2 refresh token, instead of both.
    """

    username: str
    password: str = field(repr=False)
    identity_token: str = field(default="", repr=False)


def find_credentials(
    registry: str, environment: Mapping[str, str] = os.environ, *, repository: str = ""
) -> Credentials | None:
    """Return the login for a registry, or None when nobody has logged in there.

    In a file, an entry for the repository comes first, then those for its namespaces, the longest one first, and then
    that for the registry, as containers-auth.json(5) has it. Helpers know registries only.

    Args:
        registry: Host, with the port if it has one.
        repository: Path in the registry, or empty.
        environment: DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR and HOME say where to look.

    Raises:
        SettingsError: When a file that may hold the login cannot be read, or a credential helper fails.
        PrerequisiteError: When there is no such credential helper.
    """
    for path in _files(environment):
        if path.is_file() and (found := _from_file(path, registry, repository)):
            return found
    return None


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME") or Path.home())
    if named := environment.get("REGISTRY_AUTH_FILE"):
        yield Path(named)
    yield Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / "containers" / "auth.json"
    yield home / ".config" / "containers" / "auth.json"


def _from_file(path: Path, registry: str, repository: str) -> Credentials | None:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        helper = _entry(config.get("credHelpers"), _keys(registry)) or config.get("credsStore")
        entry = dict(_entry(config.get("auths"), [*_namespaces(registry, repository), *_keys(registry)]) or {})
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise SettingsError(
            f"looking for the login for {registry}: {path} cannot be read: {type(error).__name__}",
            hint="repair the file, or log in again with docker login",
        ) from error
    # The store is asked first, as Docker does: with one, the file holds only an empty entry.
    return (_ask(str(helper), registry) if helper else None) or (_decoded(entry, path, registry) if entry else None)


def _namespaces(registry: str, repository: str) -> list[str]:
    parents = [repository, *map(str, PurePosixPath(repository).parents)]
    return [f"{registry}/{each}" for each in parents if each not in ("", ".")]


def _keys(registry: str) -> tuple[str, ...]:
    return (_HUB_KEY, DOCKER_HUB) if registry == DOCKER_HUB else (registry, f"https://{registry}", f"http://{registry}")


def _entry(table: Any, keys: Iterable[str]) -> Any:  # noqa: ANN401 - whatever the file holds
    return next((table[key] for key in keys if key in table), None) if table else None


def _decoded(entry: Mapping[str, str], path: Path, registry: str) -> Credentials | None:
    if token := entry.get("identitytoken"):
        return Credentials("", "", token)
    if not (auth := entry.get("auth")):
        return None
    try:
        user, colon, password = base64.b64decode(auth, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, TypeError):
        user, colon, password = "", "", ""
    if not colon:
        raise SettingsError(
            f"the login for {registry} in {path} is not readable", hint="log in again with docker login"
        )
    return Credentials(user, password.rstrip("\0"))


def _ask(helper: str, registry: str) -> Credentials | None:
    program = f"docker-credential-{helper}"
    server = _HUB_KEY if registry == DOCKER_HUB else registry
    try:
        answer = capture((program, "get"), timeout_seconds=_HELPER_SECONDS, stdin=server)
    except TimeoutError as error:
        raise PrerequisiteError(
            f"{program} did not give the login for {registry} in {_HELPER_SECONDS:.0f} s"
        ) from error
    if answer.returncode != 0:
        if "not found" in answer.stdout.lower():  # the protocol's way to say so, on standard output
            return None
        # What it printed is not shown: it may hold the secret.
        raise SettingsError(f"{program} did not give the login for {registry}", hint=f"try: {program} list")
    try:
        found = json.loads(answer.stdout)
        username, secret = str(found["Username"]), str(found["Secret"])
    except (ValueError, KeyError, TypeError):
        # Not "from" it: what it printed may hold the secret.
        raise SettingsError(
            f"{program} gave no login for {registry} that can be read", hint=f"try: {program} list"
        ) from None
    return Credentials("", "", secret) if username == _TOKEN_USER else Credentials(username, secret)
