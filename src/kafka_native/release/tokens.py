"""Proves to a registry who we are: basic authentication, or tokens for one repository at a time."""

from __future__ import annotations

import base64
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from kafka_native.errors import ImageError

if TYPE_CHECKING:
    import urllib3

    from kafka_native._system.connections import Connections
    from kafka_native.release.credentials import Credentials

__all__ = ["Authorization"]

_CHALLENGE = re.compile(r"(?P<name>\w+)=\"(?P<value>[^\"]*)\"")
_CLIENT = "kafka-native"


class Authorization:
    """The headers that a registry wants, learnt from its challenges (RFC 9110, section 11.6).

    Args:
        credentials: The login, or None.
        registry: The registry's name, for messages.
    """

    def __init__(self, credentials: Credentials | None, registry: str) -> None:
        self._credentials = credentials
        self._registry = registry
        self._by_repository: dict[str, dict[str, str]] = {}

    @property
    def has_login(self) -> bool:
        """Whether a login is kept for the registry."""
        return self._credentials is not None

    def headers(self, repository: str) -> dict[str, str]:
        """Return the headers for requests about a repository."""
        return self._by_repository.get(repository, {})

    def answer(self, challenge: str, repository: str, connections: Connections) -> None:
        """Take up what the registry said with a 401.

        Args:
            challenge: The value of WWW-Authenticate.
            repository: What was asked for.
            connections: Also for the token server.

        Raises:
            ImageError: When there is no login, or the token server refuses it.
        """
        if challenge[:7].lower() == "bearer ":
            self._by_repository[repository] = self._token(dict(_CHALLENGE.findall(challenge)), repository, connections)
        elif challenge[:6].lower() == "basic " and self._credentials and self._credentials.username:
            self._by_repository[repository] = _basic(self._credentials)
        else:
            raise ImageError(
                f"the registry {self._registry} wants a login, and none is kept for it",
                hint=f"log in first: docker login {self._registry}",
            )

    def _token(self, challenge: dict[str, str], repository: str, connections: Connections) -> dict[str, str]:
        realm, wanted = challenge.get("realm", ""), {"service": challenge.get("service", "")}
        wanted["scope"] = challenge.get("scope") or f"repository:{repository}:pull,push"
        if "push" not in wanted["scope"] and self._credentials:
            wanted["scope"] = f"repository:{repository}:pull,push"
        if self._credentials and urlsplit(realm).scheme != "https" and not _is_local(realm):
            raise ImageError(f"{self._registry} wants the login to be sent to {realm}, which is not encrypted")
        response = self._ask(realm, wanted, connections)
        if response.status != HTTPStatus.OK:
            raise ImageError(
                f"the token server of {self._registry} answered {response.status}",
                hint=f"log in again: docker login {self._registry}",
            )
        try:
            found = json.loads(response.data)
            return {"Authorization": f"Bearer {found.get('token') or found['access_token']}"}
        except (ValueError, KeyError, AttributeError):
            # Not "from" it: the answer may hold a secret.
            raise ImageError(f"the token server of {self._registry} answered with no token") from None

    def _ask(self, realm: str, wanted: dict[str, str], connections: Connections) -> urllib3.BaseHTTPResponse:
        if self._credentials and self._credentials.identity_token:
            refresh = {"grant_type": "refresh_token", "refresh_token": self._credentials.identity_token}
            form = wanted | refresh | {"client_id": _CLIENT}
            # Where it would be sent on to has no claim to the token; of a login in a header urllib3 sees to that.
            return connections.request("POST", realm, fields=form, encode_multipart=False, redirect=False)
        login = _basic(self._credentials) if self._credentials else {}
        return connections.request("GET", f"{realm}?{urlencode(wanted)}", headers=login)


def _basic(credentials: Credentials) -> dict[str, str]:
    # Not urllib3.make_headers, which encodes as Latin-1: registries take UTF-8 (RFC 7617, section 2.1).
    login = f"{credentials.username}:{credentials.password}".encode()
    return {"Authorization": f"Basic {base64.b64encode(login).decode()}"}


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
