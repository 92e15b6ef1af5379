"""`image sbom|scan|release|promote`: see `kafka_native.release`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from kafka_native._system.files import explain_os_errors, make_report_folder, write_json, write_text
from kafka_native.cli.output import JsonFlag, facts, print_json, print_line, table
from kafka_native.errors import SettingsError
from kafka_native.image import Compression  # noqa: TC001 - cyclopts reads the annotations
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from kafka_native.release import ScanReport

__all__ = ["promote_command", "release_command", "sbom_command", "scan_command"]

YesFlag = Annotated[bool, Parameter(name=("--yes", "-y"))]
_VULNERABLE = 7
_REPORT_DIR = "--report-dir"
_SUMMARY_COLUMNS = 70


def sbom_command(
    image: str | None = None,
    /,
    *,
    executable: Path | None = None,
    report: Path | None = None,
    platform: str | None = None,
    output: Path | None = None,
    strict: bool = False,
) -> None:
    """Write the bill of materials of an image or executable: CycloneDX 1.6, JSON. Same input, same bytes.

    Args:
        image: Name in the container engine, archive made by docker save, or folder of an OCI layout.
        executable: Native executable to describe, instead of an image.
        report: The report.json of the executable's build, when it is neither beside it nor in the cache.
        platform: Which image, when there are several, such as linux/amd64.
        output: File to write to (stdout when left out).
        strict: Fail when a file of the image belongs to nothing known.
    """
    from kafka_native import release  # noqa: PLC0415 - other commands need none of it

    inventory = release.take_inventory(
        load_settings(), image=image, executable=executable, report=report, platform=platform, strict=strict
    )
    text = release.render_sbom(inventory)
    if output is None:
        print_line(text.rstrip("\n"))
        return
    with explain_os_errors(f"writing {output}", output.parent):
        write_text(output, text)
    files = sum(len(each.files) for each in inventory.components)
    facts(
        {
            "bill of materials": output,
            "of": f"{inventory.kind} {inventory.name}",
            "components": len(inventory.components),
            "files": files if inventory.kind == "image" else None,
            "files of nothing known": len(inventory.unaccounted) if inventory.kind == "image" else None,
        }
    )


def scan_command(
    image: str | None = None,
    /,
    *,
    advisories: Path | None = None,
    executable: Path | None = None,
    report: Path | None = None,
    platform: str | None = None,
    fail_on: Literal["unknown", "low", "medium", "high", "critical", "never"] = "high",
    ignore: Path | None = None,
    sarif: Path | None = None,
    as_json: JsonFlag = False,
) -> int:
    """Look up what is in an image or executable in a database of advisories. Exit code 7 when something is found.

    Args:
        image: Name in the container engine, archive made by docker save, or folder of an OCI layout.
        advisories: The database: OSV's all.zip of an ecosystem, or a folder of such archives or of JSON files.
        executable: Native executable to scan, instead of an image.
        report: The report.json of the executable's build, when it is neither beside it nor in the cache.
        platform: Which image, when there are several, such as linux/amd64.
        fail_on: The least severity that fails (high when left out); unknown is the lowest.
        ignore: TOML file with advisories that are accepted, each with a reason and an expiry date.
        sarif: File to write the findings to as SARIF, for code-scanning pages.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import release  # noqa: PLC0415 - as above

    rules = release.load_ignore_rules(ignore) if ignore else ()
    inventory = release.take_inventory(
        load_settings(), image=image, executable=executable, report=report, platform=platform
    )
    found = release.scan(inventory, advisories, fail_on=fail_on, ignore=rules)
    if sarif:
        with explain_os_errors(f"writing {sarif}", sarif.parent):
            write_json(sarif, release.to_sarif(found))
    print_json(found.to_json()) if as_json else _show_scan(found)
    return _VULNERABLE if found.failing else 0


