"""Runs the feature walk on brokers that record what they reach, and reads what they have recorded.

There are two recorders: a tracing executable, which is built by the caller (docs/adr/0002-tracing-executable.md), and
an agent on the JVM engine (docs/adr/0008-recorder-on-the-jvm.md). Each broker that the tests start records into a
folder of its own; the broker room sees to that when `NATIVE_KAFKA_TRACE_DIR` is set.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.commands import run
from kafka_native._system.files import read_json, write_json
from kafka_native.errors import ReachabilityMetadataError
from kafka_native.reachability import FILE_NAME, ReachabilityMetadata, load_reachability_metadata, merge
from kafka_native.settings import PREFIX
from kafka_native.systest import end_brokers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kafka_native._system.commands import CommandResult
    from kafka_native.broker import Engine
    from kafka_native.settings import Settings

__all__ = ["TITLE", "RecordSpec", "Recordings", "is_complete", "load_recordings", "record"]

TITLE = "Tracing reachability metadata"
"""The title of the step."""

_TAIL_LINES = 40
_GRACE_SECONDS = 120
"""How long the tests may take to shut their brokers down after Ctrl-C."""
_NO_TESTS = 5
"""What pytest ends with when it finds none."""
_TRACE_DIR = f"{PREFIX}TRACE_DIR"
_ABOUT = "recording.json"
_PASSED = "passed-modules.txt"


@dataclass(frozen=True)
class RecordSpec:
    """What to record.

    Args:
        engine: `native` records in a tracing executable, `jvm` with the recorder on a JDK.
        kafka_version: The version that the tests run on.
        tests: The folder of the tests, such as `tests/integration`.
        executable: The tracing executable of that version, for the engine `native`.
        select: An expression for pytest's `-k`; all tests when None.
        jobs: How many test modules run at the same time.
    """

    engine: Engine
    kafka_version: str
    tests: Path
    executable: Path | None = None
    select: str | None = None
    jobs: int = 1

    def about(self, *, complete: bool) -> dict[str, object]:
        """Return what is written down beside the recordings."""
        subject = {"engine": self.engine, "kafka_version": self.kafka_version, "select": self.select}
        return {**subject, "complete": complete}


@dataclass(frozen=True)
class Recordings:
    """What brokers reached while tests ran.

    Args:
        kafka_version: Of all of them.
        traces: "ENGINE:MODULE" to what the brokers of that test module reached.
        silent_starts: Starts that left nothing, as "MODULE/INSTANCE.NUMBER": their broker was killed.
    """

    kafka_version: str
    traces: Mapping[str, ReachabilityMetadata]
    silent_starts: tuple[str, ...]


def record(spec: RecordSpec, folder: Path, settings: Settings) -> None:
    """Run the tests that are marked `trace` or `feature`, and keep what their brokers record.

    Modules that have passed in the same folder before are not run again, so that a failure costs its own module only.
    A folder that is complete stays as it is.

    Args:
        spec: What to record.
        folder: Where to; an empty one, one that is not there, or one of the same recording.
        settings: Where things of this project live.

    Raises:
        ReachabilityMetadataError: When a test fails, or something else lies in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = _about(folder)
    if about is None:
        write_json(folder / _ABOUT, spec.about(complete=False))
    elif {**about, "complete": False} != spec.about(complete=False):
        raise ReachabilityMetadataError(
            f"{folder} holds another recording: {', '.join(f'{name} {value}' for name, value in about.items())}",
            hint="record into another folder",
        )
    elif about["complete"]:
        reporting.current().info(f"using the recording in {folder}")
        return
    _run_what_has_not_passed(spec, folder, settings)
    write_json(folder / _ABOUT, spec.about(complete=True))


def is_complete(folder: Path) -> bool:
    """Whether a folder holds a recording that ended well."""
    about = read_json(folder / _ABOUT)
    return isinstance(about, dict) and bool(about.get("complete"))


def _about(folder: Path) -> dict[str, object] | None:
    """Return what is said beside the recordings, or None when the folder is empty."""
    if (folder / _ABOUT).is_file() and isinstance(about := read_json(folder / _ABOUT), dict) and "complete" in about:
        return about
    if any(folder.iterdir()):
        raise ReachabilityMetadataError(f"the folder {folder} is not empty", hint="record into another one")
    return None


