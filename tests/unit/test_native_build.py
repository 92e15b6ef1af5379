"""Native builds from end to end, with a GraalVM whose programs are shell scripts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native import native, reporting
from kafka_native.errors import NativeBuildError, PrerequisiteError, SettingsError
from kafka_native.native import BuildSpec, NativeExecutable
from kafka_native.pins import load_lock
from kafka_native.settings import Settings
from kafka_native.toolchain import GRAALVM_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

_JAVAC = """#!/bin/sh
echo run >> "$RECORD/javac-runs"
while [ "$1" != -d ]; do shift; done
mkdir -p "$2/kafkanative/launcher" && echo class > "$2/kafkanative/launcher/Main.class"
"""
_NATIVE_IMAGE = """#!/bin/sh
echo run >> "$RECORD/runs"
cp "${1#@}" "$RECORD/arguments"
output=$(sed -n '/^"-o"$/{n;s/"//g;p}' "$RECORD/arguments")
. "$RECORD/behaviour"
"""
_CC = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo object > "$2"
"""
_GOOD = """
echo "[1/8] Initializing...          (11.7s @ 0.22GB)"
echo "[8/8] Creating image...   [***] (9.1s @ 5.80GB)"
echo '{"image_details": {"total_bytes": 7}}' > build-output.json
echo leftover > native-image.args.bak
mkdir reports
printf 'the executable' > "$output"
"""


