"""The commands `bench start`, `memory`, ..., `all` and `report`: see `kafka_native.bench`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from kafka_native.cli.output import JsonFlag, print_json, print_line
from kafka_native.image.engine import EngineName  # noqa: TC001 - cyclopts reads the annotations
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from kafka_native.bench import BenchSpec

__all__ = [
    "BenchOptions",
    "all_command",
    "docker_command",
    "growth_command",
    "memory_command",
    "report_command",
    "size_command",
    "start_command",
    "throughput_command",
    "tool_command",
]


@Parameter(name="*")
@dataclass(frozen=True)
class BenchOptions:
    """What every command that measures takes.

    Args:
        engine: What to measure (native, jvm, jvm-aot, jvm-scripts, native-two-launches); may be given several times.
        records: Folder for the records (bench/records in a clone, else ./kafka-native-bench, when left out).
        executable: Native executable to measure.
        kafka_version: Version of Kafka.
        kafka_dir: Unpacked Kafka release to take the jars from.
        max_heap: Largest Java heap of every engine (512m when left out).
        work_dir: Folder for the nodes' data (the one for temporary files when left out).
        allow_busy: Measure although others work on this machine; the records tell.
    """

    engine: tuple[str, ...] = ()
    records: Path | None = None
    executable: Path | None = None
    kafka_version: str | None = None
    kafka_dir: Path | None = None
    max_heap: str | None = None
    work_dir: Path | None = None
    allow_busy: bool = False

    def spec(self) -> BenchSpec:
        """Return them as the library takes them."""
        from kafka_native import bench  # noqa: PLC0415 - other commands need none of it
        from kafka_native.broker import NodeSpec  # noqa: PLC0415

        node = NodeSpec(
            executable=self.executable,
            kafka_version=self.kafka_version,
            kafka_dir=self.kafka_dir,
            max_heap=self.max_heap,
        )
        records = self.records or bench.default_records()
        return bench.BenchSpec(records, bench.engine_names(self.engine), node, self.allow_busy, self.work_dir)


_NO_OPTIONS = BenchOptions()


def start_command(
    *,
    options: BenchOptions = _NO_OPTIONS,
    runs: Annotated[int | None, Parameter(name=("--runs", "-n"))] = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure starts: from an empty folder to the first acknowledged produce, interleaved.

    The exit code is 10 when a start failed.

    Args:
        options: See above.
        runs: How often each engine starts (30 when left out).
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above
    from kafka_native.cli.bench_tables import show_starts  # noqa: PLC0415

    count = bench.DEFAULT_RUNS if runs is None else runs
    show_starts(bench.bench_start(options.spec(), load_settings(), runs=count), as_json=as_json)


def memory_command(
    *,
    options: BenchOptions = _NO_OPTIONS,
    idle: float | None = None,
    long: bool = False,
    rounds: int = 1,
    as_json: JsonFlag = False,
) -> None:
    """Measure memory: idle after a start, then under a standard load, then after it.

    Args:
        options: See above.
        idle: Seconds that the broker idles (60 when left out).
        long: Idle for 10 minutes.
        rounds: How often all of it is done (1 when left out).
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above
    from kafka_native.cli.bench_tables import show_memory  # noqa: PLC0415

    usual = bench.LONG_IDLE_SECONDS if long else bench.IDLE_SECONDS
    seconds = usual if idle is None else idle
    recording = bench.bench_memory(options.spec(), load_settings(), idle_seconds=seconds, rounds=rounds)
    show_memory(recording, as_json=as_json)


