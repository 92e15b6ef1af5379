"""How long `docker run` takes: to the first acknowledged produce, and of a program in the image that only exits."""

from __future__ import annotations

import contextlib
import time
import uuid
from typing import TYPE_CHECKING, Final

from kafka_native import reporting
from kafka_native._system import commands, ports
from kafka_native.bench.docker_images import EXITS, measured_images
from kafka_native.bench.measuring import DEFAULT_RUNS, check_runs, in_turn, measuring_these
from kafka_native.bench.node import FIRST_TOPIC
from kafka_native.bench.probe import first_produce, prepared_batch
from kafka_native.bench.samples import DockerSample
from kafka_native.broker.spawning import exit_status, spawn_detached
from kafka_native.errors import BenchError, KafkaNativeError
from kafka_native.image import find_engine
from kafka_native.image.sanity.containers import Container, moment_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kafka_native.bench.docker_images import MeasuredImage
    from kafka_native.bench.engines import EngineName
    from kafka_native.bench.records import Recording
    from kafka_native.bench.spec import BenchSpec
    from kafka_native.image import ContainerEngine
    from kafka_native.image import EngineName as ContainerEngineName
    from kafka_native.settings import Settings

__all__ = ["bench_docker"]

_USUAL: tuple[EngineName, ...] = ("native", "jvm-aot")
_LABEL: Final = "kafka-native.bench"
_PORT: Final = 9092
_TIMEOUT_SECONDS: Final = 90
_POLL_SECONDS: Final = 0.001
_REMOVE_ALL: Final = """
"$1" ps --all --quiet --filter "label=$2" | xargs -r "$1" rm --force --volumes
"$1" image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$3" | xargs -r "$1" image rm
"""


def bench_docker(
    spec: BenchSpec,
    settings: Settings,
    *,
    images: tuple[str, ...] = (),
    runs: int = DEFAULT_RUNS,
    container_engine: ContainerEngineName | None = None,
) -> Recording:
    """Measure `docker run`; in each round every image is measured once, each time another one first.

    Of each image two containers are run one after the other with the same flags: the broker, and a program that only
    exits. In each round another one of the two comes first. One round, which is not recorded, comes before.

    Args:
        spec: What to measure; the usual engines when it names none and no image is given.
        settings: Where the cache is.
        images: Images that are there, to be measured as they are.
        runs: How many rounds.
        container_engine: What runs the containers; the first that is installed when None.

    Raises:
        SettingsError: When there are no rounds, or there is no image of an engine.
        PrerequisiteError: When no container engine answers.
        ImageError: When an image cannot be made, or is not there.
        BenchError: When the machine is busy.
    """
    check_runs(runs)
    engine = find_engine(container_engine)
    engines = spec.engines or (() if images else _USUAL)
    mark = uuid.uuid4().hex[:8]
    label, repository = f"{_LABEL}={mark}", f"kafka-native-bench-{mark}"
    with (
        commands.running_if_killed(_REMOVE_ALL, engine.program, label, repository),
        measured_images(engines, images, engine, spec.node, settings, repository=repository) as measured,
        measuring_these(measured, "docker", spec, options={"runs": runs, "container_engine": _told(engine)}) as session,
    ):
        title = f"{runs} times docker run of {', '.join(each.name for each in measured)}"
        in_turn(session, runs, title, _Bed(engine, session.folder, label).sample)
    return session.recorder.recording


def _told(engine: ContainerEngine) -> str:
    """Return name, version and storage driver, on which it depends how long a container takes to be made."""
    key = "{{.Store.GraphDriverName}}" if engine.name == "podman" else "{{.Driver}}"
    result = engine.try_call("info", "--format", key)
    driver = result.stdout.strip() if result.returncode == 0 else "storage not told"
    return f"{engine.name} {engine.version}, {driver}"


