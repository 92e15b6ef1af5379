"""How long a command-line tool takes, from spawning it to its end: `topics --list` against one broker, interleaved."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from kafka_native._system import commands
from kafka_native.bench.measuring import DEFAULT_RUNS, check_runs, in_turn, measuring
from kafka_native.bench.node import FIRST_TOPIC, first_produce_of, launched, prepare
from kafka_native.bench.samples import ToolSample
from kafka_native.errors import BenchError
from kafka_native.tools import find_tool

if TYPE_CHECKING:
    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.bench.records import Recording
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.settings import Settings

__all__ = ["bench_tool"]

_USUAL: tuple[EngineName, ...] = ("native", "jvm-scripts")
_TOOL: Final = find_tool("topics")
_TIMEOUT_SECONDS: Final = 60


def bench_tool(spec: BenchSpec, settings: Settings, *, runs: int = DEFAULT_RUNS) -> Recording:
    """Measure `topics --list`; in each round every engine runs it once, each time another one first.

    All of them ask the same broker, which the first engine runs. One run of each, which is not recorded, brings the
    files into the page cache before.

    Args:
        spec: What to measure.
        settings: Where the cache is.
        runs: How many rounds.

    Raises:
        SettingsError: When there are no rounds.
        BenchError: When the machine is busy, or the tool fails.
    """
    check_runs(runs)
    options = {"runs": runs, "tool": f"{_TOOL.name} --list"}
    with measuring("tool", spec, settings, usual=_USUAL, options=options) as session:
        broker = session.engines[0]
        where = prepare(session.folder / "broker", kafka_defaults=broker.kafka_defaults)
        with launched(broker.start, where, format_=broker.format) as node:
            first_produce_of(node)
            in_turn(
                session,
                runs,
                f"{runs} times {_TOOL.name} --list with {', '.join(each.name for each in session.engines)}",
                lambda engine, number: ToolSample(engine.name, number, _seconds(engine, f"127.0.0.1:{where.port}")),
            )
    return session.recorder.recording


def _seconds(engine: BenchEngine, servers: str) -> float:
    argv = (*engine.tool_command(_TOOL), "--bootstrap-server", servers, "--list")
    started = time.perf_counter()
    try:
        result = commands.capture(argv, timeout_seconds=_TIMEOUT_SECONDS)
    except TimeoutError as error:
        raise BenchError(f"{_TOOL.name} --list of {engine.name}: {error}") from error
    seconds = time.perf_counter() - started
    if result.returncode != 0 or result.stdout.splitlines() != [FIRST_TOPIC]:
        raise BenchError(
            f"{_TOOL.name} --list of {engine.name} did not list the one topic that there is",
            hint=f"the command was: {' '.join(argv)}",
            details=result.stdout + result.stderr,
        )
    return seconds
