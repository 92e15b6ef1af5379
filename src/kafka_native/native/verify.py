"""Proves that a toolchain works: compiles a small program natively and runs it.

The program (`src/java/verify`) touches what native-image gets from C: networking, TLS, file locks, zip, time zone, JMX.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kafka_native import reporting
from kafka_native._system.commands import run
from kafka_native._system.files import digest_of_text, explain_os_errors, staging_folder
from kafka_native.errors import ToolchainError
from kafka_native.native.build import compile_native
from kafka_native.native.diagnose import build_failure
from kafka_native.native.progress import BuilderProgress
from kafka_native.settings import Settings, bundled
from kafka_native.toolchain import NativeImageOptions, Toolchain, ensure_toolchain, planned_steps

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["VerifyReport", "verify_toolchain"]

_TITLE = "verifying the toolchain with a small program"
_MAIN_CLASS = "VerifyToolchain"


@dataclass(frozen=True)
class VerifyReport:
    """What the small program found.

    Args:
        toolchain: Provider and JDK, in words.
        checks: Name of each check to what it saw.
    """

    toolchain: str
    checks: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def verify_toolchain(settings: Settings) -> VerifyReport:
    """Compile and run the small program, assembling a toolchain first when there is none.

    Raises:
        ToolchainError: When a check fails.
        NativeBuildError: When the program does not compile.
    """
    reporting.current().plan([*planned_steps(settings), reporting.PlannedStep(_TITLE, 90)])
    toolchain = ensure_toolchain(settings)
    with explain_os_errors(_TITLE, settings.cache_dir), staging_folder(settings.cache_dir / "work", "verify") as work:
        executable = _compile(toolchain, work, settings)
        result = run([executable], cwd=work)
    lines = [line.split(maxsplit=2) for line in result.output.splitlines()]
    failed = [line for line in result.output.splitlines() if line.startswith("FAILED")]
    if result.returncode != 0 or failed:
        raise ToolchainError(
            f"a program that this toolchain compiled does not work: {'; '.join(failed) or 'it died'}",
            hint="report it, with the details",
            details=result.tail(30),
        )
    checks = {line[1]: line[2] if len(line) > 2 else "" for line in lines if line[:1] == ["ok"]}  # noqa: PLR2004
    return VerifyReport(f"{toolchain.provider}, {toolchain.jdk}", checks)


def _compile(toolchain: Toolchain, work: Path, settings: Settings) -> Path:
    source = bundled("src/java/verify") / f"{_MAIN_CLASS}.java"
    classes = work / "classes"
    compiled = run([toolchain.jdk.javac, "-XDignore.symbol.file", "-d", classes, source])
    if compiled.returncode != 0:
        raise ToolchainError("the JDK's compiler does not compile the verifying program", details=compiled.tail())
    options = NativeImageOptions(
        main_class=_MAIN_CLASS,
        class_path=(classes,),
        output=work / "verify",
        build_id=str(uuid.UUID(digest_of_text(toolchain.identity)[:32])),
        optimize="quick",
        monitoring=("jmxserver",),
        hosted=("+ReportExceptionStackTraces",),
    )
    log = settings.cache_dir / "logs" / "verify-toolchain.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with reporting.current().step(_TITLE) as step:
        result = compile_native(toolchain, options, work, BuilderProgress(step), log)
    if result.returncode != 0:
        raise build_failure(result, "verifying program", log)
    return options.output
