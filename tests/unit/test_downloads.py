"""Downloads against a real HTTP server on this machine, which can be told to misbehave."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native import reporting
from kafka_native._system.downloads import Download, fetch_all
from kafka_native._system.files import exclusive
from kafka_native._system.ports import free_ports
from kafka_native.errors import FetchError, PrerequisiteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

CONTENT = random.Random(1).randbytes(300_000)  # noqa: S311 - any bytes
HALF = len(CONTENT) // 2
ARRIVED = HALF // 65536 * 65536
"""What of half a body reaches the disk: whole blocks."""
DOING = "downloading the jars of Kafka"


class Server(ThreadingHTTPServer):
    """Serves `files`, with ranges; `faults` maps a path to what goes wrong with its next requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[str]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.headers: list[Message] = []

    def url(self, path: str, login: str = "") -> str:
        """Return the URL of a file."""
        return f"http://{login}127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent when a client goes away."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.requests.append((self.path, asked))
        self.server.headers.append(self.headers)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        faults = self.server.faults.get(self.path)
        self._send(content, asked, faults.pop(0) if faults else "")

    def _send(self, content: bytes, asked: str | None, fault: str) -> None:
        if fault.isdigit():
            self.send_error(int(fault))
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and fault != "no ranges" else 0
        if start and start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if fault != "no length":
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if not fault or fault == "no ranges":
            self.wfile.write(content[start:])
            return
        self.wfile.write(content[start : start + HALF])
        self.wfile.flush()
        if fault == "stall":
            time.sleep(60)
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        server.files["/a.jar"] = CONTENT
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def wanted(server: Server, folder: Path, name: str = "a.jar", content: bytes = CONTENT) -> Download:
    digest = hashlib.sha256(content).hexdigest()
    return Download(server.url(f"/{name}"), folder / "repository" / name, digest, len(content))


def part_of(download: Download) -> Path:
    return download.destination.with_name(f".{download.destination.name}.part")


def put_part(download: Download, content: bytes) -> None:
    download.destination.parent.mkdir(parents=True)
    part_of(download).write_bytes(content)


def test_a_file_arrives_whole_with_a_normal_mode(server: Server, tmp_path: Path) -> None:
    download = wanted(server, tmp_path)
    old = os.umask(0o022)
    try:
        fetch_all([download], doing=DOING)
    finally:
        os.umask(old)
    assert download.destination.read_bytes() == CONTENT
    assert download.destination.stat().st_mode & 0o777 == 0o644
    assert not part_of(download).exists()


def test_what_is_there_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    download = wanted(server, tmp_path)
    fetch_all([download], doing=DOING)
    fetch_all([download], doing=DOING)
    assert len(server.requests) == 1


def test_progress_ends_at_the_total(server: Server, tmp_path: Path) -> None:
    server.faults["/b.jar"] = ["cut"]
    server.files["/b.jar"] = CONTENT[:200_000]
    downloads = [wanted(server, tmp_path), wanted(server, tmp_path, "b.jar", CONTENT[:200_000])]
    put_part(downloads[0], CONTENT[:1000])
    seen: list[tuple[float, float]] = []
    fetch_all(downloads, doing=DOING, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (500_000, 500_000)
    assert {total for _, total in seen} == {500_000}


@pytest.mark.parametrize("fault", ["cut", "no length"])
def test_a_body_cut_short_is_resumed_where_it_broke(server: Server, tmp_path: Path, fault: str) -> None:
    server.faults["/a.jar"] = [fault]
    download = wanted(server, tmp_path)
    fetch_all([download], doing=DOING)
    assert download.destination.read_bytes() == CONTENT
    assert server.requests in ([("/a.jar", None), ("/a.jar", f"bytes={have}-")] for have in (ARRIVED, HALF))


def test_what_an_earlier_run_left_is_gone_on_from(server: Server, tmp_path: Path) -> None:
    download = wanted(server, tmp_path)
    put_part(download, CONTENT[:1234])
    fetch_all([download], doing=DOING)
    assert download.destination.read_bytes() == CONTENT
    assert server.requests == [("/a.jar", "bytes=1234-")]


def test_a_server_without_ranges_sends_all_again(server: Server, tmp_path: Path) -> None:
    server.faults["/a.jar"] = ["no ranges"]
    download = wanted(server, tmp_path)
    put_part(download, CONTENT[:1234])
    fetch_all([download], doing=DOING)
    assert download.destination.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "left", [CONTENT + b"more", b"x" * 1234, b"x" * len(CONTENT)], ids=["longer", "other bytes", "as long"]
)
def test_a_part_that_is_not_of_this_file_is_thrown_away(server: Server, tmp_path: Path, left: bytes) -> None:
    download = wanted(server, tmp_path)
    put_part(download, left)
    fetch_all([download], doing=DOING)
    assert download.destination.read_bytes() == CONTENT
    assert server.requests[-1] == ("/a.jar", None)


def test_a_part_that_is_whole_is_taken(server: Server, tmp_path: Path) -> None:
    download = wanted(server, tmp_path)
    put_part(download, CONTENT)
    fetch_all([download], doing=DOING)
    assert download.destination.read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.faults["/a.jar"] = ["503"]
    fetch_all([wanted(server, tmp_path)], doing=DOING)
    assert len(server.requests) == 2