def throughput_command(
    *, options: BenchOptions = _NO_OPTIONS, full: bool = False, rounds: int = 1, as_json: JsonFlag = False
) -> None:
    """Measure throughput: producing (acks=all) and consuming, right after a start and warm.

    Without --full it takes a few minutes: 1 KB records, 1 and 12 partitions, with TLS as well, 10 s a stretch.

    Args:
        options: See above.
        full: Also 100 B and 100 KB, lz4 and zstd, each with TLS, 30 s a stretch after 60 s of warm-up; takes hours.
        rounds: How often all of it is done (1 when left out).
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above
    from kafka_native.cli.bench_tables import show_throughput  # noqa: PLC0415

    cells, durations = bench.FULL if full else bench.QUICK
    recording = bench.bench_throughput(options.spec(), load_settings(), cells=cells, durations=durations, rounds=rounds)
    show_throughput(recording, as_json=as_json)


def growth_command(
    *,
    options: BenchOptions = _NO_OPTIONS,
    partitions: tuple[int, ...] | None = None,
    log_gigabytes: tuple[int, ...] | None = None,
    rounds: int = 1,
    as_json: JsonFlag = False,
) -> None:
    """Measure starts on data that is there: many partitions, or a log to recover after SIGKILL.

    Args:
        options: See above.
        partitions: How many partitions; may be given several times (10, 100 and 1000 when left out).
        log_gigabytes: How large a log; may be given several times (1 and 5 when left out).
        rounds: How often all of it is done (1 when left out).
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above
    from kafka_native.cli.bench_tables import show_growth  # noqa: PLC0415

    recording = bench.bench_growth(
        options.spec(),
        load_settings(),
        partitions=bench.PARTITIONS if partitions is None else partitions,
        log_gigabytes=bench.LOG_GIGABYTES if log_gigabytes is None else log_gigabytes,
        rounds=rounds,
    )
    show_growth(recording, as_json=as_json)


def tool_command(
    *,
    options: BenchOptions = _NO_OPTIONS,
    runs: Annotated[int | None, Parameter(name=("--runs", "-n"))] = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure a command-line tool: `topics --list`, from spawning it to its end, interleaved.

    Args:
        options: See above.
        runs: How often each engine runs it (30 when left out).
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above
    from kafka_native.cli.bench_tables import show_tools  # noqa: PLC0415

    count = bench.DEFAULT_RUNS if runs is None else runs
    show_tools(bench.bench_tool(options.spec(), load_settings(), runs=count), as_json=as_json)


def docker_command(
    *,
    options: BenchOptions = _NO_OPTIONS,
    image: tuple[str, ...] = (),
    runs: Annotated[int | None, Parameter(name=("--runs", "-n"))] = None,
    container_engine: EngineName | None = None,
    as_json: JsonFlag = False,
) -> None:
    """Measure docker run: to the first acknowledged produce, and of a program in the same image that only exits.

    The images are made for it (native, jvm or jvm-aot, all in the same base) and removed at the end. The exit code is
    10 when a container failed.

    Args:
        options: See above.
        image: Image to measure as it is; it must be there, and is never pulled; may be given several times. Then only
            engines that are named are measured as well.
        runs: How often each is run (30 when left out).
        container_engine: What runs the containers (the first that is installed when left out).
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above
    from kafka_native.cli.bench_tables import show_containers  # noqa: PLC0415

    count = bench.DEFAULT_RUNS if runs is None else runs
    recording = bench.bench_docker(
        options.spec(), load_settings(), images=image, runs=count, container_engine=container_engine
    )
    show_containers(recording, as_json=as_json)


def size_command(
    *, options: BenchOptions = _NO_OPTIONS, image: tuple[str, ...] = (), as_json: JsonFlag = False
) -> None:
    """Measure sizes: the executable by section and compressed, the jars, and images.

    Args:
        options: See above.
        image: Docker image to measure as well; may be given several times.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above
    from kafka_native.cli.bench_tables import show_sizes  # noqa: PLC0415

    show_sizes(bench.bench_size(options.spec(), load_settings(), images=image), as_json=as_json)


def all_command(*, options: BenchOptions = _NO_OPTIONS, output: Path | None = None) -> None:
    """Measure everything but growth and the whole matrix of throughput, and write the page. About 20 minutes.

    Args:
        options: See above.
        output: Folder for the page (report/ in that of the records when left out).
    """
    size_command(options=options)
    start_command(options=options)
    memory_command(options=options)
    throughput_command(options=options)
    tool_command(options=options)
    report_command(options.spec().records, output=output)


def report_command(
    *records: Path, output: Path | None = None, markdown: bool = False, as_json: JsonFlag = False
) -> None:
    """Make the page from records: of each scenario, the newest.

    Args:
        records: Record files, or folders of them (bench/records in a clone, else ./kafka-native-bench, when left out).
        output: Folder for the page and its plots (report/ in that of the records when left out).
        markdown: Print the table of the README instead, and write nothing.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import bench  # noqa: PLC0415 - as above

    paths = bench.find_records(records or (bench.default_records(),))
    recordings = bench.newest_recordings(paths)
    if markdown:
        print_line(bench.render_markdown(recordings).rstrip())
        return
    files = bench.write_page(recordings, output or paths[0].parent / "report")
    if as_json:
        print_json({"page": str(files.page), "plots": [str(each) for each in files.drawings]})
    else:
        print_line(f"page  {files.page}")
