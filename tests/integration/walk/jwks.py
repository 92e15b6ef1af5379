"""An OAuth provider of a test's own: it signs tokens, and serves its keys and a token endpoint over HTTPS.

    with serving(issuer, authority) as provider:
        properties = {"sasl.oauthbearer.jwks.endpoint.url": provider.keys_url}

Tokens are JWS in the compact form of RFC 7515 with RS256, keys a JWK Set as in RFC 7517.
"""

from __future__ import annotations

import base64
import contextlib
import json
import ssl
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from .certificates import rsa_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .certificates import Authority

__all__ = ["AUDIENCE", "JWT_BEARER", "Issuer", "Provider", "serving"]

AUDIENCE = "kafka"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_NAME = "https://issuer.test"
_LIFETIME_SECONDS = 300


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _as_json(value: Mapping[str, Any]) -> str:
    return _encode(json.dumps(value).encode())


def _number(value: int) -> str:
    return _encode(value.to_bytes((value.bit_length() + 7) // 8))


@dataclass
class Issuer:
    """Signs tokens.

    Args:
        key: Its private key.
        key_id: The name of the key.
    """

    key: rsa.RSAPrivateKey = field(default_factory=rsa_key)
    key_id: str = "first"

    def change_key(self) -> None:
        """Take another key, and forget the one before."""
        self.key, self.key_id = rsa_key(), "second"

    def claims(self, subject: str) -> dict[str, Any]:
        """Return the claims of a good token; a test changes those that it is about."""
        now = int(time.time())
        named = {"iss": _NAME, "aud": AUDIENCE, "sub": subject, "scope": "walk"}
        return named | {"iat": now, "exp": now + _LIFETIME_SECONDS}

    def token(self, subject: str, **changes: Any) -> str:
        """Return a token; changes go over its claims, and None leaves one out."""
        claims = {name: value for name, value in (self.claims(subject) | changes).items() if value is not None}
        signed = f"{_as_json({'alg': 'RS256', 'typ': 'JWT', 'kid': self.key_id})}.{_as_json(claims)}"
        return f"{signed}.{_encode(self.key.sign(signed.encode(), padding.PKCS1v15(), SHA256()))}"

    def key_set(self) -> str:
        """Return the public key as a JWK Set."""
        numbers = self.key.public_key().public_numbers()
        modulus = {"n": _number(numbers.n), "e": _number(numbers.e)}
        return json.dumps({"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id, **modulus}]})

    @property
    def name(self) -> str:
        """What its tokens call it."""
        return _NAME


@dataclass
class Provider:
    """What a test knows of the server.

    Args:
        issuer: Signs the tokens that the token endpoint hands out.
        port: Its port on localhost.
        secrets: The secret of each client id.
        assertion_key: The public key with which clients sign assertions, if they do.
        grants: How each token was asked for: the grant type and who asked.
    """

    issuer: Issuer
    port: int
    secrets: dict[str, str] = field(default_factory=dict)
    assertion_key: rsa.RSAPublicKey | None = None
    grants: list[tuple[str, str]] = field(default_factory=list)

    @property
    def keys_url(self) -> str:
        """Where the keys are."""
        return f"https://localhost:{self.port}/keys"

    @property
    def token_url(self) -> str:
        """Where tokens are."""
        return f"https://localhost:{self.port}/token"

    def grant(self, form: Mapping[str, str], authorization: str) -> str | None:
        """Return the token for a request, or None when the client is not who it says."""
        assertion = form.get("assertion") or form.get("client_assertion")
        client = self._signer(assertion) if assertion else self._client(authorization)
        if client is None:
            return None
        kind = "client_assertion" if "client_assertion" in form else form["grant_type"]
        self.grants.append((kind, client))
        return self.issuer.token(client)

    def _client(self, authorization: str) -> str | None:
        client, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        return client if secret and self.secrets.get(client) == secret else None

    def _signer(self, assertion: str) -> str | None:
        assert self.assertion_key
        signed, _, signature = assertion.rpartition(".")
        try:
            self.assertion_key.verify(_decode(signature), signed.encode(), padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            return None
        return str(json.loads(_decode(signed.partition(".")[2]))["sub"])


class _Server(ThreadingHTTPServer):
    """The server, which knows its provider."""

    daemon_threads = True
    provider: Provider


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._reply(200, self.server.provider.issuer.key_set())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        token = self.server.provider.grant(dict(urllib.parse.parse_qsl(body)), self.headers.get("Authorization", ""))
        if token is None:
            self._reply(401, json.dumps({"error": "invalid_client"}))
        else:
            self._reply(200, json.dumps({"access_token": token, "token_type": "Bearer"}))

    def _reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_request(self, *_: Any) -> None:
        """Say nothing, where each request would go to stderr."""


@contextlib.contextmanager
def serving(issuer: Issuer, authority: Authority) -> Iterator[Provider]:
    """Serve the keys and tokens of an issuer while the block runs, with a certificate for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.issue("CN=provider").pem().path)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.provider = Provider(issuer, server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.provider
        finally:
            server.shutdown()
            thread.join()
