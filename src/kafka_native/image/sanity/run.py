"""Runs the scenarios of a test of an image, one by one, and never stops at a failure."""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kafka_native import __version__, reporting
from kafka_native.errors import KafkaNativeError, SettingsError
from kafka_native.image.engine import find_engine
from kafka_native.image.sanity.containers import Bed
from kafka_native.image.sanity.flows import FLOWS
from kafka_native.image.sanity.promises import PROMISES
from kafka_native.image.sanity.results import NotRunError, SanityReport, ScenarioResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka_native.image.engine import ContainerEngine, EngineName
    from kafka_native.image.sanity.topology import Topology

__all__ = ["SanitySpec", "Scenario", "check_image", "scenarios"]

_TOPOLOGIES: tuple[Topology, ...] = ("single node", "combined cluster", "isolated cluster")


@dataclass(frozen=True)
class Scenario:
    """Something that must hold of an image.

    Args:
        area: What of an image it is about.
        name: What must hold.
        run: Sees whether it does.
    """

    area: str
    name: str
    run: Callable[[Bed], None]


@dataclass(frozen=True)
class SanitySpec:
    """What to test.

    Args:
        image: The image; it must be there, and is never pulled.
        selection: Only scenarios with one of these texts in area or name; all when empty.
        engine: What runs the containers.
    """

    image: str
    selection: tuple[str, ...] = ()
    engine: EngineName | None = None


def scenarios(selection: tuple[str, ...] = ()) -> tuple[Scenario, ...]:
    """Return the scenarios, or those that are selected.

    Raises:
        SettingsError: When a text selects none.
    """
    every = (
        *(Scenario(area, name, run) for area, name, run in PROMISES),
        *(_on(topology, name, flow) for topology in _TOPOLOGIES for name, flow in FLOWS),
    )
    for text in selection:
        if not any(_matches(each, text) for each in every):
            raise SettingsError(
                f"no scenario has {text!r} in its name", hint="'kafka-native image test --list' tells them"
            )
    return tuple(each for each in every if not selection or any(_matches(each, text) for text in selection))


def _matches(scenario: Scenario, text: str) -> bool:
    return text.lower() in f"{scenario.area}: {scenario.name}".lower()


def _on(topology: Topology, name: str, flow: Callable[[Bed, Topology], None]) -> Scenario:
    return Scenario(topology, name, lambda bed: flow(bed, topology))


def check_image(spec: SanitySpec, on_result: Callable[[ScenarioResult], None] = lambda _: None) -> SanityReport:
    """Run the scenarios on an image.

    Args:
        spec: What to test.
        on_result: Is told each result as it comes.

    Raises:
        PrerequisiteError: When no container engine answers.
        ImageError: When there is no such image.
        SettingsError: When nothing is selected.
    """
    chosen = scenarios(spec.selection)
    engine = find_engine(spec.engine)
    image = engine.inspect_image(spec.image)
    started, moment = time.monotonic(), datetime.now(UTC)
    results = []
    with reporting.current().step(f"testing {spec.image}") as step:
        for number, scenario in enumerate(chosen):
            step.update(f"{scenario.area}: {scenario.name}")
            results.append(_run(scenario, engine, spec.image))
            on_result(results[-1])
            step.advance(number + 1, len(chosen), "scenarios")
    return _report(spec, engine, image, moment=moment, seconds=time.monotonic() - started, results=tuple(results))


def _report(
    spec: SanitySpec,
    engine: ContainerEngine,
    image: dict[str, Any],
    *,
    moment: datetime,
    seconds: float,
    results: tuple[ScenarioResult, ...],
) -> SanityReport:
    return SanityReport(
        image=spec.image,
        image_id=image["Id"],
        repo_digests=tuple(image.get("RepoDigests") or ()),
        size_bytes=int(image.get("Size", 0)),
        engine=f"{Path(engine.program).name} {engine.version}",
        started_at=moment.isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        made_by=f"kafka-native {__version__}",
        complete=not spec.selection,
        results=results,
    )


def _run(scenario: Scenario, engine: ContainerEngine, image: str) -> ScenarioResult:
    """Run one scenario with containers of its own."""
    folder = Path(tempfile.mkdtemp(prefix="kafka-native-image-test-"))
    bed = Bed(engine, image, folder)
    started = time.monotonic()
    outcome, message, details = "passed", "", ""
    try:
        scenario.run(bed)
    except NotRunError as reason:
        outcome, message = "not run", str(reason)
    except Exception as error:  # noqa: BLE001 - whatever a client library raises is a failure of the scenario
        outcome, message, details = "failed", _one_line(error), _details(error, bed)
    finally:
        bed.close()
        shutil.rmtree(folder, ignore_errors=True)
    seconds = round(time.monotonic() - started, 2)
    timings = {name: round(value, 3) for name, value in bed.timings.items()}
    return ScenarioResult(scenario.area, scenario.name, outcome, seconds, message, details, timings)  # type: ignore[arg-type]


def _one_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _details(error: Exception, bed: Bed) -> str:
    told = (error.details or "") if isinstance(error, KafkaNativeError) else ""
    return "\n\n".join(part for part in (told, "".join(traceback.format_exception(error)), bed.evidence()) if part)
