"""`metadata trace|merge|check|diff|explain`: see `kafka_native.metadata`."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - cyclopts reads the annotations
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from kafka_native.broker import Engine  # noqa: TC001 - as above
from kafka_native.cli.output import JsonFlag, facts, print_json, print_line
from kafka_native.settings import bundled, load_settings

if TYPE_CHECKING:
    from kafka_native.metadata.check import CheckReport
    from kafka_native.metadata.explain import Explanation
    from kafka_native.metadata.trace import TraceReport

__all__ = ["check_command", "diff_command", "explain_command", "merge_command", "trace_command"]

_SHOWN = 10
_UNSOUND = 6


def trace_command(
    *,
    kafka_version: str | None = None,
    engine: tuple[Engine, ...] = ("native", "jvm"),
    keep: Path | None = None,
    select: str | None = None,
    jobs: Annotated[int, Parameter(validator=validators.Number(gte=1))] = 1,
    as_json: JsonFlag = False,
) -> None:
    """Make the reachability metadata of a Kafka version: run the feature walk on brokers that record what they reach.

    Args:
        kafka_version: Version of Kafka.
        engine: Which recorders to use: the tracing executable, the agent on the JVM; both when left out.
        keep: A folder that keeps what was recorded, for `metadata merge`, and for the same command when a test failed:
            modules that have passed are not run again.
        select: Run only the tests that this expression selects, as pytest's -k does, and add what they reach.
        jobs: How many test modules run at the same time.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native.metadata.trace import trace  # noqa: PLC0415 - other commands need none of it
    from kafka_native.pins import DEFAULT_KAFKA_VERSION  # noqa: PLC0415
    from kafka_native.systest import check_tests  # noqa: PLC0415

    settings, tests = load_settings(), bundled("tests/integration")
    check_tests(tests, "metadata trace")  # before anything that takes long
    version = kafka_version or DEFAULT_KAFKA_VERSION
    report = trace(version, settings, engines=engine, tests=tests, keep=keep, select=select, jobs=jobs)
    _show_trace(report, as_json=as_json)


def merge_command(
    *recordings: Path, add_to: str | None = None, carry_from: str | None = None, as_json: JsonFlag = False
) -> None:
    """Write the reachability metadata of a Kafka version from recordings that `metadata trace --keep` has left.

    Args:
        recordings: Their folders, such as kept/native and kept/jvm; all of one Kafka version.
        add_to: Kafka version whose metadata keeps what earlier recordings brought; without recordings, only the rules
            are evaluated anew.
        carry_from: Another Kafka version, whose recordings are taken over as far as this one has what they name.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native.metadata.trace import merge_recordings  # noqa: PLC0415 - as above

    report = merge_recordings(recordings, load_settings(), add_to=add_to, carry_from=carry_from)
    _show_trace(report, as_json=as_json)


def check_command(*, kafka_version: str | None = None, as_json: JsonFlag = False) -> int:
    """Tell which entries name what does not exist, are said twice, are lost, or have no source. Exit code 6 when any.

    Args:
        kafka_version: Version of Kafka.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native.metadata.check import check  # noqa: PLC0415 - as above
    from kafka_native.pins import DEFAULT_KAFKA_VERSION  # noqa: PLC0415

    report = check(kafka_version or DEFAULT_KAFKA_VERSION, load_settings())
    if as_json:
        print_json(report.to_json())
    else:
        _show_check(report)
    return 0 if report.is_sound else _UNSOUND


def diff_command(before: str, after: str, /, *, as_json: JsonFlag = False) -> None:
    """Show how the reachability metadata of two Kafka versions differs, one line an entry or member.

    Args:
        before: A Kafka version, or a reachability-metadata.json.
        after: Another.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native.metadata.explain import diff  # noqa: PLC0415 - as above

    report = diff(before, after)
    if as_json:
        print_json(report.to_json())
    for sign, labels in (("-", report.removed), ("+", report.added)) if not as_json else ():
        for each in labels:
            print_line(f"{sign} {each}")


def explain_command(
    pattern: str, /, *, kafka_version: Annotated[str | None, Parameter()] = None, as_json: JsonFlag = False
) -> None:
    """Tell why entries are in the reachability metadata: which tests' brokers reached them, or which rule derives them.

    Args:
        pattern: A part of a class, resource or member name, or a pattern with *.
        kafka_version: Version of Kafka.
        as_json: Print one JSON document to stdout.
    """
    from kafka_native.metadata.explain import explain  # noqa: PLC0415 - as above
    from kafka_native.pins import DEFAULT_KAFKA_VERSION  # noqa: PLC0415

    found = explain(pattern, kafka_version or DEFAULT_KAFKA_VERSION)
    if as_json:
        print_json([each.to_json() for each in found])
    for each in found if not as_json else ():
        _show_explanation(each)


def _show_trace(report: TraceReport, *, as_json: bool) -> None:
    if as_json:
        print_json(report.to_json())
        return
    facts(
        {
            "Kafka version": report.kafka_version,
            "folder": report.folder,
            "entries": report.entries,
            "sources": len(report.entries_by_run),
            "starts that left nothing": len(report.silent_starts),
            "added": _shortened(report.added),
            "removed": _shortened(report.removed),
        }
    )


def _show_check(report: CheckReport) -> None:
    facts(
        {
            "Kafka version": report.kafka_version,
            "entries": report.entries,
            "looked for, and absent": len(report.looked_for),
            "edited by hand": report.edited,
            "does not exist": _shortened(report.nonexistent),
            "in a jar as well": _shortened(report.redundant),
            "without a source": _shortened(report.unexplained),
            "lost": _shortened(report.lost),
            "derived, but not there": _shortened(report.underived),
        }
    )


def _show_explanation(explanation: Explanation) -> None:
    print_line(f"{explanation.section} {explanation.fact}")
    for line in (*explanation.sources, *explanation.reasons):
        print_line(f"    {line}")


def _shortened(labels: tuple[str, ...]) -> str:
    more = f", and {len(labels) - _SHOWN} more (see --json)" if len(labels) > _SHOWN else ""
    return f"{len(labels)}: {', '.join(labels[:_SHOWN])}{more}" if labels else "none"