def test_a_body_that_is_always_cut_keeps_its_part(server: Server, tmp_path: Path) -> None:
    server.files["/a.jar"] = CONTENT * 20
    server.faults["/a.jar"] = ["cut"] * 20
    download = wanted(server, tmp_path, content=CONTENT * 20)
    with pytest.raises(FetchError, match=r"a\.jar could not be downloaded from 127\.0\.0\.1:\d+: ") as caught:
        fetch_all([download], doing=DOING)
    assert "what has arrived is kept" in (caught.value.hint or "")
    assert part_of(download).stat().st_size == 4 * ARRIVED


def test_altered_bytes_are_refused_and_leave_nothing(server: Server, tmp_path: Path) -> None:
    server.files["/a.jar"] = CONTENT[:-1] + b"!"
    download = wanted(server, tmp_path)
    with pytest.raises(FetchError, match=f"is not what was pinned: SHA-256 .* expected {download.sha256}"):
        fetch_all([download], doing=DOING)
    assert not download.destination.exists()
    assert not part_of(download).exists()


def test_a_missing_file_is_named_with_its_status(server: Server, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"refused b\.jar: HTTP 404 Not Found") as caught:
        fetch_all([wanted(server, tmp_path), wanted(server, tmp_path, "b.jar")], doing=DOING)
    assert "NATIVE_KAFKA_MAVEN_URL" in (caught.value.hint or "")
    assert str(caught.value).startswith(DOING)


def test_without_a_network_the_error_tells_what_is_missing(server: Server, tmp_path: Path) -> None:
    here, absent = wanted(server, tmp_path), wanted(server, tmp_path, "b.jar")
    fetch_all([here], doing=DOING)
    absent = Download(f"http://127.0.0.1:{free_ports(1)[0]}/b.jar", absent.destination, absent.sha256)
    began = time.monotonic()
    with pytest.raises(FetchError, match="Connection refused") as caught:
        fetch_all([here, absent], doing=DOING)
    assert time.monotonic() - began < 10
    assert caught.value.details == "in the cache: a.jar\nstill missing: b.jar"


def test_a_login_in_the_url_is_sent_and_never_shown(server: Server, tmp_path: Path) -> None:
    download = Download(server.url("/b.jar", "user:p%40ss@"), tmp_path / "b.jar", "0" * 64)
    with pytest.raises(FetchError) as caught:
        fetch_all([download], doing=DOING)
    assert server.headers[0]["Authorization"] == "Basic dXNlcjpwQHNz"
    assert "p%40ss" not in f"{caught.value}{caught.value.details}{caught.value.hint}"


def test_a_proxy_is_used_even_without_a_scheme(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", f"user:secret@127.0.0.1:{server.server_port}")
    server.files["http://repository.invalid/a.jar"] = CONTENT
    digest = hashlib.sha256(CONTENT).hexdigest()
    fetch_all([Download("http://repository.invalid/a.jar", tmp_path / "a.jar", digest)], doing=DOING)
    assert server.headers[0]["Proxy-Authorization"].startswith("Basic ")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(server: Server, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(PrerequisiteError, match="Permission denied"):
        fetch_all([wanted(server, tmp_path)], doing=DOING)


def _fetch_in_process(download: Download, barrier: Any) -> None:
    barrier.wait()
    fetch_all([download], doing=DOING)


def test_two_processes_fetch_a_file_once(server: Server, tmp_path: Path) -> None:
    download = wanted(server, tmp_path)
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    processes = [context.Process(target=_fetch_in_process, args=(download, barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(server.requests) == 1
    assert download.destination.read_bytes() == CONTENT


class _Messages(reporting.LoggingReporter):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.arrived = threading.Event()

    def info(self, message: str) -> None:
        self.seen.append(message)
        self.arrived.set()


def test_waiting_for_another_process_is_reported(server: Server, tmp_path: Path) -> None:
    download = wanted(server, tmp_path)
    messages = _Messages()

    def fetch() -> None:
        with reporting.use(messages):
            fetch_all([download], doing=DOING)

    thread = threading.Thread(target=fetch)
    with exclusive(download.destination.parent / ".a.jar.lock", "downloading a.jar"):
        thread.start()
        assert messages.arrived.wait(30)
    thread.join(30)
    assert messages.seen == ["another process is downloading a.jar; waiting for it"]
    assert download.destination.is_file()


FETCH_PROGRAM = """
import sys
from pathlib import Path
from kafka_native._system.downloads import Download, fetch_all
fetch_all([Download(sys.argv[1], Path(sys.argv[2]), sys.argv[3])], doing="downloading")
"""


def test_ctrl_c_ends_a_stalled_download_and_keeps_what_arrived(server: Server, tmp_path: Path) -> None:
    server.faults["/a.jar"] = ["stall"]
    download = wanted(server, tmp_path)
    argv = [sys.executable, "-c", FETCH_PROGRAM, download.url, str(download.destination), download.sha256]
    source = str(Path(__file__).parents[2] / "src")
    environment = {**os.environ, "PYTHONPATH": source}
    process = subprocess.Popen(argv, env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not (part_of(download).exists() and part_of(download).stat().st_size == ARRIVED):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert "KeyboardInterrupt" in errors
    assert part_of(download).stat().st_size == ARRIVED
    fetch_all([download], doing=DOING)
    assert download.destination.read_bytes() == CONTENT
    assert server.requests[-1] == ("/a.jar", f"bytes={ARRIVED}-")
