"""Downloads that resume, are checked against a digest, and appear whole or not at all.

It knows nothing of what it downloads. An interrupted download leaves `.NAME.part`, from which the next one
goes on.
"""

from __future__ import annotations

import contextlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kafka_native._system.connections import Connections, login_headers
from kafka_native._system.files import exclusive, explain_os_errors, sha256_of
from kafka_native.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import urllib3

__all__ = ["Download", "fetch_all"]

_CHUNK_BYTES = 1 << 16
_WORKERS = 6
_ATTEMPTS = 4


@dataclass(frozen=True)
class Download:
    """A file to have.

    Args:
        url: Where it is; http or https.
        destination: Where it goes; what is there already is taken as it is, since it was checked on arrival.
        sha256: What it must hash to, 64 hexadecimal digits.
        size_bytes: Its size, or None when it is not known.
    """

    url: str
    destination: Path
    sha256: str
    size_bytes: int | None = None


def fetch_all(
    downloads: Iterable[Download], *, doing: str, on_progress: Callable[[float, float], None] | None = None
) -> None:
    """Download what is not there yet, several at once.

    Args:
        downloads: What to have.
        doing: What it is for ("downloading the jars of Kafka 4.3.1"); part of every message.
        on_progress: Called with the bytes done and the bytes in all; from several threads, one at a time.

    Raises:
        FetchError: When a file cannot be had, or is not what its digest says.
        PrerequisiteError: When it cannot be written.
    """
    wanted = list(downloads)
    missing = [each for each in wanted if not each.destination.is_file()]
    if not missing:
        return
    transfers = _Transfers(missing, doing, on_progress)
    with ThreadPoolExecutor(_WORKERS) as executor:
        # Each thread works in a copy of this one's context, so that it sees the same reporter.
        futures = [executor.submit(copy_context().run, _fetch, each, transfers) for each in missing]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException as error:
            transfers.stop()
            executor.shutdown(wait=True, cancel_futures=True)
            if isinstance(error, FetchError):
                error.details = _what_is_cached(wanted)
            raise


def _what_is_cached(wanted: list[Download]) -> str:
    here = [each.destination.name for each in wanted if each.destination.is_file()]
    absent = [each.destination.name for each in wanted if not each.destination.is_file()]
    return f"in the cache: {', '.join(here) or 'nothing'}\nstill missing: {', '.join(absent)}"


class _Transfers:
    """What the threads share: connections, what has been received, and the order to stop.

    Stopping ends also those that wait for bytes from a stalled server.
    """

    def __init__(self, missing: list[Download], doing: str, on_progress: Callable[[float, float], None] | None) -> None:
        self.doing = doing
        self.connections = _connections()
        self._received = dict.fromkeys((each.destination for each in missing), 0)
        self._total = sum(each.size_bytes or 0 for each in missing)
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self._open: set[urllib3.BaseHTTPResponse] = set()
        self._stopped = False

    def received(self, destination: Path, size_bytes: int) -> None:
        with self._lock:
            self._received[destination] = size_bytes
            done = sum(self._received.values())
            if self._on_progress:
                self._on_progress(done, max(self._total, done))

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            for response in self._open:
                with contextlib.suppress(RuntimeError, OSError):  # it ended by itself in this moment
                    response.shutdown()

    def check(self) -> None:
        if self._stopped:
            raise FetchError("the download was stopped, because another one failed or the user ended it")

    @contextlib.contextmanager
    def reading(self, response: urllib3.BaseHTTPResponse) -> Iterator[None]:
        """Let `stop` end the reading of a response that may be stalled, and close it at the end."""
        with self._lock:
            self.check()
            self._open.add(response)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(response)
            response.close()  # one that was read to its end has given its connection back already


