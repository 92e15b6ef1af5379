"""Kafka's command-line tools: the executable's print what upstream's print, and end with the same exit code."""

from __future__ import annotations

import difflib
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ..kafka_tools import TOOLS, ToolsUnderTest, UpstreamTools, finish
from ..waiting import wait_until
from .tool_places import PLACES, Place, copy_logs
from .tool_scenarios import FILES, ONLY_ON, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from ..java_tools import JavaTools, ToolResult
    from ..kafka_tools import ToolRunner

pytestmark = pytest.mark.timeout(900)

_FLAGS = {"alone", "numbers", "any-order", "for-a-while"}
_WITH_VALUE = {"stdin", "until"}
_OURS, _THEIRS = "qyq", "zyz"
"""What names begin with: texts of the same length that no tool prints by itself."""
_WHILE_SECONDS = 8
_PATIENCE_SECONDS = 30
_DATE = re.compile(r"\w{3} \w{3} \d+ [\d:]+ \w+ \d{4}|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,]\d+)?Z?")
_LONG_NUMBER = re.compile(r"\b1[5-9]\d{8}(\d{3})?\b")
_IDS = re.compile(
    r"(?<![\w/+-])[\w+-]{22}(?![\w/+-])|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[\w+/]{86}=="
)
_NUMBER = re.compile(r"-?\d[\d.,E-]*|NaN")
_STACK = re.compile(r"^\s+(at |\.\.\. \d+ more)")
_NOT_OURS = re.compile(r"^WARNING: .*(restricted|native-access|sun.misc.Unsafe|terminally|objectFieldOffset)")
"""What a JVM says about itself."""


@dataclass(frozen=True)
class Step:
    """A line of a scenario.

    Args:
        tool: The tool.
        arguments: Its arguments, without that which names the brokers.
        flags: See `tool_scenarios`.
        stdin: What it reads.
        until: It is run again until it prints this.
    """

    tool: str
    arguments: tuple[str, ...]
    flags: frozenset[str]
    stdin: str
    until: str

    @classmethod
    def parse(cls, line: str) -> Step:
        """Read a line."""
        words, flags, values = shlex.split(line), set(), dict.fromkeys(_WITH_VALUE, "")
        while words[0] in _FLAGS | _WITH_VALUE:
            word = words.pop(0)
            if word in _FLAGS:
                flags.add(word)
            else:
                values[word] = words.pop(0).encode().decode("unicode_escape")
        return cls(words[0], tuple(words[1:]), frozenset(flags), values["stdin"], values["until"])


@pytest.fixture(scope="module", params=PLACES)
def place(
    request: pytest.FixtureRequest,
    node_spec: NodeSpec,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
    tools: JavaTools,
) -> Iterator[Place]:
    """Return brokers, of each kind in turn."""
    with PLACES[request.param](node_spec, settings, tmp_path_factory.mktemp("place"), tools) as opened:
        yield opened


@pytest.fixture(scope="module")
def under_test(node_spec: NodeSpec, settings: Settings) -> ToolsUnderTest:
    """Return the tools of the executable."""
    return ToolsUnderTest(node_spec, settings)


@pytest.fixture(scope="module")
def upstream(tools: JavaTools) -> UpstreamTools:
    """Return the tools on a JVM."""
    return UpstreamTools(tools)


def test_every_tool_is_in_a_scenario() -> None:
    lines = [line for text in SCENARIOS.values() for line in text.strip().splitlines()]
    assert {Step.parse(line).tool for line in lines} == TOOLS.keys()


