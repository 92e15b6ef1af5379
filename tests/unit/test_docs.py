"""What README and docs say, held against the real thing: links, command lines, options, variables, codes, messages."""

from __future__ import annotations

import ast
import errno
import functools
import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cyclopts import App, CycloptsError

from kafka_native import errors
from kafka_native.cli.app import app
from kafka_native.config.development import all_defaults
from kafka_native.tools import load_tools

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_SOURCES = _ROOT / "src"
_REFERENCE = _ROOT / "docs" / "reference"
_TROUBLESHOOTING = _ROOT / "docs" / "troubleshooting.md"
_PAGES = sorted([_ROOT / "README.md", _ROOT / "CONTRIBUTING.md", *(_ROOT / "docs").rglob("*.md")])
_COMMANDS = ("up", "down", "status", "list", "logs", "build")
_COMMANDS_OF_GROUPS = (
    "config render",
    "image build",
    "image test",
    "image sbom",
    "image scan",
    "image release",
    "image promote",
    "bench start",
    "bench memory",
    "bench throughput",
    "bench growth",
    "bench tool",
    "bench docker",
    "bench size",
    "bench all",
    "bench report",
    "systest walk",
    "systest list",
    "systest report",
    "toolchain status",
    "toolchain install",
    "toolchain verify",
    "metadata trace",
    "metadata merge",
    "metadata check",
    "metadata diff",
    "metadata explain",
)
_OF_CYCLOPTS = {"--help", "--version", "-h"}

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_CODE_SPAN = re.compile(r"`([^`]+)`")
_COMMAND_LINE = re.compile(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\./)?kafka-native( .*)?$")
_SHORTEST_PIECE = 4
"""Shorter texts of the sources are found in any sentence."""
_REWORDED = "leave --strict-properties out"
"""What `up` says in its own words when the launcher says it (broker.diagnosis)."""
_VALUES = ("java (pid", "instance 'default'", "g++, gcc, make", "g++ gcc make", "=many: Not a number of type INT")
"""What messages are filled in with in our examples."""


def _names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(_ROOT)) for page in pages]