class _Bed:
    """Runs the containers.

    Args:
        engine: What runs them.
        folder: Where their output goes.
        label: What they are labelled with.
    """

    def __init__(self, engine: ContainerEngine, folder: Path, label: str) -> None:
        self._engine, self._folder, self._label, self._batch = engine, folder, label, prepared_batch()

    def sample(self, image: MeasuredImage, number: int) -> DockerSample:
        """Measure an image in a round."""
        try:
            if number % 2:
                exited = self._exit(image)
                return DockerSample(image.name, number, None, exited, *self._broker(image))
            times = self._broker(image)
            return DockerSample(image.name, number, None, self._exit(image), *times)
        except KafkaNativeError as error:
            reporting.current().warn(f"docker run of {image.name} failed: {error}")
            told = "\n".join(filter(None, (error.message, error.details)))
            return DockerSample(image.name, number, failure=told)

    def _exit(self, image: MeasuredImage) -> float:
        with self._running(image, EXITS) as run:
            return run.wait()

    def _broker(self, image: MeasuredImage) -> tuple[float, float, float]:
        with self._running(image) as run:
            run.wait_for_output()
            produced = first_produce(
                run.port,
                self._batch,
                topic=FIRST_TOPIC,
                started=run.started,
                timeout_seconds=_TIMEOUT_SECONDS,
                check=run.check,
            )
            begun = moment_seconds(run.container.state()["StartedAt"]) - run.started_at
            return begun, produced.answered, produced.acknowledged

    @contextlib.contextmanager
    def _running(self, image: MeasuredImage, *command: str) -> Iterator[_Run]:
        """Run a container while the block runs, in the foreground of its `docker run`, and remove it."""
        name = f"kafka-native-bench-{uuid.uuid4().hex[:8]}"
        (port,) = ports.free_ports(1)
        flags = ("--name", name, "--label", self._label, "--publish", f"127.0.0.1:{port}:{_PORT}")
        run = _Run(Container(self._engine, name), port, self._folder / f"{name}.log")
        try:
            run.spawn("run", *flags, image.reference, *command)
            yield run
        finally:
            run.remove()


class _Run:
    """One `docker run`.

    Args:
        container: The container that it makes.
        port: Of this machine, at which the broker is reached.
        log: Where its output goes.
    """

    def __init__(self, container: Container, port: int, log: Path) -> None:
        self.container, self.port, self._log = container, port, log
        self.started_at, self.started, self._pid = 0.0, 0.0, 0
        self._status: int | None = None

    def spawn(self, *words: str) -> None:
        """Start the command, and the clock right before."""
        argv = (self.container.engine.program, *words)
        self.started_at, self.started = time.time(), time.perf_counter()
        self._pid = spawn_detached(argv, self._log)

    def wait(self) -> float:
        """Return the seconds that the command took.

        Raises:
            BenchError: When it fails, or does not end.
        """
        self._wait_until(self._has_ended, "a program that only exits did not end")
        seconds = time.perf_counter() - self.started
        if self._status:
            raise self._ended()
        return seconds

    def wait_for_output(self) -> None:
        """Wait until the container has written something, as every broker does long before it listens.

        Whoever connects earlier reaches the engine's proxy, whose own connection into the container is lost while the
        network there is not up; TCP tries again a second later only, and the broker would seem to start that late.

        Raises:
            BenchError: When it ends before, or writes nothing.
        """
        self._wait_until(lambda: self._log.stat().st_size > 0 or self._has_ended(), "the broker wrote nothing")
        self.check()

    def _wait_until(self, condition: Callable[[], bool], problem: str) -> None:
        while not condition():
            if time.perf_counter() - self.started > _TIMEOUT_SECONDS:
                raise BenchError(f"docker run: {problem} in {_TIMEOUT_SECONDS} s")
            time.sleep(_POLL_SECONDS)

    def check(self) -> None:
        """Raise when the command has ended, and so the broker has.

        Raises:
            BenchError: With its last lines.
        """
        if self._has_ended():
            raise self._ended()

    def remove(self) -> None:
        """Remove the container until the command has ended: when we are interrupted early, it is made after that."""
        ended = False
        while not ended:
            ended = not self._pid or self._has_ended()
            self.container.engine.try_call("rm", "--force", "--volumes", self.container.name)

    def _has_ended(self) -> bool:
        if self._status is None:
            self._status = exit_status(self._pid)
        return self._status is not None

    def _ended(self) -> BenchError:
        lines = self._log.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()[-20:]
        return BenchError(f"docker run ended with {self._status}", details="\n".join(lines))
