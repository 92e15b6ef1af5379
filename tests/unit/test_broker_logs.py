"""Reading and following log files, and finding the cause of an end in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafka_native.broker import follow_log, read_log
from kafka_native.broker.diagnosis import explain_end
from kafka_native.errors import BrokerError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_reading(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    assert read_log(log) == []
    log.write_text("a\nb\nc\n")
    assert read_log(log) == ["a", "b", "c"]
    assert read_log(log, 2) == ["b", "c"]
    assert read_log(log, 0) == []
    assert read_log(log, 9) == ["a", "b", "c"]


class Script:
    """Does one thing after the other, one each time it is asked whether to go on."""

    def __init__(self, *deeds: Callable[[], object]) -> None:
        self._deeds = list(deeds)

    def __call__(self) -> bool:
        """Do the next thing; the last one is the last."""
        if self._deeds:
            self._deeds.pop(0)()
        return bool(self._deeds)


def append(path: Path, text: str | bytes) -> Callable[[], object]:
    def deed() -> None:
        with path.open("ab") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    return deed


def test_following_a_growing_file(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("a\nb\n")
    script = Script(append(log, "c\nd"), append(log, "e\n"), append(log, "f"))
    assert list(follow_log(log, script)) == ["a", "b", "c", "de", "f"]


def test_a_character_whose_bytes_come_one_by_one_stays_whole(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("a\n")
    assert list(follow_log(log, Script(*(append(log, bytes([each])) for each in "€\n".encode())))) == ["a", "€"]


def test_what_the_end_cuts_off_of_a_character_is_told(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_bytes("a€".encode()[:-1])
    assert list(follow_log(log, lambda: False)) == ["a\ufffd"]


def test_following_begins_with_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("a\nb\n")
    assert list(follow_log(log, Script(append(log, "c\n")), last_lines=1)) == ["b", "c"]
    assert list(follow_log(log, Script(append(log, "d\n")), last_lines=0)) == ["d"]


def test_following_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    assert list(follow_log(log, Script(lambda: None, append(log, "a\n")))) == ["a"]


def test_following_a_file_that_is_cut_and_replaced(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("a long line\n")
    script = Script(
        lambda: log.write_text("cut\n"),
        lambda: log.replace(tmp_path / "kafka.log.1"),
        append(tmp_path / "kafka.log.1", "last words\n"),
        append(log, "next start\n"),
    )
    assert list(follow_log(log, script)) == ["a long line", "cut", "last words", "next start"]


_STACK = "[x] ERROR Exiting (kafka.Kafka)\njava.lang.A: top\n\tat x\nCaused by: b.C: root\n\tat y"


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("x\nkafka: error: disk\n", 8, "it ended (exit status 8): disk"),
        (_STACK, 1, "it ended (exit status 1): b.C: root"),
        ("java.lang.OutOfMemoryError: heap", -9, "it ended (signal 9): java.lang.OutOfMemoryError: heap"),
        ("[now] ERROR it broke\n[now] INFO bye", None, "it ended: it broke"),
        ("all was well", 1, "it ended (exit status 1) and said nothing about the cause"),
    ],
)
def test_the_cause_of_an_end(tmp_path: Path, text: str, status: int | None, message: str) -> None:
    log = tmp_path / "kafka.log"
    log.write_text(text)
    error = explain_end("it ended", log, status)
    assert isinstance(error, BrokerError)
    assert error.message == message
    assert error.hint == f"the whole log is in {log}"
    assert text.splitlines()[-1] in (error.details or "")


def test_what_the_launcher_tells_is_the_message_and_the_hint(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("kafka: error: no such thing\nhint: make one\n")
    error = explain_end("it ended", log, 2)
    assert isinstance(error, SettingsError)
    assert (error.message, error.hint) == ("it ended (exit status 2): no such thing", "make one")
    assert str(log) in (error.details or "")


def test_the_cause_of_an_end_without_a_log(tmp_path: Path) -> None:
    assert "said nothing" in explain_end("it ended", tmp_path / "none", 1).message
