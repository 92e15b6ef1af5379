"""Downloads that resume, are checked against a digest, and appear whole or not at all.

It knows nothing of what it downloads. An interrupted download leaves `.NAME.part`, from which the next one goes on.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kafka_native._system.files import exclusive, explain_os_errors, sha256_of
from kafka_native.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
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
        destination: Where it goes; when it is there already it is taken as it is, since it was checked on arrival.
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
        on_progress: Called with the bytes done and the bytes in all.

    Raises:
        FetchError: When a file cannot be had, or is not what its digest says.
        PrerequisiteError: When it cannot be written.
    """
    wanted = list(downloads)
    missing = [each for each in wanted if not each.destination.is_file()]
    if not missing:
        return
    meter = _Meter(sum(each.size_bytes or 0 for each in missing), on_progress)
    pool = _connections()
    with ThreadPoolExecutor(_WORKERS) as executor:
        futures = {executor.submit(_fetch, each, pool, meter, doing): each for each in missing}
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException as error:
            meter.stop = True
            executor.shutdown(wait=True, cancel_futures=True)
            if isinstance(error, FetchError):
                error.details = _what_is_cached(wanted)
            raise


def _what_is_cached(wanted: list[Download]) -> str:
    here = [each.destination.name for each in wanted if each.destination.is_file()]
    absent = [each.destination.name for each in wanted if not each.destination.is_file()]
    return f"in the cache: {', '.join(here) or 'nothing'}\nstill missing: {', '.join(absent)}"


class _Meter:
    """Counts bytes over all threads; its `stop` flag ends the downloads that still run."""

    def __init__(self, total: float, on_progress: Callable[[float, float], None] | None) -> None:
        self._done = 0.0
        self._total = total
        self._on_progress = on_progress
        self._lock = threading.Lock()
        self.stop = False

    def add(self, count: int) -> None:
        with self._lock:
            self._done += count
            if self._on_progress:
                self._on_progress(self._done, max(self._total, self._done))


def _connections() -> urllib3.PoolManager:
    # Imported late: most commands download nothing, and must start fast.
    import urllib3  # noqa: PLC0415

    retries = urllib3.Retry(total=5, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504))
    options = {"retries": retries, "timeout": urllib3.Timeout(connect=15, read=60), "maxsize": _WORKERS}
    authorities = os.environ.get("SSL_CERT_FILE")
    if authorities:
        options["ca_certs"] = authorities
    proxy = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY")
    return urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)  # type: ignore[arg-type]


def _fetch(download: Download, pool: urllib3.PoolManager, meter: _Meter, doing: str) -> None:
    target = download.destination
    with exclusive(target.parent / f".{target.name}.lock", f"downloading {target.name}"), explain_os_errors(
        doing, target.parent
    ):
        if target.is_file():
            return
        part = target.with_name(f".{target.name}.part")
        digest = _persist(download, part, pool, meter, doing)
        if digest != download.sha256:
            part.unlink(missing_ok=True)
            raise FetchError(
                f"{doing}: {target.name} from {_host(download.url)} is not what was pinned: "
                f"SHA-256 {digest}, expected {download.sha256}",
                hint="run the command again; if it stays so, the server or a proxy on the way alters the file",
            )
        part.replace(target)


def _persist(download: Download, part: Path, pool: urllib3.PoolManager, meter: _Meter, doing: str) -> str:
    """Receive a file, going on where a broken connection left it; return the digest of what is there then."""
    import urllib3  # noqa: PLC0415 - as above

    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _receive(download, part, pool, meter, doing)
        except urllib3.exceptions.HTTPError as error:
            if attempt == _ATTEMPTS:
                raise FetchError(
                    f"{doing}: {download.destination.name} could not be downloaded from {_host(download.url)}: "
                    f"{_cause(error)}",
                    hint="check the network (and https_proxy, NATIVE_KAFKA_MAVEN_URL), then run the command again; "
                    "what has arrived is kept",
                ) from error
    raise AssertionError


def _receive(download: Download, part: Path, pool: urllib3.PoolManager, meter: _Meter, doing: str) -> str:
    have = part.stat().st_size if part.is_file() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    response = pool.request("GET", download.url, headers=headers, preload_content=False)
    try:
        if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return sha256_of(part)  # nothing is left to send: the part is whole, or it is not this file
        if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise FetchError(
                f"{doing}: {_host(download.url)} refused {download.destination.name}: HTTP {response.status} "
                f"{response.reason or ''}".rstrip(),
                hint="set NATIVE_KAFKA_MAVEN_URL if this machine must use a mirror",
            )
        return _write(response, part, resumed=response.status == HTTPStatus.PARTIAL_CONTENT, meter=meter)
    finally:
        response.release_conn()


def _write(response: urllib3.BaseHTTPResponse, part: Path, *, resumed: bool, meter: _Meter) -> str:
    with part.open("ab" if resumed else "wb") as file:
        for block in response.stream(_CHUNK_BYTES):
            if meter.stop:
                raise FetchError(f"the download of {part.name} was stopped, because another one failed")
            file.write(block)
            meter.add(len(block))
    return sha256_of(part)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _cause(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return str(reason if reason is not None else error)
