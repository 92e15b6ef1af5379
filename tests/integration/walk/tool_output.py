"""What is left of a tool's output when that is taken away which differs each time: dates, ids, offsets of the metadata.

Both sides of a comparison start from equal brokers, so everything else must be equal, offsets and sizes included.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ..java_tools import ToolResult

__all__ = ["FLAGS", "normalised"]

FLAGS = {
    "exact": "both sides read the same input, so that dates and ids are equal as well",
    "numbers": "numbers are measurements",
    "any-order": "lines come out of a hash table or of several threads",
    "json": "fields of JSON objects are in the order in which reflection finds them, offsets come out of a set",
    "repeats": "how often a line is repeated depends on time, or on how many brokers a client happens to need",
}
"""What may be said of a tool's output, and what it means."""

_DATE = re.compile(
    r"\w{3} \w{3} \d+ [\d:]+ \w+ \d{4}"  # Thu Jan 01 00:00:00 UTC 1970
    r"|\w{3} \d\d, \d{4},? \d{1,2}:\d\d:\d\d [AP]M"  # Jan 01, 1970 0:00:00 AM
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,:]\d+)?Z?"
)
_TIME = re.compile(r"(?<![\w.])1[5-9]\d{8}(\d{3})?(?!\w|\.\d)")
"""Seconds or milliseconds since 1970."""
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_KAFKA_UUID = re.compile(r"(?<![\w/+-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{21}[AQgw](?![\w/+-])")
"""128 bits in base64: the last character holds two of them."""
_HMAC = re.compile(r"[\w+/]{86}==")
_GENERATED_GROUP = re.compile(r"\bconsole-(share-)?consumer-\d{1,5}\b")
_ADDRESS = re.compile(r"\b(localhost|127\.0\.0\.1):\d{4,5}\b")
_METADATA_OFFSET = re.compile(r"\b((?:Leader)?Epoch|HighWatermark):(\s+)\d+")
_THROUGHPUT = re.compile(r'("avg_throughput": ?)[\d.E-]+')
_NUMBER = re.compile(r"-?\d[\d.,E-]*|NaN|<time>")
_STACK = re.compile(r"^\s+(at |\.\.\. \d+ more)")
_OF_THE_JVM = re.compile(
    r"^WARNING: (A terminally deprecated method in sun\.misc\.Unsafe has|sun\.misc\.Unsafe::\w+ (has|will) be"
    r"|Please consider reporting this to the maintainers of class )"
)
"""It names the caller (JEP 498), and the call of a method handle has another one natively."""


_OF_TIME = re.compile(
    r".* WARN \[\w+ clientId=[^]]*\] Consumer triggered an unsubscribe event to leave the group but couldn't "
    r"|.* WARN \[\w+ clientId=[^]]*\] Not updating high watermark for partition \S+ as it is no longer assigned "
    r"|.* WARN \[\w+ clientId=[^]]*\] Close timeout of \d+ ms expired before the consumer network thread was able "
    r'|\{(?=.*"partitions_assigned")(?=.*"partitions": ?\[\])'
)
"""What a client tells on a slow machine: it left, closed or was answered late, or its first assignment was empty."""
_COORDINATOR = re.compile(r"\S+:(<port \d>|\d{4,5})(\s+)\(\d\)")
"""Which broker of a cluster coordinates a group depends on where partitions came to lie."""


def normalised(result: ToolResult, words: Mapping[str, str], flags: Collection[str] = ()) -> str:
    """Return exit code and output of a tool without what differs each time.

    Args:
        result: What it left.
        words: What stands for words that belong to the brokers or to the run: ports, folders.
        flags: Some of `FLAGS`.
    """
    output, errors = (_lines(text, words, flags) for text in (result.output, result.errors))
    if "repeats" in flags:
        output, errors = list(dict.fromkeys(output)), list(dict.fromkeys(errors))
    if "any-order" in flags:
        # Whichever line comes first of an access control list has no space before it.
        output, errors = (sorted(line.lstrip() for line in lines) for lines in (output, errors))
    return "\n".join([f"exit code {result.exit_code}", "stdout:", *output, "stderr:", *errors])


def _lines(text: str, words: Mapping[str, str], flags: Collection[str]) -> list[str]:
    lines = [line for line in text.splitlines() if not _STACK.match(line) and not _OF_THE_JVM.match(line)]
    lines = [line for line in lines if not _OF_TIME.match(line)]
    lines = [_without(words, line) for line in lines]
    if "json" in flags:
        lines = [_sorted_fields(line) for line in lines]
    if "exact" not in flags:
        lines = [_without_times_and_ids(line) for line in lines]
    if "numbers" in flags:
        lines = [re.sub(r"[ \t]+", " ", _NUMBER.sub("#", line)) for line in lines]
    return [line.rstrip() for line in lines]


def _without(words: Mapping[str, str], line: str) -> str:
    for word in sorted(words, key=len, reverse=True):
        line = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", words[word], line)
    return line


def _sorted_fields(line: str) -> str:
    try:
        return json.dumps(json.loads(line, object_hook=_sorted_offsets), sort_keys=True) if line[:1] == "{" else line
    except ValueError:
        return line


def _sorted_offsets(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if name == "offsets" else value for name, value in fields.items()}


def _without_times_and_ids(line: str) -> str:
    line = _TIME.sub("<time>", _DATE.sub("<date>", line))
    for pattern in (_UUID, _KAFKA_UUID, _HMAC):
        line = pattern.sub("<id>", line)
    line = _COORDINATOR.sub(r"<coordinator>\2(<id>)", line)
    line = _GENERATED_GROUP.sub(r"console-\1consumer-<id>", line)
    line = _METADATA_OFFSET.sub(r"\1:\2<offset>", line)
    line = _THROUGHPUT.sub(r"\1<measured>", line)
    return _ADDRESS.sub(r"\1:<port>", line)
