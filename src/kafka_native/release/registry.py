"""Speaks to a registry: the OCI distribution protocol, with logins and TLS, over urllib3.

Sources: https://github.com/opencontainers/distribution-spec/blob/main/spec.md for the requests,
https://distribution.github.io/distribution/spec/auth/token/ for tokens. No container engine is needed.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from kafka_native._system.connections import Connections
from kafka_native.errors import FetchError, ImageError, SettingsError
from kafka_native.image.references import DOCKER_HUB
from kafka_native.release.credentials import find_credentials
from kafka_native.release.tokens import Authorization

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import urllib3

__all__ = ["INDEX_TYPES", "MANIFEST_TYPES", "Manifest", "Registry", "connect"]

INDEX_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFEST_TYPES = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")

_CERTIFICATES = Path("/etc/docker/certs.d")
_HUB_HOST = "registry-1.docker.io"


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index, byte for byte as the registry has it.

    Args:
        content: Its bytes.
        media_type: Its media type.
    """

    content: bytes = field(repr=False)
    media_type: str

    @property
    def digest(self) -> str:
        """Its digest, computed from the bytes."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    @property
    def is_index(self) -> bool:
        """Whether it lists the manifests of several platforms."""
        return self.media_type in INDEX_TYPES

    def parsed(self) -> dict[str, Any]:
        """Return what it says."""
        found: dict[str, Any] = json.loads(self.content)
        return found


def connect(
    registry: str, *, repository: str = "", authorities: Path | None = None, plain_http: bool = False
) -> Registry:
    """Return a client for a registry; nothing is sent yet.

    Args:
        registry: Host, with the port if it has one.
        repository: Path in it that all will be about: logins may be kept for it alone; empty for any.
        authorities: PEM file with the certificate authorities to trust; when None, Docker's
            `/etc/docker/certs.d/REGISTRY/*.crt`, then `SSL_CERT_FILE`, then those of the system.
        plain_http: Use http; only for registries on this machine or in a network of one's own.

    Raises:
        SettingsError: When the file with the authorities is missing or is none, or a login cannot be read.
    """
    import urllib3  # noqa: PLC0415 - most commands speak to nobody

    host = _HUB_HOST if registry == DOCKER_HUB else registry
    options: dict[str, Any] = {} if plain_http else {"ssl_context": _trust(registry, authorities)}
    retries = urllib3.Retry(total=3, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504), raise_on_status=False)
    connections = Connections(retries=retries, timeout=urllib3.Timeout(connect=15, read=120), **options)
    scheme = "http" if plain_http else "https"
    authorization = Authorization(find_credentials(registry, repository=repository), registry)
    return Registry(registry, f"{scheme}://{host}", connections, authorization)


def _trust(registry: str, authorities: Path | None) -> Any:  # noqa: ANN401 - ssl is imported late
    import ssl  # noqa: PLC0415 - as above

    named = [authorities] if authorities else sorted((_CERTIFICATES / registry).glob("*.crt"))
    if not named and (variable := os.environ.get("SSL_CERT_FILE")):
        named = [Path(variable)]
    context = ssl.create_default_context()
    for path in named:
        try:
            context.load_verify_locations(cafile=path)
        except OSError as error:  # SSLError is one
            raise SettingsError(
                f"the certificate authorities in {path} cannot be used: {error.strerror or error}",
                hint="give a PEM file with the authority's certificate",
            ) from error
    return context


class Registry:
    """One registry. Make it with `connect`.

    Args:
        name: Host and port, as in references.
        base: Its URL.
        connections: To it, to its token server and to where it takes uploads.
        authorization: What proves who we are.
    """

    def __init__(self, name: str, base: str, connections: Connections, authorization: Authorization) -> None:
        self.name = name
        self._base = base
        self._connections = connections
        self._authorization = authorization

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return the manifest or index under a tag or digest, or None when there is none.

        Raises:
            ImageError: When the registry refuses, or sends other bytes than the digest says.
            FetchError: When it cannot be reached.
        """
        accepted = {"Accept": ", ".join((*INDEX_TYPES, *MANIFEST_TYPES))}
        response = self._send("GET", f"{repository}/manifests/{reference}", repository, headers=accepted)
        if response.status == HTTPStatus.NOT_FOUND:
            return None
        self._expect(response, f"reading {repository}:{reference}", HTTPStatus.OK)
        found = Manifest(response.data, response.headers.get("Content-Type", "").partition(";")[0])
        if reference.startswith("sha256:") and found.digest != reference:
            raise ImageError(f"{self.name} sent {found.digest} for {repository}@{reference}")
        return found

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> None:
        """Store a manifest or index under a tag or under its own digest.

        Raises:
            ImageError: When the registry refuses it.
            FetchError: When it cannot be reached.
        """
        path, headers = f"{repository}/manifests/{reference}", {"Content-Type": manifest.media_type}
        response = self._send("PUT", path, repository, headers=headers, body=manifest.content)
        self._expect(response, f"writing {repository}:{reference}", HTTPStatus.CREATED)

    def blob(self, repository: str, digest: str) -> bytes:
        """Return a small blob, such as an image's configuration.

        Raises:
            ImageError: When it is not there, or is not what its digest says.
            FetchError: When the registry cannot be reached.
        """
        response = self._send("GET", f"{repository}/blobs/{digest}", repository)
        self._expect(response, f"reading {repository}@{digest}", HTTPStatus.OK)
        if f"sha256:{hashlib.sha256(response.data).hexdigest()}" != digest:
            raise ImageError(f"{self.name} sent other bytes than {digest} of {repository}")
        return response.data

    def has_blob(self, repository: str, digest: str) -> bool:
        """Tell whether a layer or configuration is there already."""
        response = self._send("HEAD", f"{repository}/blobs/{digest}", repository)
        if response.status == HTTPStatus.NOT_FOUND:
            return False
        self._expect(response, f"looking for {digest} in {repository}", HTTPStatus.OK)
        return True

    def put_blob(self, repository: str, digest: str, content: IO[bytes], size_bytes: int) -> None:
        """Upload a layer or configuration in one piece; the registry checks its digest.

        Raises:
            ImageError: When the registry refuses it.
            FetchError: When it cannot be reached.
        """
        doing = f"uploading {digest} to {repository}"
        begun = self._send("POST", f"{repository}/blobs/uploads/", repository)
        self._expect(begun, doing, HTTPStatus.ACCEPTED)
        place = urljoin(f"{self._base}/v2/", begun.headers.get("Location", ""))
        url = f"{place}{'&' if '?' in place else '?'}{urlencode({'digest': digest})}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size_bytes)}
        self._expect(self._request("PUT", url, repository, headers, content), doing, HTTPStatus.CREATED)

    def _send(
        self,
        method: str,
        path: str,
        repository: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> urllib3.BaseHTTPResponse:
        """Send a request, and once more with an authorization when the registry asks for one."""
        url = f"{self._base}/v2/{path}"
        response = self._request(method, url, repository, headers or {}, body)
        if response.status == HTTPStatus.UNAUTHORIZED:
            with self._reached():
                self._authorization.answer(response.headers.get("WWW-Authenticate", ""), repository, self._connections)
            response = self._request(method, url, repository, headers or {}, body)
        return response

    def _request(
        self, method: str, url: str, repository: str, headers: Mapping[str, str], body: bytes | IO[bytes] | None
    ) -> urllib3.BaseHTTPResponse:
        # The place of an upload may be on another host, which must not learn our login.
        own = urlsplit(url)[:2] == urlsplit(self._base)[:2]
        login = self._authorization.headers(repository) if own else {}
        with self._reached():
            return self._connections.request(method, url, headers={**headers, **login}, body=body)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        import urllib3  # noqa: PLC0415 - as above

        try:
            yield
        except urllib3.exceptions.HTTPError as error:
            cause = str(getattr(error, "reason", None) or error)
            raise FetchError(f"the registry {self.name} could not be reached: {cause}", hint=_hint(cause)) from error

    def _expect(self, response: urllib3.BaseHTTPResponse, doing: str, status: HTTPStatus) -> None:
        if response.status == status:
            return
        denied = response.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
        login = "with the login that is kept for it" if self._authorization.has_login else "without a login"
        raise ImageError(
            f"{doing}: the registry {self.name} answered {response.status} {_reasons(response.data)}".rstrip()
            + (f", {login}" if denied else ""),
            hint=f"log in with an account that may do this: docker login {self.name}" if denied else None,
        )


def _reasons(body: bytes) -> str:
    """Return the codes and messages of a registry's error document."""
    try:
        return "; ".join(f"{each['code']}: {each.get('message', '')}" for each in json.loads(body)["errors"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace").strip()


def _hint(cause: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in cause:
        return "when its certificate is of an authority of your own, name that with --ca FILE"
    if "WRONG_VERSION_NUMBER" in cause or "record layer" in cause:
        return "it seems to speak plain HTTP; when it is a registry of your own, add --plain-http"
    return (
        "check its name and the network (and https_proxy), then run the command again; "
        "what has arrived there is not sent twice"
    )
