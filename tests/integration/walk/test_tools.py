"""Kafka's command-line tools: the executable's print what upstream's print, and end with the same exit code."""

from __future__ import annotations

import difflib
import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pytest

from kafka_native.pins import DEFAULT_KAFKA_VERSION

from ..kafka_tools import TOOLS, ToolsUnderTest, UpstreamTools, finish
from ..waiting import wait_until
from .tool_output import FLAGS, normalised
from .tool_places import PLACES, Place, copy_logs
from .tool_scenarios import FILES, ONLY_ON, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from ..java_tools import JavaTools, ToolResult
    from ..kafka_tools import ToolRunner

    OpenPlace: TypeAlias = Callable[[str], AbstractContextManager[Place]]
    StartPlace: TypeAlias = Callable[[], AbstractContextManager[Place]]
    Runners: TypeAlias = tuple[ToolsUnderTest, UpstreamTools]
    Played: TypeAlias = list[tuple[str, str]]

pytestmark = pytest.mark.timeout(900)

_OWN_FLAGS = {"alone", "for-a-while"}
_WITH_VALUE = {"stdin", "until"}
_SIDES = ("ours", "upstream")
_WHILE_SECONDS = 8
_PATIENCE_SECONDS = 60
_PLAYS = [(place, scenario) for place in PLACES for scenario in SCENARIOS if place in ONLY_ON.get(scenario, PLACES)]


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
        while words[0] in {*_OWN_FLAGS, *FLAGS, *_WITH_VALUE}:
            word = words.pop(0)
            if word in _WITH_VALUE:
                values[word] = words.pop(0).encode().decode("unicode_escape")
            else:
                flags.add(word)
        return cls(words[0], tuple(words[1:]), frozenset(flags), values["stdin"], values["until"])


@pytest.fixture(scope="module")
def runners(node_spec: NodeSpec, settings: Settings, tools: JavaTools) -> Runners:
    """Return the tools of the executable, and those on a JVM."""
    return ToolsUnderTest(node_spec, settings), UpstreamTools(tools)


def test_every_tool_is_in_a_scenario() -> None:
    lines = [line for text in SCENARIOS.values() for line in text.strip().splitlines()]
    assert {Step.parse(line).tool for line in lines} == TOOLS.keys()


@pytest.fixture
def open_place(
    node_spec: NodeSpec, settings: Settings, tmp_path_factory: pytest.TempPathFactory, tools: JavaTools
) -> OpenPlace:
    """Return what starts brokers that nobody has used."""
    return lambda name: PLACES[name](node_spec, settings, tmp_path_factory.mktemp("place"), tools)


@pytest.mark.feature("Tools", "Command-line tools print and exit as upstream's")
@pytest.mark.parametrize(("place", "scenario"), _PLAYS, ids=map("-".join, _PLAYS))
def test_a_tool_does_what_upstreams_does(
    scenario: str, place: str, open_place: OpenPlace, runners: Runners, tmp_path: Path
) -> None:
    play = _play_on_shared_logs if scenario == "storage" else _play_on_own_brokers
    ours, theirs = play(_lines_of(scenario, runners), lambda: open_place(place), runners, tmp_path)
    differences = [
        "\n".join([line, *difflib.ndiff(expected.splitlines(), found.splitlines())])
        for (line, found), (_, expected) in zip(ours, theirs, strict=True)
        if found != expected
    ]
    if differences:
        pytest.fail("upstream's lines have -, those under test +\n" + "\n\n".join(differences), pytrace=False)


def _lines_of(scenario: str, runners: Runners) -> list[str]:
    """Return the lines of a scenario, without those of the metadata shell where its jar was not published (4.4.0)."""
    under_test, upstream = runners
    release = ".".join((under_test.spec.kafka_version or DEFAULT_KAFKA_VERSION).split(".")[:2])
    lines = [line.strip().replace("{release}", release) for line in SCENARIOS[scenario].strip().splitlines()]
    has_shell = any(jar.name.startswith("kafka-shell-") for jar in upstream.java.class_path)
    return [line for line in lines if has_shell or Step.parse(line).tool != "metadata-shell"]


def _play_on_own_brokers(
    lines: list[str], start: StartPlace, runners: Sequence[ToolRunner], folder: Path
) -> list[Played]:
    """Play with each runner on brokers of its own, so that none sees what the other has left."""
    played = []
    for name, runner in zip(_SIDES, runners, strict=True):
        (folder / name).mkdir()
        with start() as place:
            played.append(_play(lines, runner, place, folder / name))
    return played


def _play_on_shared_logs(
    lines: list[str], start: StartPlace, runners: Sequence[ToolRunner], folder: Path
) -> list[Played]:
    """Play with both runners on copies of the same logs."""
    with start() as place:
        for name in _SIDES:
            (folder / name).mkdir()
        _fill(place, runners[1], folder / _SIDES[0])
        shutil.copytree(folder / _SIDES[0], folder / _SIDES[1], dirs_exist_ok=True)
        return [_play(lines, runner, place, folder / name) for name, runner in zip(_SIDES, runners, strict=True)]


def _fill(place: Place, upstream: ToolRunner, folder: Path) -> None:
    """Have logs to look into: of a topic, of offsets, of the metadata."""
    at = ("--bootstrap-server", place.servers, "--topic", "dumped")
    lines = "".join(f"key-{number}:value-{number}\n" for number in range(20))
    reading = ("--reader-property", "parse.key=true", "--reader-property", "key.separator=:")
    assert finish(upstream.argv("console-producer", *at, *reading), stdin=lines).exit_code == 0
    read = ("--group", "dumped", "--from-beginning", "--max-messages", "20")
    assert finish(upstream.argv("console-consumer", *at, *read)).exit_code == 0
    copy_logs(place, "dumped", folder)


def _play(lines: list[str], runner: ToolRunner, place: Place, folder: Path) -> Played:
    """Run the lines of a scenario; return each with what it left, normalised."""
    values = {
        "folder": str(folder),
        "replicas": str(place.replicas),
        "jmx": place.jmx,
        "moved": "2,1" if place.replicas > 1 else "1",
        "two": place.assignment(2),
        "three": place.assignment(3),
    }
    for name, content in FILES.items():
        (folder / name).write_text(content.format(**values))
    words = {**place.words, str(folder): "<folder>"}
    return [(line, _run(Step.parse(line.format(**values)), runner, place, words)) for line in lines]


def _run(step: Step, runner: ToolRunner, place: Place, words: Mapping[str, str]) -> str:
    arguments = (*_brokers(step, place), *step.arguments)
    if TOOLS[step.tool].option_is_last:
        arguments = (*step.arguments, *_brokers(step, place))
    argv = runner.argv(step.tool, *arguments)
    seconds = _WHILE_SECONDS if "for-a-while" in step.flags else None
    if step.until:
        result = wait_until(lambda: _with(argv, step.until), step.until, _PATIENCE_SECONDS)[0]
    else:
        result = finish(argv, stdin=step.stdin, seconds=seconds)
    return normalised(result, words, step.flags)


def _with(argv: list[str], text: str) -> list[ToolResult]:
    result = finish(argv)
    return [result] if text in result.output else []


def _brokers(step: Step, place: Place) -> tuple[str, ...]:
    option = TOOLS[step.tool].brokers_option
    if option is None or "alone" in step.flags:
        return ()
    login = ("--command-config", str(place.config)) if place.config else ()
    return (option, place.servers, *login)
