"""Registries that hand out tokens, on a stand-in; the real one of the integration tests has passwords only."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kafka_native.errors import FetchError, ImageError
from kafka_native.release import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TokenRegistry(ThreadingHTTPServer):
    """Gives a token for a login or a refresh token, and a manifest for a token."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.realm = f"http://127.0.0.1:{self.server_port}/token"
        self.asked: list[dict[str, list[str]]] = []
        self.seen: list[str] = []
        self.elsewhere = ""
        self.token: Any = {"token": "from-login"}

    @property
    def name(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: TokenRegistry

    def do_GET(self) -> None:
        if self.path.startswith("/token"):
            self.server.asked.append(parse_qs(urlsplit(self.path).query))
            login = f"Basic {base64.b64encode(b'me:secret').decode()}"
            self._answer(200 if self.headers.get("Authorization") == login else 401, self.server.token)
        elif self.headers.get("Authorization") in ("Bearer from-login", "Bearer from-refresh"):
            self.server.seen.append(self.headers["Authorization"])
            self._answer(200, {"manifests": []})
        else:
            self._answer(401, {}, f'Bearer realm="{self.server.realm}",service="here",scope="repository:a/b:pull"')

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(form)
        if self.server.elsewhere:
            self.send_response(307)
            self.send_header("Location", self.server.elsewhere)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._answer(200 if form.get("refresh_token") == ["refresh"] else 401, {"access_token": "from-refresh"})

    def _answer(self, status: int, value: Any, challenge: str = "") -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/vnd.oci.image.index.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TokenRegistry]:
    for name in ("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with TokenRegistry() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def log_in(server: TokenRegistry, folder: Path, **entry: str) -> None:
    (folder / "config.json").write_text(json.dumps({"auths": {server.name: entry}}))


def encoded(login: str) -> str:
    return base64.b64encode(login.encode()).decode()


def test_a_login_is_exchanged_for_a_token_once(server: TokenRegistry, tmp_path: Path) -> None:
    log_in(server, tmp_path, auth=encoded("me:secret"))
    registry = connect(server.name, plain_http=True)
    for _ in range(2):
        found = registry.manifest("a/b", "1")
        assert found is not None
        assert found.is_index
    assert server.seen == ["Bearer from-login"] * 2
    assert server.asked == [{"service": ["here"], "scope": ["repository:a/b:pull,push"]}]


def test_a_login_for_a_namespace_alone_is_used(server: TokenRegistry, tmp_path: Path) -> None:
    auths = {f"{server.name}/a": {"auth": encoded("me:secret")}}
    (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
    assert connect(server.name, repository="a/b", plain_http=True).manifest("a/b", "1") is not None
    assert not connect(server.name, repository="c/b", plain_http=True)._authorization.has_login


def test_an_identity_token_is_exchanged(server: TokenRegistry, tmp_path: Path) -> None:
    log_in(server, tmp_path, identitytoken="refresh")
    assert connect(server.name, plain_http=True).manifest("a/b", "1") is not None
    assert server.seen == ["Bearer from-refresh"]
    assert server.asked[0]["grant_type"] == ["refresh_token"]


def test_a_refused_login_is_told(server: TokenRegistry, tmp_path: Path) -> None:
    log_in(server, tmp_path, auth=encoded("me:wrong"))
    with pytest.raises(ImageError, match="token server") as caught:
        connect(server.name, plain_http=True).manifest("a/b", "1")
    assert "docker login" in (caught.value.hint or "")


def test_a_login_is_not_sent_unencrypted_to_somebody_else(server: TokenRegistry, tmp_path: Path) -> None:
    log_in(server, tmp_path, auth=encoded("me:secret"))
    server.realm = "http://tokens.example.org/token"
    with pytest.raises(ImageError, match="not encrypted"):
        connect(server.name, plain_http=True).manifest("a/b", "1")


def test_an_identity_token_is_not_sent_on_to_somebody_else(server: TokenRegistry, tmp_path: Path) -> None:
    log_in(server, tmp_path, identitytoken="refresh")
    with TokenRegistry() as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        server.elsewhere = other.realm
        with pytest.raises(ImageError, match=r"token server of .* answered 307"):
            connect(server.name, plain_http=True).manifest("a/b", "1")
        assert other.asked == []


@pytest.mark.parametrize("answer", [{}, [], None])
def test_a_token_server_that_gives_no_token_is_told(server: TokenRegistry, tmp_path: Path, answer: object) -> None:
    log_in(server, tmp_path, auth=encoded("me:secret"))
    server.token = answer
    with pytest.raises(ImageError, match="answered with no token"):
        connect(server.name, plain_http=True).manifest("a/b", "1")


def test_a_registry_is_reached_through_the_proxy_of_the_environment(
    server: TokenRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{server.name}")
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"registry.invalid": {"auth": encoded("me:secret")}}}))
    assert connect("registry.invalid", plain_http=True).manifest("a/b", "1") is not None
    monkeypatch.setenv("no_proxy", "registry.invalid")
    with pytest.raises(FetchError, match="could not be reached"):
        connect("registry.invalid", plain_http=True).manifest("a/b", "1")


def test_a_registry_on_this_machine_is_reached_without_a_proxy(
    server: TokenRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:3128")
    log_in(server, tmp_path, auth=encoded("me:secret"))
    assert connect(server.name, plain_http=True).manifest("a/b", "1") is not None


def test_a_registry_that_is_not_there_is_told(server: TokenRegistry) -> None:
    name = server.name
    server.shutdown()
    server.server_close()
    with pytest.raises(FetchError, match="could not be reached"):
        connect(name, plain_http=True).manifest("a/b", "1")
