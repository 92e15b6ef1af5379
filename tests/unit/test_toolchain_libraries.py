"""Building static JDK libraries, with JDK sources of four files and a make that is a shell script."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from kafka_native import reporting
from kafka_native._system.files import explain_os_errors
from kafka_native._system.processes import start_ticks
from kafka_native.errors import PrerequisiteError, ToolchainError
from kafka_native.toolchain import helper_libraries
from kafka_native.toolchain.jdk import Jdk
from kafka_native.toolchain.static_libraries import ensure_static_libraries

if TYPE_CHECKING:
    from pathlib import Path

_M4 = "NEEDS_LIB_X11=true\nNEEDS_LIB_CUPS=true\nNEEDS_LIB_FFI=true\n"
_CONFIGURE = 'echo "$@" > "$RECORD/configured"\n'
_MAKE = """
echo "$@" >> "$RECORD/made"
cp make/autoconf/libraries.m4 "$RECORD/libraries.m4"
mkdir -p build/linux/support/native/java.base/libjava/static build/linux/support/native/java.base/libzip/static
echo "Compiling a.c (for libjava.a)"
echo "Compiling b.c (for libzip.a)"
echo java > build/linux/support/native/java.base/libjava/static/libjava.a
echo zip > build/linux/support/native/java.base/libzip/static/libzip.a
"""


@dataclass(frozen=True)
class Workshop:
    """Sources and a cache.

    Args:
        folder: Where they are.
    """

    folder: Path

    @property
    def cache(self) -> Path:
        """The cache."""
        return self.folder / "cache"

    def write_sources(self, configure: str = _CONFIGURE) -> None:
        """Write a source archive with this `configure`."""
        texts = {"configure": configure, "make/autoconf/libraries.m4": _M4, "test/large": "", "doc/readme": ""}
        with tarfile.open(self.folder / "sources.tar.xz", "w:xz") as tar:
            for name, text in texts.items():
                member = tarfile.TarInfo(f"jdk25u-25.0.3+9/{name}")
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text.encode()))

    def write_make(self, script: str = _MAKE) -> None:
        """Write what `make` does."""
        program = self.folder / "bin/make"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}")
        program.chmod(0o755)

    def build(self) -> Path:
        """Build the libraries."""
        jdk = Jdk(self.folder / "jdk", "25.0.3+9", "Vendor")
        return ensure_static_libraries(jdk, self.folder / "sources.tar.xz", self.cache)

    def left(self) -> set[str]:
        """Return the names of what is in the cache."""
        return {path.name for path in (self.cache / "static-libraries").iterdir()}


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Return a workshop in which everything goes well."""
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("RECORD", str(tmp_path))
    made = Workshop(tmp_path)
    made.write_sources()
    made.write_make()
    return made


class _Steps(reporting.LoggingReporter):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def update(self, detail: str) -> None:
        self.told.append(detail)

    def advance(self, done: float, total: float, unit: str) -> None:
        assert total == 216
        self.told.append((done, unit))


def test_libraries_are_collected_once(workshop: Workshop) -> None:
    steps = _Steps()
    with reporting.use(steps):
        libraries = workshop.build()
    assert libraries == workshop.cache / "static-libraries/25.0.3+9"
    assert {path.name: path.read_text() for path in libraries.iterdir()} == {"libjava.a": "java\n", "libzip.a": "zip\n"}
    assert steps.told == ["unpacking the JDK sources", "configure", (1, "files"), (2, "files")]
    assert workshop.left() == {"25.0.3+9", "25.0.3+9-configure.log", "25.0.3+9-make.log"}
    workshop.write_make("exit 1")
    assert workshop.build() == libraries


def test_the_build_is_configured_without_what_a_desktop_needs(workshop: Workshop) -> None:
    workshop.build()
    assert (workshop.folder / "libraries.m4").read_text() == (
        "NEEDS_LIB_X11=false\nNEEDS_LIB_CUPS=false\nNEEDS_LIB_FFI=true\n"
    )
    options = (workshop.folder / "configured").read_text().split()
    assert {"--enable-headless-only", f"--with-boot-jdk={workshop.folder}/jdk"} <= set(options)
    assert "--with-version-string=25.0.3+9" in options
    made = (workshop.folder / "made").read_text().split()
    assert made[0] == "LOG=info"
    assert "java.base-static-libs" in made
    assert not any("java.desktop" in target for target in made)


def test_tests_of_the_jdk_are_not_unpacked(workshop: Workshop) -> None:
    workshop.write_make('ls > "$RECORD/unpacked"' + _MAKE)
    workshop.build()
    assert (workshop.folder / "unpacked").read_text().split() == ["configure", "doc", "make"]