def _run_what_has_not_passed(spec: RecordSpec, folder: Path, settings: Settings) -> None:
    passed_file = folder / _PASSED
    passed = passed_file.read_text(encoding="utf-8").splitlines() if passed_file.exists() else []
    for module in _module_folders(folder):
        if module.name not in {Path(each).stem for each in passed}:
            shutil.rmtree(module)  # of a run that failed in it, or was interrupted
    if passed:
        reporting.current().info(f"{len(passed)} test modules have passed before and are not run again")
    options: list[str | Path] = [
        *(["-n", str(spec.jobs), "--dist", "loadfile"] if spec.jobs > 1 else []),
        *(["--executable", spec.executable] if spec.executable else ["--kafka-version", spec.kafka_version]),
        *(["-k", spec.select] if spec.select else []),
        *(f"--deselect={each}::" for each in passed),
        f"--passed-modules={passed_file}",
    ]
    _run_tests(spec, options, folder, settings, may_be_none=bool(passed))


def _run_tests(
    spec: RecordSpec, options: list[str | Path], folder: Path, settings: Settings, *, may_be_none: bool
) -> None:
    # Each test module has a folder of its own there; see tests/integration/conftest.py.
    environment = {**os.environ, _TRACE_DIR: str(folder)}
    plugins = ("-p", "no:cacheprovider", "-p", "kafka_native.metadata.passed_modules")
    pytest = (sys.executable, "-m", "pytest", spec.tests, "-v", "--color=no", "-m", "trace or feature", *plugins)
    with (
        tempfile.TemporaryDirectory(prefix="kafka-native-trace-", ignore_cleanup_errors=True) as work,
        reporting.current().step(f"{TITLE} ({spec.engine})") as step,
    ):
        try:
            result = run(
                [*pytest, f"--basetemp={work}/tests", "--engine", spec.engine, *options],
                environment=environment,
                on_line=step.update,
                grace_seconds=_GRACE_SECONDS,
            )
        finally:
            end_brokers(Path(work), settings)
        if result.returncode != 0 and not (may_be_none and result.returncode == _NO_TESTS):
            raise _failed(result, spec.tests)


def _failed(result: CommandResult, tests: Path) -> ReachabilityMetadataError:
    return ReachabilityMetadataError(
        f"tracing reachability metadata: the tests in {tests} failed on a broker that records "
        f"(pytest ended with {result.returncode})",
        hint="it must pass them all, otherwise what it recorded is not complete. Given the same --keep FOLDER again, "
        "only the modules that have not passed are run",
        details=result.tail(_TAIL_LINES),
    )


def load_recordings(folders: Sequence[Path]) -> Recordings:
    """Read what `record` has left.

    Raises:
        ReachabilityMetadataError: When a folder is no recording, the versions differ, or no broker recorded anything.
    """
    version = _version_of(folders)
    silent = sorted(name for folder in folders for name in _silent_starts(folder))
    return Recordings(version, _collect(folders), tuple(silent))


def _version_of(folders: Sequence[Path]) -> str:
    for folder in folders:
        if not is_complete(folder):
            raise ReachabilityMetadataError(
                f"{folder} holds no recording that ended well",
                hint="make one with: kafka-native metadata trace --keep FOLDER",
            )
    abouts = {folder: read_json(folder / _ABOUT) for folder in folders}
    versions = {about["kafka_version"] for about in abouts.values()}
    if len(versions) != 1:
        each = ", ".join(f"{folder} ({about['kafka_version']})" for folder, about in abouts.items())
        raise ReachabilityMetadataError(
            f"recordings of several Kafka versions cannot be merged: {each or 'none was given'}",
            hint="versions differ in what they reach; merge those of one version",
        )
    return str(versions.pop())


def _collect(folders: Sequence[Path]) -> dict[str, ReachabilityMetadata]:
    """Return what was recorded, as "ENGINE:MODULE"; all starts of brokers in a test module are one run."""
    traces: dict[str, ReachabilityMetadata] = {}
    for folder in folders:
        engine = read_json(folder / _ABOUT)["engine"]
        for module in _module_folders(folder):
            records = {str(path): load_reachability_metadata(path) for path in sorted(module.glob(f"*/{FILE_NAME}"))}
            if records:
                traces[f"{engine}:{module.name}"] = merge(records).metadata
        if not any(name.startswith(f"{engine}:") for name in traces):
            raise ReachabilityMetadataError(
                f"the tests passed, but no broker recorded anything in {folder}",
                hint="build the executable with -H:+MetadataTracingSupport, and let the tests stop brokers cleanly",
            )
    return traces


def _module_folders(folder: Path) -> list[Path]:
    return [each for each in sorted(folder.iterdir()) if each.is_dir()]


def _silent_starts(folder: Path) -> list[str]:
    """Return the starts that left nothing: their brokers were killed."""
    starts = (start for module in _module_folders(folder) for start in module.iterdir() if start.is_dir())
    return [f"{path.parent.name}/{path.name}" for path in starts if not (path / FILE_NAME).is_file()]
