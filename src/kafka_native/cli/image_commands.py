"""`image build` and `image test`: see `kafka_native.image`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import TYPE_CHECKING, Literal

from kafka_native.cli.output import JsonFlag, facts, print_json, print_line, table
from kafka_native.image import EngineName, Variant  # noqa: TC001 - cyclopts reads the annotations
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from kafka_native.image import ImageReport

__all__ = ["build_command"]


def build_command(
    *,
    tag: tuple[str, ...] = (),
    variant: Variant = "default",
    kafka_version: str | None = None,
    executable: Path | None = None,
    optimize: Literal["quick", "speed", "size"] = "size",
    platform: str | None = None,
    output: Path | None = None,
    no_load: bool = False,
    container_engine: EngineName | None = None,
    refresh: bool = False,
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
        platform: linux/amd64 or linux/arm64 (this machine's when left out); needs an executable for it.
        output: File to write the image to, as an archive that docker load and registries' tools read.
        no_load: Load it into no container engine; needs --output.
        container_engine: Which one to load it into (the first that is installed when left out).
        refresh: Fetch the newest glibc and busybox of the distribution, instead of those fetched before.
        dry_run: Check everything, and tell what would be done.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import image, native, pins  # noqa: PLC0415 - other commands need none of it

    build = native.BuildSpec(kafka_version=kafka_version or pins.DEFAULT_KAFKA_VERSION, optimize=optimize)
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
