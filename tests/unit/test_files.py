"""Files and folders that appear whole or not at all, and locks."""

from __future__ import annotations

import concurrent.futures
import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kafka_native import reporting
from kafka_native._system import files
from kafka_native.errors import PrerequisiteError, SettingsError


def test_writing_replaces_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    files.write_text(path, "old")
    files.write_text(path, "é", mode=0o600)
    assert path.read_text(encoding="utf-8") == "é"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_json_is_read_back_and_damage_is_none(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    assert files.read_json(path) is None
    files.write_json(path, {"b": 1, "a": [None]})
    assert files.read_json(path) == {"a": [None], "b": 1}
    path.write_text('{"a":')
    assert files.read_json(path) is None


def test_digests(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256_of(tmp_path / "a").startswith("ba7816bf")
    assert files.digest_of_text("ab", "c") != files.digest_of_text("a", "bc")
    before = files.digest_of_tree(tmp_path, ["*"])
    (tmp_path / "a").rename(tmp_path / "b")
    assert files.digest_of_tree(tmp_path, ["*"]) != before


def test_a_staging_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with files.staging_folder(tmp_path, "thing") as staged:
        (staged / "part").touch()
        files.replace_folder(staged, tmp_path / "thing")
    with pytest.raises(FileNotFoundError), files.staging_folder(tmp_path, "other") as staged:
        (staged / "part" / "of nothing").touch()
    assert [each.name for each in tmp_path.iterdir()] == ["thing"]


def test_a_folder_is_replaced(tmp_path: Path) -> None:
    for content in ("old", "new"):
        with files.staging_folder(tmp_path, "thing") as staged:
            (staged / content).touch()
            files.replace_folder(staged, tmp_path / "thing")
    assert [each.name for each in (tmp_path / "thing").iterdir()] == ["new"]
    assert [each.name for each in tmp_path.iterdir()] == ["thing"]


_STAGES = """
import sys
from pathlib import Path
from kafka_native._system.files import staging_folder
with staging_folder(Path(sys.argv[1]), "thing") as staged:
    print(staged.name, flush=True)
    sys.stdin.read()
"""


def test_staging_folders_of_dead_processes_are_removed_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / ".somebody-elses.partial").mkdir()
    others = [_start_staging(tmp_path) for _ in range(2)]
    (dead, dead_name), (alive, alive_name) = others
    (tmp_path / f"{dead_name}.old").mkdir()  # as if it had been killed while it replaced a folder
    dead.kill()
    dead.wait()
    with files.staging_folder(tmp_path, "thing") as ours:
        expected = {".somebody-elses.partial", alive_name, ours.name}
        assert {each.name for each in tmp_path.iterdir() if each.is_dir()} == expected
    alive.communicate(b"")
    assert [each.name for each in tmp_path.iterdir()] == [".somebody-elses.partial"]


def _start_staging(parent: Path) -> tuple[subprocess.Popen[bytes], str]:
    command = [sys.executable, "-c", _STAGES, str(parent)]
    environment = os.environ | {"PYTHONPATH": str(Path(files.__file__).parents[2])}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    return process, process.stdout.readline().decode().strip()


def test_threads_have_staging_folders_of_their_own(tmp_path: Path) -> None:
    with files.staging_folder(tmp_path, "thing") as one, files.staging_folder(tmp_path, "thing") as other:
        (one / "part").touch()
        (other / "part").touch()
        assert one != other
    assert list(tmp_path.iterdir()) == []


def test_threads_that_write_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as executor:
        for done in [executor.submit(files.write_text, tmp_path / "file", "x" * 1000) for _ in range(400)]:
            done.result()
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("file", "x" * 1000)]


class Listener(reporting.LoggingReporter):
    """Keeps what it was told, and calls back."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def info(self, message: str) -> None:
        """See `Reporter.info`."""
        assert message == "another process is counting; waiting for it"
        self.told.set()


def test_a_lock_is_waited_for_and_says_so(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from kafka_native._system.files import exclusive\n"
        "with exclusive(Path(sys.argv[1]), 'counting'): print(flush=True); sys.stdin.read()"
    )
    source = str(Path(files.__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "locks" / "lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": source},
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        listener = Listener()
        threading.Thread(target=_kill_when, args=(listener.told, other)).start()
        with reporting.use(listener), files.exclusive(tmp_path / "locks" / "lock", "counting"):
            assert listener.told.is_set()


def _kill_when(told: threading.Event, process: subprocess.Popen[bytes]) -> None:
    told.wait(10)
    process.kill()


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EACCES, "writable for this user"),
        (errno.EROFS, "read-only"),
        (errno.ENOTDIR, "is a file where a folder should be"),
    ],
)
def test_refusals_of_the_system_are_explained(tmp_path: Path, number: int, hint: str) -> None:
    with pytest.raises(PrerequisiteError) as caught, files.explain_os_errors("installing", tmp_path):
        raise OSError(number, os.strerror(number), "/some/file")
    assert caught.value.message.startswith(f"installing: {os.strerror(number)} (/some/file)")
    assert hint in (caught.value.hint or "")
    assert ("MB are free" in caught.value.message) == (number == errno.ENOSPC)


def test_other_errors_pass_through(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.explain_os_errors("installing", tmp_path):
        raise FileNotFoundError(errno.ENOENT, "No such file")


def test_a_folder_that_cannot_hold_reports_is_refused(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(SettingsError, match=r"folder of the report: File exists \(.*taken\)"):
        files.make_report_folder(taken, "--output")
    with pytest.raises(PrerequisiteError, match="Not a directory"):
        files.make_report_folder(taken / "below", "--output")
    assert taken.read_text() == "mine"


def test_the_folder_of_reports_is_made(tmp_path: Path) -> None:
    files.make_report_folder(tmp_path / "a" / "b", "--output")
    files.make_report_folder(tmp_path / "a" / "b", "--output")
    assert (tmp_path / "a" / "b").is_dir()
