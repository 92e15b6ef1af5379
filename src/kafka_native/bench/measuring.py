"""What every scenario does before and around its measurements: look at the machine, make the engines, open a record."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from kafka_native import __version__, reporting
from kafka_native._system import commands
from kafka_native.bench.engines import resolve_engines
from kafka_native.bench.machine import check_idle, fingerprint, sample_cpu_use
from kafka_native.bench.records import Header, Recorder
from kafka_native.broker.engines import DEFAULT_MAX_HEAP
from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kafka_native.bench.engines import BenchEngine, EngineName
    from kafka_native.bench.records import EngineRecord
    from kafka_native.bench.samples import Sample
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.settings import Settings

__all__ = ["DEFAULT_RUNS", "Session", "check_runs", "in_turn", "measuring", "measuring_these", "rotated"]

DEFAULT_RUNS: Final = 30

_CLUSTER_ID = "kafkaNativeBenchCluste"
"""22 characters of base 64, as Kafka's cluster ids have."""


class _Measured(Protocol):
    @property
    def name(self) -> str: ...

    def record(self) -> EngineRecord: ...


E = TypeVar("E", bound=_Measured)


class Session(Generic[E]):
    """A scenario that is being measured.

    Args:
        engines: What is compared.
        recorder: Where samples go.
        folder: Where nodes get their folders; empty at first.
    """

    def __init__(self, engines: tuple[E, ...], recorder: Recorder, folder: Path) -> None:
        self.engines = engines
        self.recorder = recorder
        self.folder = folder


@contextlib.contextmanager
def measuring(
    scenario: str,
    spec: BenchSpec,
    settings: Settings,
    *,
    usual: tuple[EngineName, ...],
    options: dict[str, Any],
    needs_idle: bool = True,
) -> Iterator[Session[BenchEngine]]:
    """Prepare a scenario: the engines first, since making them keeps the machine busy, then the machine.

    Args:
        scenario: Its name.
        spec: What the user wants.
        settings: Where the cache is.
        usual: What is compared when the user names no engines.
        options: Go into the header of the records.
        needs_idle: Whether a busy machine would spoil the figures.

    Raises:
        BenchError: When the machine is busy.
        KafkaNativeError: When an engine cannot be made.
    """
    engines = resolve_engines(spec.engines or usual, spec.node, settings, cluster_id=_CLUSTER_ID)
    with measuring_these(engines, scenario, spec, options=options, needs_idle=needs_idle) as session:
        yield session


@contextlib.contextmanager
def measuring_these(
    engines: Sequence[E], scenario: str, spec: BenchSpec, *, options: dict[str, Any], needs_idle: bool = True
) -> Iterator[Session[E]]:
    """Look at the machine and open a record, for what is ready to be measured.

    Args:
        engines: What is compared.
        scenario: Its name.
        spec: What the user wants.
        options: Go into the header of the records.
        needs_idle: Whether a busy machine would spoil the figures.

    Raises:
        BenchError: When the machine is busy.
    """
    use = sample_cpu_use()
    if needs_idle:
        check_idle(use, allow_busy=spec.allow_busy)
    header = Header(
        scenario=scenario,
        started_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        made_by=f"kafka-native {__version__}",
        git_revision=_git_revision(),
        machine=fingerprint(use),
        options=options | {"max_heap": spec.node.max_heap or DEFAULT_MAX_HEAP},
        engines=tuple(each.record() for each in engines),
    )
    with (
        tempfile.TemporaryDirectory(prefix="kafka-native-bench-", dir=spec.work_dir) as folder,
        Recorder(header, spec.records) as recorder,
    ):
        yield Session(tuple(engines), recorder, Path(folder))


def check_runs(runs: int) -> None:
    """Refuse a number of rounds that measures nothing.

    Raises:
        SettingsError: When it is less than one.
    """
    if runs < 1:
        raise SettingsError(f"{runs} runs measure nothing", hint="give --runs 1 or more")


def in_turn(session: Session[E], runs: int, title: str, sample_of: Callable[[E, int], Sample]) -> None:
    """Take a sample of each engine in each round, each time of another one first.

    The first round, of number 0, is not recorded: it brings the files into the page cache.

    Args:
        session: What is compared, and where samples go.
        runs: How many rounds are recorded.
        title: Says what is done, while it is.
        sample_of: Measures an engine in a round.
    """
    with reporting.current().step(title) as step:
        for number in range(runs + 1):
            for engine in rotated(session.engines, number):
                sample = sample_of(engine, number)
                if number:
                    session.recorder.add(sample)
            step.advance(number, runs, "rounds")


def rotated(engines: tuple[E, ...], by: int) -> tuple[E, ...]:
    """Return the engines, another one first each time, so that none always meets the machine as another left it.

    Args:
        engines: What is compared.
        by: How many of them go to the end.
    """
    at = by % len(engines)
    return engines[at:] + engines[:at]


def _git_revision() -> str | None:
    """Return the revision of the clone that this program is part of, or None when it is part of none."""
    root = Path(__file__).parents[3]
    if not (root / ".git").exists() or not commands.find_program("git"):
        return None
    described = commands.run(("git", "-C", root, "rev-parse", "--short=12", "HEAD"))
    changed = commands.run(("git", "-C", root, "status", "--porcelain", "--untracked-files=no"))
    return described.output.strip() + ("+" if changed.output.strip() else "") if described.returncode == 0 else None