def _cells(page: Path) -> list[list[str]]:
    """Return the rows of all tables of a page."""
    rows = (line for line in page.read_text().splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", _PAGES, ids=_names(_PAGES))
def test_links_lead_somewhere(page: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", page.read_text())):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: there is no {target}"
        if anchor:
            assert anchor in _anchors(target), f"{link}: {target.name} has no such heading"


def _command_lines(page: Path) -> Iterator[list[str]]:
    """Yield the words after `kafka-native` of each line in a code block, and of each code span in the text."""
    text = page.read_text()
    blocks = [line for block in _FENCE.findall(text) for line in block.splitlines()]
    spans = [" ".join(span.split()) for span in _CODE_SPAN.findall(_FENCE.sub("", text))]
    for line in (*blocks, *spans):
        if match := _COMMAND_LINE.match(line):
            words = shlex.split(match.group(1) or "", comments=True)
            if not any(word.startswith("[") for word in words):  # a synopsis
                yield words


@pytest.mark.parametrize("page", _PAGES, ids=_names(_PAGES))
def test_command_lines_are_understood(page: Path) -> None:
    for words in _command_lines(page):
        try:
            app.parse_args(words, print_error=False, exit_on_error=False)
        except CycloptsError as error:
            pytest.fail(f"kafka-native {shlex.join(words)}: {error}")


def test_readme_shows_command_lines() -> None:
    lines = list(_command_lines(_ROOT / "README.md"))
    assert ["up", "--detach", "--topic", "orders:6"] in lines
    assert ["toolchain", "status"] in lines


@pytest.mark.parametrize("command", [*_COMMANDS, *_COMMANDS_OF_GROUPS])
def test_every_option_is_documented_and_no_other(command: str) -> None:
    text = (_REFERENCE / "command-line.md").read_text()
    section = text.partition(f"\n## {command}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]*`[^|]*) \|", section, re.MULTILINE)
    documented = {word for row in rows for word in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row)}
    arguments = functools.reduce(App.__getitem__, command.split(), app).assemble_argument_collection()
    names = {name for argument in arguments for name in {*argument.names} - {*argument.negatives}}
    real = {name for name in names if name.startswith("-")}
    assert documented == real - _OF_CYCLOPTS


def test_every_command_is_documented() -> None:
    groups = {command.split()[0] for command in _COMMANDS_OF_GROUPS}
    tools = {tool.name for tool in load_tools()}
    assert set(app) - _OF_CYCLOPTS == {*_COMMANDS, *groups, *tools}
    for group in groups:
        real = {f"{group} {name}" for name in set(app[group]) - _OF_CYCLOPTS}
        assert real == {command for command in _COMMANDS_OF_GROUPS if command.startswith(f"{group} ")}


def test_every_tool_is_documented_as_help_tells_it() -> None:
    rows = [
        row for row in _cells(_REFERENCE / "tools.md") if row[-1] in ("brokers are named for you", "as it is typed")
    ]
    tools = {f"`{tool.name}`": (tool.summary, tool.brokers_option is not None) for tool in load_tools()}
    assert {name: (summary, host.startswith("brokers")) for name, summary, host in rows} == tools


@functools.cache
def _python_sources() -> tuple[str, ...]:
    return tuple(path.read_text() for path in sorted((_SOURCES / "kafka_native").rglob("*.py")))


def _variables() -> set[str]:
    ours = re.compile(r'(?:NATIVE_KAFKA_|PREFIX \+ "|\{PREFIX\})([A-Z][A-Z_]*[A-Z])')
    others = re.compile(r'environ(?:ment)?(?:\.get\(|\[)"([A-Z][A-Z_]*)"')
    return {f"NATIVE_KAFKA_{name}" for text in _python_sources() for name in ours.findall(text)} | {
        name for text in _python_sources() for name in others.findall(text)
    }


def test_every_variable_is_documented() -> None:
    documented = {name for row in _cells(_REFERENCE / "settings.md") for name in _CODE_SPAN.findall(row[0])}
    found = _variables()
    assert {"NATIVE_KAFKA_CACHE_DIR", "NATIVE_KAFKA_JDK_HOME", "NATIVE_KAFKA_TRACE_DIR", "GRAALVM_HOME"} <= found
    assert found <= documented
    assert {name for name in documented if name.startswith("NATIVE_KAFKA_")} <= found


def _families() -> list[type[errors.KafkaNativeError]]:
    classes = [getattr(errors, name) for name in errors.__all__]
    return [each for each in classes if issubclass(each, errors.KafkaNativeError)]


def test_every_exit_code_is_documented() -> None:
    rows = {row[2].strip("`"): row[0] for row in _cells(_REFERENCE / "exit-codes.md") if len(row) > 2 and row[2]}
    assert {family.__name__: str(family.exit_code) for family in _families()} == {
        name: code for name, code in rows.items() if name != "error class"
    }


@pytest.mark.parametrize("name", ["exit-codes.md", "launcher.md"])
def test_every_exit_code_of_the_launcher_is_documented(name: str) -> None:
    source = (_SOURCES / "java/launcher/kafkanative/launcher/ExitCode.java").read_text()
    codes = re.findall(r"static final int \w+ = (\d+);", source)
    assert codes
    rows = [row[0] for row in _cells(_REFERENCE / name) if len(row) == 2]
    assert [row for row in rows if row.isdigit()] == codes


def test_every_option_of_the_launcher_is_documented() -> None:
    folder = _SOURCES / "java/launcher/kafkanative/launcher"
    names = ("ServerStartArguments", "ConfigRender", "health/HealthCheck", "SetUp", "Start")
    source = "".join((folder / f"{name}.java").read_text() for name in names)
    rows = [row[0] for row in _cells(_REFERENCE / "launcher.md")]
    documented = {word for row in rows for word in re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", row)}
    assert documented == set(re.findall(r'"(--?[a-zA-Z][a-z-]*)"', source))


def test_development_defaults_are_documented_as_they_are() -> None:
    text = (_REFERENCE / "development-defaults.md").read_text()
    section = text.partition("\n## Set for a single")[2].partition("\n## ")[0]
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in section.splitlines() if "| `" in line]
    documented = [(name, value, reason, unless or None, *limits) for name, value, _, reason, unless, *limits in rows]
    assert documented == [
        (
            each.name,
            each.value,
            each.reason,
            each.unless,
            "yes" if each.one_controller_only else "",
            ", ".join(each.profiles),
        )
        for each in all_defaults()
    ]
    assert all(value != kafkas for _, value, kafkas, *_ in rows)


def test_every_variable_of_the_launcher_is_documented() -> None:
    sources = [
        path.read_text() for path in (_SOURCES / "java/launcher/kafkanative/launcher/environment").glob("*.java")
    ]
    names = {name for text in sources for name in re.findall(r'"((?:NATIVE_)?KAFKA_[A-Z0-9_]*[A-Z0-9])"', text)}
    found = names - {"KAFKA_LISTENERS"}  # properties; what they are about stands in Kafka's documentation
    documented = {name for row in _cells(_REFERENCE / "environment.md") for name in _CODE_SPAN.findall(row[0])}
    assert {"NATIVE_KAFKA_TOPICS", "KAFKA_HEAP_OPTS", "KAFKA_SSL_KEYSTORE_FILENAME"} <= found
    assert found <= documented


def test_rooms_are_listed_from_the_lowest_to_the_highest() -> None:
    text = (_ROOT / "CONTRIBUTING.md").read_text().partition("\n## Rooms\n")[2].partition("\n## ")[0]
    listed = re.findall(r"`([a-z_]+)`", text.partition("):\n")[2].partition("\n`src/java`")[0])
    config = tomllib.loads((_ROOT / "pyproject.toml").read_text())
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    assert listed == [layer.removeprefix("kafka_native.") for layer in reversed(layers)]


@functools.cache
def _pieces() -> tuple[str, ...]:
    """Return what our sources hold of messages: the texts, and of those that are filled in, what stands between."""
    python = [*_python_sources(), (_ROOT / "scripts" / "environment.py").read_text()]
    pieces = {piece for text in python for node in ast.walk(ast.parse(text)) for piece in _pieces_of_text(node)}
    for source in (_SOURCES / "java" / "launcher").rglob("*.java"):
        literals = re.findall(r'"((?:[^"\\\n]|\\.)*)"', re.sub(r'"\s*\+\s*"', "", source.read_text()))
        pieces.update(piece for each in literals for piece in each.split(_REWORDED))
    known_failures = tomllib.loads((_SOURCES / "kafka_native/native/known_failures.toml").read_text())
    pieces.update(failure["cause"] for failure in known_failures["failure"])
    pieces.update(os.strerror(number) for number in errno.errorcode)
    return tuple(piece for each in pieces if len(piece := each.strip()) >= _SHORTEST_PIECE)


def _pieces_of_text(node: ast.AST) -> list[str]:
    if isinstance(node, ast.JoinedStr):
        return [str(each.value) for each in node.values if isinstance(each, ast.Constant)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.split(r"\{\w+\}", node.value)  # what `format` fills in
    return []


def _not_ours(message: str) -> list[str]:
    """Return the words of a message that are in none of our texts, and are no values (capitals, paths, numbers)."""
    ours = {
        place
        for piece in (*_pieces(), *_VALUES)
        if piece in message
        for found in re.finditer(re.escape(piece), message)
        for place in range(*found.span())
    }
    words = re.finditer(r"(?<![\w.'/-])[a-z]{3,}(?![\w.'/-])", message)
    return [word.group() for word in words if not ours.issuperset(range(*word.span()))]


def _messages() -> list[str]:
    text = _TROUBLESHOOTING.read_text()
    lines = [line.strip() for block in _FENCE.findall(text) for line in block.splitlines()[1:-1]]
    rows = [row[0].strip("`") for row in _cells(_TROUBLESHOOTING) if row[0].startswith("`")]
    return [re.sub(r"^(error|hint|warning): ", "", line) for line in (*lines, *rows) if line]


@pytest.mark.parametrize("message", _messages())
def test_messages_are_those_of_the_sources(message: str) -> None:
    assert _not_ours(message) == []


def test_a_message_that_nobody_prints_is_noticed() -> None:
    assert _not_ours("the executable FILE is on the moon") == ["the", "moon"]