def test_old_pythons_without_tar_filters_unpack_too(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11.2 of Debian 12 is one."""
    monkeypatch.delattr(tarfile, "data_filter", raising=False)
    assert (workshop.build() / "libjava.a").exists()


def _failure(workshop: Workshop) -> ToolchainError:
    with pytest.raises(ToolchainError) as caught:
        workshop.build()
    assert not any(name.endswith(".partial") for name in workshop.left())
    assert "25.0.3+9" not in workshop.left()
    return caught.value


def test_a_configure_that_fails_shows_its_end_and_names_its_log(workshop: Workshop) -> None:
    workshop.write_sources("echo checking; echo 'configure: error: Cannot find autoconf'; exit 1")
    error = _failure(workshop)
    log = workshop.cache / "static-libraries/25.0.3+9-configure.log"
    assert str(error) == "configuring the JDK sources failed"
    assert error.details == "checking\nconfigure: error: Cannot find autoconf"
    assert error.hint == f"the whole log is {log}"
    assert log.read_text() == "checking\nconfigure: error: Cannot find autoconf\n"


def test_a_make_that_fails_shows_its_end_and_names_its_log(workshop: Workshop) -> None:
    workshop.write_make("seq 50; echo 'error: unknown type name'; exit 2")
    error = _failure(workshop)
    log = workshop.cache / "static-libraries/25.0.3+9-make.log"
    assert str(error) == "compiling the static JDK libraries failed"
    assert (error.details or "").splitlines()[-2:] == ["50", "error: unknown type name"]
    assert error.hint == f"the whole log is {log}"
    assert len(log.read_text().splitlines()) == 51
    workshop.write_make()
    assert workshop.build().is_dir()


def test_a_make_that_leaves_nothing_is_no_success(workshop: Workshop) -> None:
    workshop.write_make("exit 0")
    assert str(_failure(workshop)) == "the JDK build ended well but left no libjava.a"


def test_a_disk_that_make_finds_full_is_told_as_such_in_every_locale(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    workshop.write_make(
        'if [ "$LC_ALL" = C ]; then said="No space left on device"; else said="Kein Speicherplatz"; fi\n'
        'echo "fatal error: error writing to x.o: $said"; exit 1'
    )
    with pytest.raises(PrerequisiteError) as caught, explain_os_errors("assembling", workshop.cache):
        workshop.build()
    assert caught.value.message.startswith(f"assembling: {os.strerror(errno.ENOSPC)} ({workshop.cache}); ")
    assert caught.value.message.endswith(" MB are free there")
    assert not any(name.endswith(".partial") for name in workshop.left())


_PROGRAM = """
import sys
from pathlib import Path
from kafka_native.toolchain import helper_libraries
from kafka_native.toolchain.jdk import Jdk
from kafka_native.toolchain.static_libraries import ensure_static_libraries
folder = Path(sys.argv[1])
ensure_static_libraries(Jdk(folder / "jdk", "25.0.3+9", "Vendor"), folder / "sources.tar.xz", folder / "cache")
"""


def _wait(condition: object, seconds: float) -> bool:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(condition())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_build_that_is_killed_leaves_no_process_and_nothing_in_the_way(
    workshop: Workshop, number: signal.Signals
) -> None:
    workshop.write_make('echo $$ > "$RECORD/pid.new"; mv "$RECORD/pid.new" "$RECORD/pid"; exec sleep 1000')
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, workshop.folder], env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ) as process:
        assert _wait((workshop.folder / "pid").exists, 20)
        make = int((workshop.folder / "pid").read_text())
        process.send_signal(number)
    assert _wait(lambda: start_ticks(make) is None, 1)
    workshop.write_make()
    assert (workshop.build() / "libjava.a").exists()
    assert workshop.left() == {"25.0.3+9", "25.0.3+9-configure.log", "25.0.3+9-make.log"}


def test_the_digest_of_our_c_sources_is_of_what_is_compiled_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("include", "libchelper", "tests"):
        (tmp_path / "src/c" / folder).mkdir(parents=True)
    monkeypatch.setattr(helper_libraries, "bundled", tmp_path.joinpath)
    digests = [helper_libraries.helper_sources_digest()]
    for name in ("tests/test_signals.c", "libchelper/signals.c", "include/signals.h"):
        (tmp_path / "src/c" / name).write_text("int x;")
        digests.append(helper_libraries.helper_sources_digest())
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
