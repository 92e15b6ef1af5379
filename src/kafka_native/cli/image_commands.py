"""`image build` and `image test`: see `kafka_native.image`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from kafka_native._system.files import make_report_folder
from kafka_native.cli.output import JsonFlag, facts, print_json, print_line, table
from kafka_native.cli.plug_in_options import PlugInOptions, plug_in_spec
from kafka_native.errors import ImageError
from kafka_native.image import Compression, EngineName, Variant  # noqa: TC001 - cyclopts reads the annotations
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from kafka_native.image import ImageReport
    from kafka_native.image.sanity import ReportFiles, SanityReport, ScenarioResult

__all__ = ["build_command", "check_command"]

_OUTPUT = Path("kafka-native-image-test")


def build_command(
    *,
    tag: tuple[str, ...] = (),
    variant: Variant = "default",
    kafka_version: str | None = None,
    executable: Path | None = None,
    optimize: Literal["quick", "speed", "size"] = "size",
    plug_ins: PlugInOptions | None = None,
    platform: str | None = None,
    output: Path | None = None,
    no_load: bool = False,
    container_engine: EngineName | None = None,
    refresh: bool = False,
    compression: Compression = "gzip",
    dry_run: bool = False,
    as_json: JsonFlag = False,
) -> None:
    """Build a container image, compiling its executable when there is none yet. Same inputs, same digest.

    Args:
        tag: Name for the image (kafka-native:VERSION when left out); may be given several times.
        variant: With a shell and all that test libraries expect (when left out), or slim: without any shell.
        kafka_version: Version of Kafka to compile.
        executable: Native executable to put into it, instead of compiling one.
        optimize: What to aim at when compiling: a small executable (when left out), speed, or a quick build.
        plug_ins: Jars beside Kafka's own to compile in.
        platform: linux/amd64 or linux/arm64 (this machine's when left out); needs an executable for it.
        output: File to write the image to, as an archive that docker load and registries' tools read.
        no_load: Load it into no container engine; needs --output.
        container_engine: Which one to load it into (the first that is installed when left out).
        refresh: Fetch the newest glibc and busybox of the distribution, instead of those fetched before.
        compression: Of its layers: gzip (when left out), or zstd, smaller, for Docker 23 and newer.
        dry_run: Check everything, and tell what would be done.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import image, native, pins  # noqa: PLC0415 - other commands need none of it

    build = native.BuildSpec(kafka_version=kafka_version or pins.DEFAULT_KAFKA_VERSION, optimize=optimize)
    build = native.with_plug_ins(build, plug_in_spec(plug_ins), load_settings())
    spec = image.ImageSpec(
        build=build,
        executable=executable,
        variant=variant,
        platform=platform,
        tags=tag,
        output=output,
        load=not no_load,
        engine=container_engine,
        refresh=refresh,
        compression=compression,
    )
    if dry_run:
        plan = asdict(image.plan_image(spec, load_settings()))
        print_json(plan) if as_json else _show_plan(plan)
        return
    report = image.build_image(spec, load_settings())
    print_json(report.to_json()) if as_json else _show_report(report)


def _show_plan(plan: dict[str, object]) -> None:
    print_line("Nothing was built. A build would make:")
    facts(plan | {"executable": plan["executable"] or "to be compiled"})


def _show_report(report: ImageReport) -> None:
    from kafka_native.image import COMPRESSED_BAR_BYTES, UNPACKED_BAR_BYTES  # noqa: PLC0415 - as above

    facts(
        {
            "image": report.tags,
            "image id": report.image_id,
            "manifest": report.manifest_digest,
            "platform": report.platform,
            "Kafka version": report.kafka_version,
            "packages": report.packages,
            "loaded into": report.loaded_into,
            "archive": report.output,
        }
    )
    print_line("")
    rows = [(each["title"], each["compressed_bytes"], each["unpacked_bytes"]) for each in report.layers]
    total = ("all", report.compressed_bytes, report.unpacked_bytes)
    bar = ("the aim: at most", COMPRESSED_BAR_BYTES, UNPACKED_BAR_BYTES)
    table(("layer", "compressed", "unpacked"), (_sizes(*each) for each in (*rows, total, bar)))


def _sizes(title: str, compressed: int, unpacked: int) -> tuple[str, str, str]:
    return title, f"{compressed / (1 << 20):.2f} MiB", f"{unpacked / 1e6:.2f} MB"


def check_command(
    image: str | None = None,
    /,
    *,
    scenario: tuple[str, ...] = (),
    list_only: Annotated[bool, Parameter(name="--list")] = False,
    output: Path = _OUTPUT,
    container_engine: EngineName | None = None,
    strict: bool = False,
    as_json: JsonFlag = False,
) -> None:
    """Test what an image promises, on real containers with real clients: Apache's own sanity flows, and ours.

    It works for any image with the contract of Apache's, so that two can be compared. The exit code is 7 when a
    scenario failed. A scenario that was not run never counts as passed.

    Args:
        image: Name or id of the image; it must be there, and is never pulled.
        scenario: Only scenarios with this text in area or name; may be given several times.
        list_only: List the scenarios, running nothing.
        output: Folder for the reports: JSON, JUnit XML, HTML (./kafka-native-image-test when left out).
        container_engine: What runs the containers (the first that is installed when left out).
        strict: End with 7 also when a scenario was not run.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native.errors import SettingsError  # noqa: PLC0415 - as above
    from kafka_native.image import sanity  # noqa: PLC0415 - as above

    if list_only:
        chosen = [(each.area, each.name) for each in sanity.scenarios(scenario)]
        print_json([list(each) for each in chosen]) if as_json else table(("area", "scenario"), chosen)
        return
    if image is None:
        raise SettingsError(
            "image test: no image is given", hint="for example: kafka-native image test kafka-native:4.3.1"
        )
    spec = sanity.SanitySpec(image, scenario, container_engine)
    make_report_folder(output, "--output")
    report = sanity.check_image(spec, on_result=lambda result: None if as_json else _show_result(result))
    files = sanity.write_report(report, output)
    print_json(report.to_json()) if as_json else _show_summary(report, files)
    _fail(report, strict=strict)


def _show_result(result: ScenarioResult) -> None:
    print_line(f"{result.outcome:<7}  {result.seconds:5.1f} s  {result.area}: {result.name}")
    if result.message:
        print_line(f"{'':<18}{result.message}")


def _show_summary(report: SanityReport, files: ReportFiles) -> None:
    print_line("")
    facts({"image": report.image_id, "reports": (files.html, files.junit, files.json)})
    counts = (f"{len(report.with_outcome(each))} {each}" for each in ("passed", "failed", "not run"))
    print_line(", ".join(counts) + f", in {report.seconds:.0f} s")


def _fail(report: SanityReport, *, strict: bool) -> None:
    failed, not_run = report.with_outcome("failed"), report.with_outcome("not run")
    if failed or (strict and not_run):
        raise ImageError(
            f"testing {report.image}: {len(failed)} scenarios failed, {len(not_run)} were not run",
            hint="the evidence is in the report",
            details="\n".join(f"{each.area}: {each.name}: {each.message}" for each in (*failed, *not_run)),
        )
