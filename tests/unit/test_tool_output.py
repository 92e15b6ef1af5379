"""What the comparison of tools takes out of their output, and above all what it leaves in."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = Path(__file__).parents[1] / "integration" / "walk" / "tool_output.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tool_output", _FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_MODULE = _load()


def _left(
    output: str = "", *flags: str, errors: str = "", exit_code: int = 0, words: Mapping[str, str] | None = None
) -> str:
    result = SimpleNamespace(exit_code=exit_code, output=output, errors=errors)
    text: str = _MODULE.normalised(result, words or {}, flags)
    return text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Created at 2026-11-27T01:45:06.647Z", "Created at 2025-01-02T03:04:05.006Z"),
        ("[2026-11-27 01:45:06,647] ERROR Ignoring", "[2026-11-27 01:45:07,001] ERROR Ignoring"),
        ("start 2026-11-27 01:45:06:647, end", "start 2026-11-27 01:45:07:001, end"),
        ("Nov 27, 2026 1:49:26 AM org.jline.utils.Log logr", "Nov 27, 2026 12:49:02 PM org.jline.utils.Log logr"),
        ("CreateTime:1795743906647\tone", "CreateTime:1795743901234\tone"),
        ("Topic: t\tTopicId: pO5PPl9bSfaj7Z1d-eRm6A", "Topic: t\tTopicId: 4L6g3nShT-eMCtK--X86sw"),
        (
            "client-8e7cb4a2-1c6e-4ab4-9f52-0c5a3d2e1f00 /127.0.0.1",
            "client-11111111-2222-4333-8444-555555555555 /127.0.0.1",
        ),
        ("group console-consumer-5 is", "group console-consumer-61234 is"),
        ("FinalizedVersionLevel: 1 Epoch: 401", "FinalizedVersionLevel: 1 Epoch: 39"),
        ('{"avg_throughput":15.174819283,"acked":5}', '{"avg_throughput":9.5,"acked":5}'),
        ("g   127.0.0.1:<port 2>  (2)   -   Empty", "g   127.0.0.1:<port 3>  (3)   -   Empty"),
        ("localhost:34567 took no connection", "localhost:45678 took no connection"),
    ],
)
def test_what_differs_each_time_is_taken_out(one: str, other: str) -> None:
    assert _left(one) == _left(other)
    assert _left(one, "exact") != _left(other, "exact")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Topic: t PartitionCount: 2", "Topic: t PartitionCount: 3"),
        ("c:0:4", "c:0:5"),
        ("g c 0 3 3 0", "g c 0 2 3 1"),
        ("version 4.3.1", "version 4.3.0"),
        ("retention.ms=60000", "retention.ms=1000"),
        ("a  b", "a b"),
        ("one\ntwo", "two\none"),
        ("one\none", "one"),
        ("--partitions-of-a-topic", "--partitions-of-b-topic"),
        ("StringStringStringStrin", "StringStringStringStrim"),
        ("GroupMetadataFormatter", "GroupMetadataProcessor"),
        ("SupportedMaxVersion: 1", "SupportedMaxVersion: 2"),
        ('{"avg_throughput":9.5,"acked":5}', '{"avg_throughput":9.5,"acked":4}'),
        ("rate 15.1748192837", "rate 15.1848192837"),
        ("LeaderEpoch: -1", "LeaderEpoch: 3"),
        ('{"a":1,"b":2}', '{"b":2,"a":1}'),
        ("WARNING: Unable to create a system terminal", ""),
        ("WARNING: java.lang.System::load has been called", ""),
        ("Caused by: java.lang.ClassNotFoundException: a.B", "Caused by: java.lang.ClassNotFoundException: a.C"),
    ],
)
def test_any_other_difference_is_left(one: str, other: str) -> None:
    assert _left(one) != _left(other)
    assert _left(errors=one) != _left(errors=other)


def test_exit_code_and_stream_matter() -> None:
    assert _left("a", exit_code=1) != _left("a")
    assert _left("a") != _left(errors="a")


def test_stack_frames_and_what_a_jvm_says_of_itself_are_taken_out() -> None:
    text = "java.io.IOException: no\n\tat a.B.c(B.java:12)\n\t... 3 more\n"
    assert _left(errors=text) == _left(errors="java.io.IOException: no\n")
    said = "WARNING: Please consider reporting this to the maintainers of class a.B\n"
    assert _left(errors=said) == _left()


def test_words_of_the_brokers_are_replaced_only_as_a_whole() -> None:
    words = {"34567": "<port 1>", "/tmp/x": "<folder>"}
    text = _left("at :34567 in /tmp/x/logs, 345678, /tmp/xy", words=words)
    assert "at :<port 1> in <folder>/logs, 345678, /tmp/xy" in text


def test_numbers_are_taken_out_where_they_are_measurements() -> None:
    assert _left("sent 10 at 1.5 MB", "numbers") == _left("sent 900 at -2,000.25E-4 MB", "numbers")
    assert _left("took 1795743906647 ns", "numbers") == _left("took 12 ns", "numbers")
    assert _left("sent 10 records", "numbers") != _left("lost 10 records", "numbers")


def test_order_counts_unless_it_is_said_not_to() -> None:
    assert _left("one\ntwo", "any-order") == _left("two\none", "any-order")
    assert _left("one\none", "any-order") != _left("one", "any-order")
    assert _left('{"a":1,"b":[1,2]}', "json") == _left('{"b":[1,2],"a":1}', "json")
    assert _left('{"a":1,"b":[1,2]}', "json") != _left('{"a":1,"b":[2,1]}', "json")
    assert _left('{"offsets":[1,2]}', "json") == _left('{"offsets":[2,1]}', "json")
    assert _left('{"offsets":[1,2]}', "json") != _left('{"offsets":[1,2,2]}', "json")
    assert _left("{no json", "json") == _left("{no json")


def test_lines_may_repeat_only_where_it_is_said() -> None:
    assert _left("lag is 0\nlag is 0\nend", "repeats") == _left("lag is 0\nend", "repeats")
    assert _left("lag is 0\nlag is 0") != _left("lag is 0")
    assert _left("lag is 0", "repeats") != _left("lag is 1", "repeats")
    assert _left("lag is 0", "repeats", exit_code=143) != _left("lag is 0", "repeats")


def test_what_a_client_tells_on_a_slow_machine_is_taken_out() -> None:
    empty = '{"timestamp":1795743906647,"name":"partitions_assigned","partitions":[]}'
    late = (
        "[2026-11-27 01:45:06,647] WARN [ShareConsumer clientId=c, groupId=g] Consumer triggered an unsubscribe event "
        "to leave the group but couldn't complete it within 0 ms."
    )
    assert _left(empty, errors=late) == _left()
    assert _left(empty.replace("[]", '[{"topic":"n","partition":0}]')) != _left()
    assert _left(errors=late.replace("WARN", "ERROR")) != _left()
