"""What runs the broker, brokers for tests, and their logs in the report of a test that failed."""

from __future__ import annotations

import contextlib
import itertools
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from kafka_native.broker import Node, NodeSpec, down, list_instances, running
from kafka_native.broker.engines import check_executable, kafka_version_of, resolve_engine
from kafka_native.errors import KafkaNativeError
from kafka_native.pins import DEFAULT_KAFKA_VERSION
from kafka_native.settings import Settings, load_settings

from .command_line import CommandLine
from .java_tools import JavaTools, load_java_tools
from .local_processes import leaked_processes

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPEC = pytest.StashKey[NodeSpec]()
_LOG_TAIL_LINES = 60


class StartNode(Protocol):
    """Starts a node that lives until the test ends; it differs from the one under test in what is given."""

    def __call__(self, **changes: Any) -> Node:
        """Start it."""


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find, or build, what runs the broker: outside any test, since that may take longer than a test may."""
    config = session.config
    needs_broker = any("node_spec" in getattr(item, "fixturenames", ()) for item in session.items)
    if needs_broker and not config.option.collectonly:
        try:
            config.stash[_SPEC] = _resolve(config)
        except KafkaNativeError as error:
            raise pytest.UsageError(f"{error.message}\n{error.details or ''}\nhint: {error.hint}") from error


def _resolve(config: pytest.Config) -> NodeSpec:
    on_jvm = config.option.engine == "jvm"
    given: Path | None = None if on_jvm else config.option.executable or load_settings().executable
    told = kafka_version_of(check_executable(given)) if given else DEFAULT_KAFKA_VERSION
    version = config.option.kafka_version or told
    spec = NodeSpec(engine="jvm" if on_jvm else None, kafka_version=version, executable=given)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NATIVE_KAFKA_TRACE_DIR", raising=False)  # nothing is started yet that could record
        command = resolve_engine(spec, load_settings())
    # A known executable is used as it is from then on, so that not each start looks for it again.
    # Its version stays, for tests that compare it with the JVM engine or with upstream's tools.
    return replace(spec, executable=command.executable)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Attach the end of each broker's log to the report of a test that failed."""
    report: pytest.TestReport = yield  # type: ignore[assignment] # pluggy sends the result
    if report.failed:
        for log_file in _log_files(getattr(item, "funcargs", {})):
            lines = log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL_LINES:]
            report.sections.append((f"the end of {log_file}", "\n".join(lines)))
    return report  # type: ignore[return-value]


def _log_files(arguments: dict[str, Any]) -> Iterator[Path]:
    for value in arguments.values():
        if isinstance(value, Node) and value.log_file.exists():
            yield value.log_file
        elif isinstance(value, Path):
            yield from sorted(value.rglob("kafka.log"))


@pytest.fixture(scope="module", autouse=True)
def _record_apart(request: pytest.FixtureRequest) -> Iterator[None]:
    """When brokers record what they reach, give those of each test module a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        if folder := os.environ.get("NATIVE_KAFKA_TRACE_DIR"):
            patch.setenv("NATIVE_KAFKA_TRACE_DIR", str(Path(folder) / request.module.__name__.rpartition(".")[2]))
        yield


@pytest.fixture(autouse=True)
def _skip_on_another_engine(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("native") and request.config.option.engine != "native":
        pytest.skip("is about the native executable")


@pytest.fixture(scope="session")
def node_spec(pytestconfig: pytest.Config) -> NodeSpec:
    """Return the node under test; tests change what they are about."""
    return pytestconfig.stash[_SPEC]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Keep instances away from the user's own, and see that none of them is left at the end."""
    folder = tmp_path_factory.mktemp("shared")
    yield replace(load_settings(), data_dir=folder)
    assert leaked_processes(tmp_path_factory.getbasetemp()) == []


@pytest.fixture(scope="module")
def node(request: pytest.FixtureRequest, node_spec: NodeSpec, settings: Settings) -> Iterator[Node]:
    """Run one node for all tests of a module; the module may name `PROPERTIES` for it."""
    properties = getattr(request.module, "PROPERTIES", {})
    name = request.module.__name__.rpartition(".")[2]
    with running(replace(node_spec, name=name, ephemeral=True, properties=properties), settings) as started:
        yield started


@pytest.fixture(scope="module")
def servers(node: Node) -> str:
    """Return the bootstrap servers of the module's node."""
    return node.bootstrap_servers


@pytest.fixture(scope="session")
def tools(node_spec: NodeSpec, tmp_path_factory: pytest.TempPathFactory) -> JavaTools:
    """Return Kafka's own command-line tools of the version under test, on a JDK."""
    version = node_spec.kafka_version or DEFAULT_KAFKA_VERSION
    return load_java_tools(load_settings(), tmp_path_factory.mktemp("tools"), version)


@pytest.fixture
def own_settings(tmp_path: Path) -> Iterator[Settings]:
    """Return settings with instances of this test only; a test that fails leaves none running."""
    own = replace(load_settings(), data_dir=tmp_path / "data")
    yield own
    for report in list_instances(own):
        if report.pid:
            down(report.name, own)


@pytest.fixture
def start(request: pytest.FixtureRequest, node_spec: NodeSpec, own_settings: Settings) -> Iterator[StartNode]:
    """Start nodes for this test only, named after it and counted."""
    name = request.node.originalname
    with contextlib.ExitStack() as stack:

        def start_node(**changes: Any) -> Node:
            named = {"name": f"{name}-{next(numbers)}"} | changes
            return stack.enter_context(running(replace(node_spec, **named), own_settings))

        numbers = itertools.count(1)

        yield start_node


@pytest.fixture
def command_line(node_spec: NodeSpec, own_settings: Settings) -> CommandLine:
    """Return the `kafka-native` command for the engine under test, with instances of this test only."""
    return CommandLine(node_spec, own_settings)


@pytest.fixture
def topic(request: pytest.FixtureRequest) -> str:
    """Return a topic name of the test's own; the broker creates it when it is first used."""
    return "".join(char if char.isalnum() or char in "._-" else "-" for char in request.node.name.removeprefix("test_"))
