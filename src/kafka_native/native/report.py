"""What a build measured, beside the executable: `report.json` for programs, `report.html` for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from kafka_native import __version__
from kafka_native._system.files import sha256_of, write_json, write_text
from kafka_native.distribution import load_distribution
from kafka_native.settings import source_date_epoch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kafka_native.native.executable import BuildInputs, BuildSpec
    from kafka_native.toolchain import Toolchain

__all__ = ["BuildReport", "write_report"]


@dataclass(frozen=True)
class BuildReport:
    """The record of one build.

    Args:
        kafka_version: The Kafka version in the executable.
        jars: Name and SHA-256 of each jar of an unpacked release; empty for the pinned jars of the version.
        built_at: ISO 8601, UTC; SOURCE_DATE_EPOCH when that is set.
        made_by: Version of this project.
        options: What the user chose.
        inputs: Digests of everything that went in.
        toolchain: Provider and JDK, in words.
        build_seconds: Wall time of the builder.
        phase_seconds: Wall time of each of its phases.
        executable_bytes: Size of the executable.
        executable_sha256: Its digest.
        builder: The builder's own figures (schema build-output of GraalVM), as it wrote them.
        plug_ins: Jars, classes found in them and where their metadata comes from; empty without plug-ins.
    """

    kafka_version: str
    jars: tuple[dict[str, str], ...]
    built_at: str
    made_by: str
    options: dict[str, Any]
    inputs: dict[str, str]
    toolchain: dict[str, str]
    build_seconds: float
    phase_seconds: dict[str, float]
    executable_bytes: int
    executable_sha256: str
    builder: dict[str, Any]
    plug_ins: dict[str, Any] = field(default_factory=dict)


def write_report(
    folder: Path,
    inputs: BuildInputs,
    spec: BuildSpec,
    toolchain: Toolchain,
    *,
    seconds: float,
    phases: dict[str, float],
    builder: dict[str, Any],
    plug_ins: Mapping[str, Any] | None = None,
) -> BuildReport:
    """Write both forms of the report into the folder that holds the executable `kafka`."""
    executable = folder / "kafka"
    report = BuildReport(
        kafka_version=inputs.kafka_version,
        jars=_jars(spec),
        built_at=_now().isoformat(timespec="seconds"),
        made_by=f"kafka-native {__version__}",
        options={"optimize": spec.optimize, "march": spec.march, "tracing": spec.tracing, "gate": spec.gate},
        inputs=asdict(inputs),
        toolchain={"provider": toolchain.provider, "jdk": f"{toolchain.jdk.version} ({toolchain.jdk.vendor})"},
        build_seconds=round(seconds, 1),
        phase_seconds=phases,
        executable_bytes=executable.stat().st_size,
        executable_sha256=sha256_of(executable),
        builder=builder,
        plug_ins=dict(plug_ins or {}),
    )
    write_text(folder / "report.html", _page(report))
    write_json(folder / "report.json", asdict(report))
    return report


def _jars(spec: BuildSpec) -> tuple[dict[str, str], ...]:
    jars = load_distribution(spec.kafka_dir).jars if spec.kafka_dir else ()
    return tuple({"name": jar.name, "sha256": jar.sha256} for jar in jars)


def _now() -> datetime:
    epoch = source_date_epoch()
    return datetime.now(UTC) if epoch is None else datetime.fromtimestamp(epoch, UTC)


def _page(report: BuildReport) -> str:
    # Imported late: only a build needs templates.
    import jinja2  # noqa: PLC0415

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    text = (resources.files("kafka_native.native") / "report.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text).render(report=asdict(report))