def _connections() -> Connections:
    import urllib3  # noqa: PLC0415 - most commands download nothing, and must start fast

    retries = urllib3.Retry(total=3, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504))
    options: dict[str, Any] = {"ca_certs": authorities} if (authorities := os.environ.get("SSL_CERT_FILE")) else {}
    return Connections(retries=retries, timeout=urllib3.Timeout(connect=15, read=30), maxsize=_WORKERS, **options)


def _fetch(download: Download, transfers: _Transfers) -> None:
    target = download.destination
    lock = target.parent / f".{target.name}.lock"
    with exclusive(lock, f"downloading {target.name}"), explain_os_errors(transfers.doing, target.parent):
        if not target.is_file():
            part = target.with_name(f".{target.name}.part")
            _fill(part, download, transfers)
            part.replace(target)
        transfers.received(target, target.stat().st_size)


def _fill(part: Path, download: Download, transfers: _Transfers) -> None:
    """Make `part` the whole file, with the right digest."""
    left_over = part.is_file()
    digest = _persist(part, download, transfers)
    if digest != download.sha256 and left_over:
        part.unlink()  # what an earlier run left was not the beginning of this file
        digest = _persist(part, download, transfers)
    if digest != download.sha256:
        part.unlink(missing_ok=True)
        raise FetchError(
            f"{transfers.doing}: {download.destination.name} from {_host(download.url)} is not what was pinned: "
            f"SHA-256 {digest}, expected {download.sha256}",
            hint="run the command again; if it stays so, the server or a proxy on the way alters the file",
        )


def _persist(part: Path, download: Download, transfers: _Transfers) -> str:
    """Receive a file, going on where a broken connection left it; return the digest of what is there then."""
    import urllib3  # noqa: PLC0415 - as above

    for attempt in range(1, _ATTEMPTS + 1):
        transfers.check()
        try:
            return _receive(part, download, transfers)
        except urllib3.exceptions.HTTPError as error:
            # MaxRetryError: no connection in several attempts already. Anything else broke off in the middle.
            if attempt == _ATTEMPTS or isinstance(error, urllib3.exceptions.MaxRetryError):
                raise _unreachable(download, transfers.doing, error) from error
    raise AssertionError


def _receive(part: Path, download: Download, transfers: _Transfers) -> str:
    import urllib3  # noqa: PLC0415 - as above

    have = part.stat().st_size if part.is_file() else 0
    headers = {"Accept-Encoding": "identity"} | login_headers(download.url, "basic_auth")
    headers |= {"Range": f"bytes={have}-"} if have else {}
    response = transfers.connections.request("GET", download.url, headers=headers, preload_content=False)
    with transfers.reading(response):
        if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return sha256_of(part)  # nothing is left to send: the part is whole, or it is not this file
        if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise _refused(download, transfers.doing, f"HTTP {response.status} {response.reason or ''}".rstrip())
        with part.open("ab" if response.status == HTTPStatus.PARTIAL_CONTENT else "wb") as file:
            for block in response.stream(_CHUNK_BYTES):
                file.write(block)
                transfers.received(download.destination, file.tell())
    whole = "Content-Length" in response.headers  # otherwise the end of the connection is the end of the file
    if not whole and part.stat().st_size < (download.size_bytes or 0):
        raise urllib3.exceptions.ProtocolError("the connection ended before the file did")
    return sha256_of(part)


def _refused(download: Download, doing: str, status: str) -> FetchError:
    return FetchError(
        f"{doing}: {_host(download.url)} refused {download.destination.name}: {status}",
        hint="if this machine must use a mirror, name it: NATIVE_KAFKA_MAVEN_URL for jars, apt sources for packages",
    )


def _unreachable(download: Download, doing: str, error: urllib3.exceptions.HTTPError) -> FetchError:
    cause = getattr(error, "reason", None) or error
    return FetchError(
        f"{doing}: {download.destination.name} could not be downloaded from {_host(download.url)}: {cause}",
        hint="check the network (and https_proxy, NATIVE_KAFKA_MAVEN_URL), then run the command again; "
        "what has arrived is kept",
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
