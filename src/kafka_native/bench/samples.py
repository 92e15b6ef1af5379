"""What each scenario measures, one frozen value a measurement. No computing but of what follows from one sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "SAMPLE_TYPES",
    "Direction",
    "DockerSample",
    "GrowthSample",
    "MemorySample",
    "Phase",
    "Sample",
    "SizeSample",
    "StartSample",
    "ThroughputSample",
    "ToolSample",
]

Phase = Literal["cold", "warm-up", "warm"]
Direction = Literal["produce", "consume"]


@dataclass(frozen=True)
class StartSample:
    """One start, from an empty folder. Times are seconds since the first process was spawned.

    Args:
        engine: Its name.
        round: From 1; in each round every engine starts once.
        failure: Why it did not get to the end; then the times are None.
        connected: The listener accepted a connection.
        answered: ApiVersions was answered.
        leader_known: The topic was created, and had a leader.
        acknowledged: A record was acknowledged by all replicas.
        stages: The time line, by stage; see `timeline`.
    """

    engine: str
    round: int
    failure: str | None = None
    connected: float | None = None
    answered: float | None = None
    leader_known: float | None = None
    acknowledged: float | None = None
    stages: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class MemorySample:
    """The memory of a broker at a moment, in bytes. See proc_pid_status(5) and proc_pid_smaps(5).

    Args:
        engine: Its name.
        round: From 1.
        at_seconds: Since its first acknowledged produce.
        phase: What it was doing.
        rss: Resident memory.
        rss_anonymous: The part of it that is backed by no file: heap, stacks, what was written to.
        rss_file: The part of it that is backed by files: code, jars, the image heap as far as it is unchanged.
        pss: Resident memory, with what is shared divided by the number of processes that share it.
        pss_anonymous: The anonymous part of that.
        pss_file: The file-backed part of that.
        peak_rss: The most that was ever resident.
    """

    engine: str
    round: int
    at_seconds: float
    phase: Literal["idle", "load", "after"]
    rss: int
    rss_anonymous: int
    rss_file: int
    pss: int
    pss_anonymous: int
    pss_file: int
    peak_rss: int


@dataclass(frozen=True)
class ThroughputSample:
    """A stretch of producing or consuming.

    Args:
        engine: Its name.
        round: From 1.
        record_bytes: Size of each record.
        partitions: Of the topic.
        codec: Compression of the batches, by the client.
        tls: Whether the connection was encrypted.
        phase: How long the broker had run before.
        direction: What was done.
        seconds: How long.
        record_bytes_moved: The bytes of all records, before compression.
        bytes_by_second: The same, for each whole second of it.
        broker_cpu_seconds: What the broker took of the processors.
        client_cpu_seconds: What the bench itself took.
    """

    engine: str
    round: int
    record_bytes: int
    partitions: int
    codec: str
    tls: bool
    phase: Phase
    direction: Direction
    seconds: float
    record_bytes_moved: int
    bytes_by_second: tuple[int, ...]
    broker_cpu_seconds: float
    client_cpu_seconds: float

    @property
    def cell(self) -> str:
        """The combination, in words."""
        count = "1 partition" if self.partitions == 1 else f"{self.partitions} partitions"
        words = [_bytes(self.record_bytes), count, *([self.codec] if self.codec != "none" else [])]
        return ", ".join([*words, *(["TLS"] if self.tls else [])])

    @property
    def bytes_per_second(self) -> float:
        """The throughput."""
        return self.record_bytes_moved / self.seconds

    @property
    def broker_cpu_seconds_per_gb(self) -> float:
        """What a gigabyte (10^9 bytes) costs the broker; 0 when nothing was moved."""
        return self.broker_cpu_seconds / (self.record_bytes_moved / 1e9) if self.record_bytes_moved else 0


@dataclass(frozen=True)
class SizeSample:
    """The size of something.

    Args:
        engine: What it belongs to.
        what: Its name.
        kind: What kind of thing it is.
        size_bytes: Its size.
    """

    engine: str
    what: str
    kind: Literal["file", "section", "compressed", "jars", "image"]
    size_bytes: int


@dataclass(frozen=True)
class GrowthSample:
    """A start on data that was there.

    Args:
        engine: Its name.
        round: From 1.
        kind: What there was much of: partitions (after a clean shutdown), or bytes of a log (after SIGKILL).
        amount: How many.
        acknowledged: Seconds from spawning the process to the first acknowledged produce.
        rss: Resident memory 5 s later, in bytes.
        rss_anonymous: The anonymous part of it.
    """

    engine: str
    round: int
    kind: Literal["partitions", "log"]
    amount: int
    acknowledged: float
    rss: int
    rss_anonymous: int


@dataclass(frozen=True)
class ToolSample:
    """One run of a command-line tool.

    Args:
        engine: Its name.
        round: From 1; in each round every engine runs it once.
        seconds: From spawning it to its end.
    """

    engine: str
    round: int
    seconds: float


@dataclass(frozen=True)
class DockerSample:
    """Two times `docker run` of one image with the same flags. Times are seconds since the command was spawned.

    Args:
        engine: Its name.
        round: From 1; in each round every engine is measured once.
        failure: Why it did not get to the end; then the times are None.
        exited: `docker run` of a program that only exits came to its end.
        container_started: The container engine started the broker's process, by its own clock.
        answered: The broker answered ApiVersions.
        acknowledged: A record was acknowledged by all replicas.
    """

    engine: str
    round: int
    failure: str | None = None
    exited: float | None = None
    container_started: float | None = None
    answered: float | None = None
    acknowledged: float | None = None


def _bytes(count: int) -> str:
    return f"{count / 1000:g} KB" if count >= 1000 else f"{count} B"  # noqa: PLR2004 - what K means


Sample = StartSample | MemorySample | ThroughputSample | SizeSample | GrowthSample | ToolSample | DockerSample

SAMPLE_TYPES: dict[str, type[Sample]] = {
    "start": StartSample,
    "memory": MemorySample,
    "throughput": ThroughputSample,
    "size": SizeSample,
    "growth": GrowthSample,
    "tool": ToolSample,
    "docker": DockerSample,
}
"""By the name of the scenario."""