def release_command(
    *images: str,
    to: str,
    dry_run: bool = False,
    yes: YesFlag = False,
    overwrite: bool = False,
    compression: Compression = "gzip",
    report_dir: Path = Path("release"),
    ca: Path | None = None,
    plain_http: bool = False,
    as_json: JsonFlag = False,
) -> None:
    """Release a candidate: upload images by their digests, make the index over them, and tag it. Asks before it does.

    The login is that of docker login or podman login.

    Args:
        images: Names in the container engine, archives made by docker save, or folders of OCI layouts; one a platform.
        to: The candidate's name, REGISTRY/REPOSITORY:TAG, such as registry.example.org/team/kafka:4.3.1-rc1.
        dry_run: Look at what is in the registry, show what would be done, and change nothing.
        yes: Do not ask.
        overwrite: Move the tag when it stands for something else.
        compression: Of layers that have none yet: gzip (when left out), or zstd, smaller, for Docker 23 and newer.
        report_dir: Folder for release.json and release.html (./release when left out).
        ca: PEM file with the certificate authority of the registry.
        plain_http: Speak HTTP without encryption, to a registry of your own.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import release  # noqa: PLC0415 - as above

    if not images:
        raise SettingsError("a release needs an image", hint="kafka-native image release IMAGE --to NAME:TAG")
    target = release.parse_reference(to)
    registry = release.connect(target.registry, repository=target.repository, authorities=ca, plain_http=plain_http)
    with tempfile.TemporaryDirectory() as folder:
        work_dir = Path(folder)
        loaded = tuple(
            each for source in images for each in release.load_images(source, work_dir, compression=compression)
        )
        plan = release.plan_release(loaded, target, registry, overwrite=overwrite)
        if not _may_go_on(plan.to_json(), "Release this candidate?", dry_run=dry_run, yes=yes, as_json=as_json):
            return
        make_report_folder(report_dir, _REPORT_DIR)
        report = release.release(plan, registry)
    release.write_reports(report_dir, "release", report)
    _show_done(report.to_json(), report_dir / "release.json", as_json=as_json)


def promote_command(
    candidate: str,
    /,
    *,
    tag: tuple[str, ...] = (),
    moving_tag: tuple[str, ...] = (),
    tested: tuple[Path, ...] = (),
    released: Path | None = None,
    dry_run: bool = False,
    yes: YesFlag = False,
    report_dir: Path = Path("release"),
    ca: Path | None = None,
    plain_http: bool = False,
    as_json: JsonFlag = False,
) -> None:
    """Give a tested candidate its final tags: the very same digest, nothing is built. Asks before it does.

    Args:
        candidate: Its name, with a tag, a digest (@sha256:...) or both.
        tag: Final tag, such as 4.3.1; refused when it stands for something else. May be given several times.
        moving_tag: Tag that moves from release to release, such as latest. May be given several times.
        tested: The JSON report of image test, one for each image of the candidate.
        released: The release.json of image release: the candidate must still be what was released.
        dry_run: Check everything, show what would be done, and change nothing.
        yes: Do not ask.
        report_dir: Folder for promotion.json and promotion.html (./release when left out).
        ca: PEM file with the certificate authority of the registry.
        plain_http: Speak HTTP without encryption, to a registry of your own.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native import release  # noqa: PLC0415 - as above

    reference = release.parse_reference(candidate)
    registry = release.connect(
        reference.registry, repository=reference.repository, authorities=ca, plain_http=plain_http
    )
    tests = tuple(map(release.load_test_record, tested))
    plan = release.plan_promotion(reference, registry, tags=tag, moving_tags=moving_tag, tests=tests, released=released)
    if not _may_go_on(plan.to_json(), "Promote this candidate?", dry_run=dry_run, yes=yes, as_json=as_json):
        return
    make_report_folder(report_dir, _REPORT_DIR)
    report = release.promote(plan, registry)
    release.write_reports(report_dir, "promotion", report)
    _show_done(report.to_json(), report_dir / "promotion.json", as_json=as_json)


def _may_go_on(plan: dict[str, Any], question: str, *, dry_run: bool, yes: bool, as_json: bool) -> bool:
    """Show a plan, and ask whether to carry it out, unless the user has said so already."""
    if dry_run and as_json:
        print_json(plan)
    elif not as_json:
        _show_plan(plan)
    if dry_run or yes:
        return not dry_run
    if not sys.stdin.isatty():
        raise SettingsError("nothing was changed: this needs your word for it", hint="add --yes, or --dry-run to look")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise SettingsError("nothing was changed", hint="answer y, or add --yes")
    return True


def _show_plan(plan: dict[str, Any]) -> None:
    if "target" in plan:
        upload = f"{plan['upload_bytes'] / (1 << 20):.1f} MiB in {plan['upload_blobs']} blobs"
        facts(
            {"candidate": plan["target"], "digest": plan["digest"], "replaces": plan["replaces"], "to upload": upload}
        )
        rows = ((each["platform"], each["digest"], each["source"]) for each in plan["platforms"])
        table(("platform", "manifest", "source"), rows)
        return
    facts({"candidate": plan["candidate"], "tested": [f"{key} {value}" for key, value in plan["tested"].items()]})
    states = {None: "new", plan["digest"]: "there already"}
    tags = ((each["tag"], states.get(each["now"], f"moves from {each['now']}")) for each in plan["tags"])
    table(("tag", "now"), tags)


def _show_done(report: dict[str, Any], path: Path, *, as_json: bool) -> None:
    if as_json:
        print_json(report)
        return
    if "tags" in report:
        facts({"promoted": report["tags"], "digest": report["digest"], "report": path})
    else:
        facts({"released": report["candidate"], "digest": report["digest"], "report": path})


def _show_scan(report: ScanReport) -> None:
    if report.findings:
        rows = (
            (
                each.advisory.level,
                each.package.name,
                each.package.version,
                each.advisory.id,
                each.advisory.fixed,
                f"ignored: {each.ignored}" if each.ignored else each.role,
                each.advisory.summary[:_SUMMARY_COLUMNS],
            )
            for each in report.findings
        )
        table(("severity", "package", "version", "advisory", "fixed in", "where", "summary"), rows)
    database = report.database
    ecosystems = ", ".join(database["ecosystems"])
    facts(
        {
            "scanned": report.name,
            "database": f"{database['advisories']} advisories about {ecosystems}, the newest of {database['newest']}",
            "looked up": f"{report.looked_up} components",
            "not looked up": report.not_looked_up or None,
            "findings": len(report.findings),
            "failing": f"{len(report.failing)} ({report.fail_on} or worse, not ignored, and shipped)",
        }
    )