@dataclass(frozen=True)
class Machine:
    """A machine with a GraalVM, a Kafka release and an empty cache.

    Args:
        folder: Where all of that is.
    """

    folder: Path

    @property
    def settings(self) -> Settings:
        """Its cache."""
        return Settings(cache_dir=self.folder / "cache", data_dir=self.folder / "data")

    @property
    def spec(self) -> BuildSpec:
        """Its Kafka."""
        return BuildSpec(kafka_dir=self.folder / "kafka_2.13-4.3.1")

    def build(self, behaviour: str = _GOOD) -> NativeExecutable:
        """Build with a native-image that does this."""
        (self.folder / "behaviour").write_text(behaviour)
        return native.ensure_executable(self.spec, self.settings)

    def have_annotations(self) -> None:
        """Put the jars into the cache that a build in a process of its own would download."""
        for jar in load_lock(f"graalvm-{GRAALVM_VERSION}"):
            if jar.artifact in ("nativeimage", "word"):
                place = self.settings.cache_dir / "maven" / jar.path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()

    def runs(self, name: str = "runs") -> int:
        """Return how often the compiler ran."""
        path = self.folder / name
        return len(path.read_text().splitlines()) if path.exists() else 0

    def staging_folders(self) -> list[Path]:
        """Return what builds left half-made."""
        return sorted(self.settings.cache_dir.rglob("*.partial"))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine on which nothing was built yet."""
    home = tmp_path / "graalvm"
    (home / "bin").mkdir(parents=True)
    (home / "release").write_text('IMPLEMENTOR="Double"\nJAVA_RUNTIME_VERSION="25.0.2+10-jvmci-b01"\n')
    for name, script in (("javac", _JAVAC), ("native-image", _NATIVE_IMAGE), ("cc", _CC)):
        (home / "bin" / name).write_text(script)
        (home / "bin" / name).chmod(0o755)
    (tmp_path / "kafka_2.13-4.3.1/libs").mkdir(parents=True)
    for name in ("kafka_2.13-4.3.1.jar", "kafka-clients-4.3.1.jar"):
        (tmp_path / "kafka_2.13-4.3.1/libs" / name).write_text(f"the bytes of {name}")
    monkeypatch.setenv("GRAALVM_HOME", str(home))
    monkeypatch.setenv("PATH", f"{home / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("RECORD", str(tmp_path))
    monkeypatch.setattr("kafka_native.native.substitutions._interfaces", lambda _: [tmp_path / "not-downloaded.jar"])
    monkeypatch.setattr("kafka_native.toolchain.COMPILER", {})  # no compiler is needed here
    return Machine(tmp_path)


class _Progress(reporting.LoggingReporter):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def plan(self, steps: Sequence[reporting.PlannedStep]) -> None:
        self.told.append("plan: " + ", ".join(step.title for step in steps))

    def update(self, detail: str) -> None:
        self.told.append(detail)

    def advance(self, done: float, total: float, unit: str) -> None:
        self.told.append(f"{done}/{total} {unit}")


def test_an_executable_is_built_with_its_report(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    built = machine.build()
    assert built.path.read_text() == "the executable"
    assert built.path == machine.settings.cache_dir / "executables" / built.key[:32] / "kafka"
    assert sorted(path.name for path in built.path.parent.iterdir()) == ["kafka", "report.html", "report.json"]
    report = json.loads((built.path.parent / "report.json").read_text())
    assert report == built.report == built.to_json()["report"]
    assert report["built_at"] == "1970-01-01T00:00:00+00:00"
    assert report["phase_seconds"] == {"initializing": 11.7, "creating image": 9.1}
    assert report["builder"] == {"image_details": {"total_bytes": 7}}
    assert report["executable_bytes"] == len("the executable")
    assert report["toolchain"] == {"provider": "graalvm", "jdk": "25.0.2+10 (Double)"}
    assert report["executable_sha256"] in (built.path.parent / "report.html").read_text()
    assert machine.staging_folders() == []


def test_a_time_that_is_no_number_is_refused_before_anything_is_compiled(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(SettingsError, match="'yesterday', not a number of seconds") as caught:
        machine.build()
    assert "git log" in (caught.value.hint or "")
    assert not machine.settings.cache_dir.exists()


def test_native_image_is_told_what_to_compile(machine: Machine) -> None:
    machine.build()
    arguments = [line[1:-1] for line in (machine.folder / "arguments").read_text().splitlines()]
    substitutions, launcher, *jars = arguments[arguments.index("-cp") + 1].split(":")
    libs = machine.folder / "kafka_2.13-4.3.1/libs"
    assert jars == [f"{libs}/kafka-clients-4.3.1.jar", f"{libs}/kafka_2.13-4.3.1.jar"]
    assert (Path(launcher) / "kafkanative/launcher/Main.class").is_file()
    folder = Path(substitutions).parent
    assert folder.parent == machine.settings.cache_dir / "substitutions"
    linked = [word for word in arguments if word.startswith("-H:NativeLinkerOption=")]
    objects = ("crc32c.o", "ghash.o") if os.uname().machine == "x86_64" else ()
    assert linked == [f"-H:NativeLinkerOption={folder}/{each}" for each in objects]
    assert arguments[-1] == "kafkanative.launcher.Main"
    assert any(word.startswith("-H:ConfigurationFileDirectories=") and word.endswith("/4.3.1") for word in arguments)


def test_a_gate_executable_may_list_the_members_of_what_jars_declare(machine: Machine) -> None:
    declared: list[dict[str, Any]] = [{"name": "org.example.Builder", "fields": [{"name": "size"}]}]
    declared.append({"name": "org.example.Seldom", "condition": {"typeReachable": "org.example.Other"}})
    for jar in (machine.folder / "kafka_2.13-4.3.1/libs").iterdir():
        with zipfile.ZipFile(jar, "w") as archive:
            archive.writestr("META-INF/native-image/org.example/reflect-config.json", json.dumps(declared))
    (machine.folder / "behaviour").write_text(_GOOD + 'cp gate/reachability-metadata.json "$RECORD"')
    gate = native.ensure_executable(replace(machine.spec, gate=True), machine.settings)
    told = json.loads((machine.folder / "reachability-metadata.json").read_text())["reflection"]
    types = [element["type"] for element in told if len(element) == 1]
    assert "org.example.Builder" in types
    assert "org.example.Seldom" not in types
    assert "com.oracle.svm.core.jdk.management.SubstrateThreadMXBean" in types
    assert machine.build().key != gate.key


def test_an_executable_for_every_processor_has_no_code_in_c(machine: Machine) -> None:
    (machine.folder / "behaviour").write_text(_GOOD)
    native.ensure_executable(replace(machine.spec, march="compatibility"), machine.settings)
    arguments = (machine.folder / "arguments").read_text()
    assert "-march=compatibility" in arguments
    assert "NativeLinkerOption" not in arguments
    assert list(machine.settings.cache_dir.rglob("*.o")) == []


def test_progress_is_reported(machine: Machine) -> None:
    progress = _Progress()
    with reporting.use(progress):
        machine.build()
    assert progress.told == [
        "plan: native executable of kafka_2.13-4.3.1",
        "1/8 initializing",
        "1/8 phases",
        "initializing took 11.7 s with 0.22GB; 2/8 performing analysis",
        "8/8 phases",
    ]


def test_the_same_is_built_once(machine: Machine) -> None:
    assert native.find_executable(machine.spec, machine.settings) is None
    built = machine.build()
    assert machine.build("exit 1") == built == native.find_executable(machine.spec, machine.settings)
    assert machine.runs() == 1


def test_other_options_and_other_jars_make_another_executable(machine: Machine) -> None:
    first = machine.build()
    quick = native.ensure_executable(BuildSpec(kafka_dir=machine.spec.kafka_dir, optimize="quick"), machine.settings)
    (machine.folder / "kafka_2.13-4.3.1/libs/kafka-clients-4.3.1.jar").write_text("other bytes")
    other = machine.build()
    assert len({first.path, quick.path, other.path}) == 3
    assert (machine.runs(), machine.runs("javac-runs")) == (3, 3)


@pytest.mark.parametrize("damage", ["kafka", "report.json"])
def test_a_damaged_result_is_built_again(machine: Machine, damage: str) -> None:
    built = machine.build()
    (built.path.parent / damage).unlink()
    assert machine.build().path.read_text() == "the executable"
    assert machine.runs() == 2


_FAILURES = {
    "the builder ran out of memory": "Exception: java.lang.OutOfMemoryError thrown from the UncaughtExceptionHandler",
    "the disk is full": "Fatal error: java.io.IOException: No space left on device",
    "the linker does not find zlib": "/usr/bin/ld: cannot find -lz: No such file or directory",
    "the C compiler is missing or does not work": "Error: Default native-compiler executable 'gcc' not found via "
    "environment variable PATH",
    "the linker misses the C function JVM_Nap": "libjava.a(x.o): in function `y': undefined reference to `JVM_Nap'",
    "the reachability metadata cannot be read": "Error: Error parsing reachability metadata in file:///x.json:",
    "a class on the class path was compiled for a newer Java": "java.lang.IllegalArgumentException: Unsupported class "
    "file major version 70",
    "--march pdp-11 is not known": "Error: Unsupported architecture 'pdp-11'. Please adjust '-march'. On AMD64, only",
    "an object of java.util.Random is in the image heap, but its class is initialized at run time": "Error: An object "
    "of type 'java.util.Random' was found in the image heap. This type, however, is marked for",
}


@pytest.mark.parametrize(("cause", "line"), _FAILURES.items())
def test_a_known_failure_is_told_by_its_cause(machine: Machine, cause: str, line: str) -> None:
    with pytest.raises(NativeBuildError) as caught:
        machine.build(f"cat <<'EOF'\n[2/8] Performing analysis...\n{line}\nmore\nEOF\nexit 1")
    assert str(caught.value) == f"building the native executable of kafka_2.13-4.3.1 failed: {cause}"
    assert caught.value.hint
    log = Path((caught.value.details or "").rpartition("the whole log: ")[2])
    assert line in log.read_text()
    assert machine.staging_folders() == []
    assert machine.build().path.exists()


def test_every_known_failure_has_a_test() -> None:
    table = Path(native.__file__).with_name("known_failures.toml").read_text()
    assert table.count("[[failure]]") == len(_FAILURES)


@pytest.mark.parametrize("ending", ["kill -KILL $$", "exit 137"])
def test_a_builder_that_the_kernel_killed(machine: Machine, ending: str) -> None:
    with pytest.raises(
        NativeBuildError, match="the builder was killed; the kernel does this when memory runs"
    ) as caught:
        machine.build(f"echo '[1/8] Initializing...'\n{ending}")
    assert "free about 6 GB of memory" in (caught.value.hint or "")
    assert "[1/8] Initializing" in (caught.value.details or "")
    assert machine.staging_folders() == []


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        ("echo noise; echo 'Fatal error: something new'; exit 20", "Fatal error: something new"),
        ("echo noise; exit 20", "the builder ended with status 20"),
        ("exit 0", "the builder ended with status 0"),
    ],
)
def test_an_unknown_failure_shows_what_there_is(machine: Machine, behaviour: str, cause: str) -> None:
    with pytest.raises(NativeBuildError) as caught:
        machine.build(behaviour)
    assert str(caught.value).endswith(f"failed: {cause}")
    assert caught.value.hint == "report it, with the log"
    assert machine.staging_folders() == []


def test_a_launcher_that_does_not_compile(machine: Machine) -> None:
    (machine.folder / "graalvm/bin/javac").write_text(
        "#!/bin/sh\necho 'Main.java:1: error: cannot find symbol'; exit 1\n"
    )
    with pytest.raises(NativeBuildError, match=r"does not compile against Kafka 4\.3\.1") as caught:
        machine.build()
    assert "cannot find symbol" in (caught.value.details or "")
    assert machine.staging_folders() == []
    assert machine.runs() == 0


def test_a_release_that_is_none_is_refused_before_anything_runs(machine: Machine) -> None:
    with pytest.raises(SettingsError, match="is not an unpacked Kafka release"):
        native.ensure_executable(BuildSpec(kafka_dir=machine.folder), machine.settings)
    assert not machine.settings.cache_dir.exists()


def test_a_cache_that_is_a_file_is_told(machine: Machine) -> None:
    machine.settings.cache_dir.write_text("")
    with pytest.raises(PrerequisiteError, match=r"building native executable of kafka_2\.13-4\.3\.1: Not a directory"):
        machine.build()


_PROGRAM = """
import logging, sys
from pathlib import Path
import kafka_native.toolchain
from kafka_native import native
from kafka_native.settings import Settings
logging.basicConfig(level=logging.INFO, format="%(message)s")
kafka_native.toolchain.COMPILER = {}
folder = Path(sys.argv[1])
spec = native.BuildSpec(kafka_dir=folder / "kafka_2.13-4.3.1")
print(native.ensure_executable(spec, Settings(folder / "cache", folder / "data")).path)
"""


def _start(machine: Machine) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, machine.folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_two_processes_that_want_the_same_build_it_once(machine: Machine) -> None:
    wait = 'while [ ! -e "$RECORD/go" ]; do sleep 0.01; done\n'
    (machine.folder / "behaviour").write_text(wait + _GOOD)
    machine.have_annotations()
    with _start(machine) as first:
        deadline = time.monotonic() + 20
        while not machine.runs() and time.monotonic() < deadline:
            time.sleep(0.01)
        with _start(machine) as second:
            assert second.stderr
            waiting = "another process is building native executable of kafka_2.13-4.3.1; waiting for it\n"
            assert waiting in iter(second.stderr.readline, "")
            (machine.folder / "go").touch()
            assert first.communicate()[0] == second.communicate()[0] != ""
    assert (machine.runs(), machine.runs("javac-runs")) == (1, 2)