@pytest.mark.feature("Tools", "Command-line tools print and exit as upstream's")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_tool_does_what_upstreams_does(
    scenario: str, place: Place, under_test: ToolsUnderTest, upstream: UpstreamTools, tmp_path: Path
) -> None:
    if place.name not in ONLY_ON.get(scenario, (place.name,)):
        pytest.skip(f"is not for {place.name}")
    if scenario == "storage":
        _fill(place, upstream, tmp_path)
    ours = _play(SCENARIOS[scenario], _OURS, under_test, place, tmp_path)
    theirs = _play(SCENARIOS[scenario], _THEIRS, upstream, place, tmp_path)
    differences = [
        "\n".join([line, *difflib.ndiff(expected.splitlines(), found.splitlines())])
        for (line, found), (_, expected) in zip(ours, theirs, strict=True)
        if found != expected
    ]
    if differences:
        pytest.fail("upstream's lines have -, those under test +\n" + "\n\n".join(differences), pytrace=False)


def _fill(place: Place, upstream: UpstreamTools, folder: Path) -> None:
    """Have logs to look into: of a topic, of offsets, of the metadata."""
    at = ("--bootstrap-server", place.servers, "--topic", "dumped")
    lines = "".join(f"key-{number}:value-{number}\n" for number in range(20))
    reading = ("--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
    assert finish(upstream.argv("console-producer", *at, *reading), stdin=lines).exit_code == 0
    read = ("--group", "dumped", "--from-beginning", "--max-messages", "20")
    assert finish(upstream.argv("console-consumer", *at, *read)).exit_code == 0
    copy_logs(place, "dumped", folder)


def _play(text: str, x: str, runner: ToolRunner, place: Place, folder: Path) -> list[tuple[str, str]]:
    """Run the lines of a scenario; return each with what it left, normalised."""
    moved = "2,1" if place.replicas > 1 else "1"
    values = {"x": x, "folder": str(folder), "replicas": str(place.replicas), "jmx": place.jmx, "moved": moved}
    for name, content in FILES.items():
        (folder / name.format(**values)).write_text(content.format(**values))
    lines = [line.strip() for line in text.strip().splitlines()]
    return [(line, _run(Step.parse(line.format(**values)), x, runner, place)) for line in lines]


def _run(step: Step, x: str, runner: ToolRunner, place: Place) -> str:
    arguments = (*_brokers(step, place), *step.arguments)
    if TOOLS[step.tool].option_is_last:
        arguments = (*step.arguments, *_brokers(step, place))
    argv = runner.argv(step.tool, *arguments)
    seconds = _WHILE_SECONDS if "for-a-while" in step.flags else None
    if step.until:
        return _normalised(wait_until(lambda: _with(argv, step.until), step.until, _PATIENCE_SECONDS)[0], step, x)
    return _normalised(finish(argv, stdin=step.stdin, seconds=seconds), step, x)


def _with(argv: list[str], text: str) -> list[ToolResult]:
    result = finish(argv)
    return [result] if text in result.output else []


def _brokers(step: Step, place: Place) -> tuple[str, ...]:
    option = TOOLS[step.tool].brokers_option
    if option is None or "alone" in step.flags:
        return ()
    login = ("--command-config", str(place.config)) if place.config else ()
    return (option, place.servers, *login)


def _normalised(result: ToolResult, step: Step, x: str) -> str:
    """Return exit code and output without what differs each time: dates, ids, our names, stack traces."""
    if "for-a-while" in step.flags:
        return "\n".join(sorted({_words(line) for line in result.output.splitlines()}))
    streams = []
    for text in (result.output, result.errors):
        lines = [
            line for line in text.replace(x, "X").splitlines() if not _STACK.match(line) and not _NOT_OURS.match(line)
        ]
        lines = [_IDS.sub("<id>", _LONG_NUMBER.sub("<time>", _DATE.sub("<date>", line))).rstrip() for line in lines]
        if "numbers" in step.flags:
            lines = [_words(line) for line in lines]
        streams.append("\n".join(sorted(lines) if "any-order" in step.flags else lines))
    code = "" if "for-a-while" in step.flags else f"exit code {result.exit_code}\n"
    return f"{code}stdout:\n{streams[0]}\nstderr:\n{streams[1]}"


def _words(line: str) -> str:
    return re.sub(r"[ \t]+", " ", _NUMBER.sub("#", line))
