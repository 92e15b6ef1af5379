"""The page of the bench: one self-contained HTML file, made from records, with the plots in it and beside it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from kafka_native import __version__
from kafka_native._system.files import explain_os_errors, write_text
from kafka_native.bench import plots
from kafka_native.bench.records import load_recording, was_busy
from kafka_native.bench.samples import SizeSample
from kafka_native.bench.summary import (
    samples_of,
    summarize_docker,
    summarize_growth,
    summarize_memory,
    summarize_start,
    summarize_throughput,
    summarize_tool,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kafka_native.bench.records import Recording

__all__ = ["PageFiles", "newest_recordings", "render_page", "write_page"]

_DRAWINGS = {
    "start": {"start": plots.draw_start, "timeline": plots.draw_timeline},
    "memory": {"memory": plots.draw_memory},
    "throughput": {"throughput": plots.draw_throughput},
    "growth": {"growth": plots.draw_growth},
}
"""By scenario, and by the name of the file."""

_INK_BESIDE_PAGE = "#6b7580"
"""Can be read on white and on black, which a file of its own cannot choose."""


@dataclass(frozen=True)
class PageFiles:
    """What was written.

    Args:
        page: The page.
        drawings: The plots, each as a file of its own.
    """

    page: Path
    drawings: tuple[Path, ...]


def newest_recordings(paths: Iterable[Path]) -> dict[str, Recording]:
    """Return the newest recording of each scenario, leaving out those without a sample.

    Args:
        paths: Record files, the oldest first.

    Raises:
        BenchError: When one cannot be read.
    """
    recordings = (load_recording(path) for path in paths)
    newest = {each.header.scenario: each for each in recordings if each.samples}
    order = ("start", "memory", "throughput", "growth", "tool", "docker", "size")
    return {name: newest[name] for name in order if name in newest}


def write_page(recordings: Mapping[str, Recording], folder: Path) -> PageFiles:
    """Write `index.html`, and each plot as an SVG file, over older ones.

    Args:
        recordings: By scenario.
        folder: Where; it is made when missing.

    Raises:
        PrerequisiteError: When matplotlib is missing, or the system refuses to write there.
    """
    drawings = _draw(recordings)
    with explain_os_errors("writing the page of the bench", folder):
        page = folder / "index.html"
        write_text(page, render_page(recordings, drawings))
        files = {folder / f"{name}.svg": drawing for name, drawing in drawings.items()}
        for path, drawing in files.items():
            write_text(path, _as_file(drawing))
    return PageFiles(page, tuple(files))


def _draw(recordings: Mapping[str, Recording]) -> dict[str, str]:
    return {
        name: draw(recordings[scenario])
        for scenario, drawings in _DRAWINGS.items()
        if scenario in recordings
        for name, draw in drawings.items()
    }


def _as_file(drawing: str) -> str:
    return drawing.replace("currentColor", _INK_BESIDE_PAGE)


def render_page(recordings: Mapping[str, Recording], drawings: Mapping[str, str]) -> str:
    """Return the HTML page.

    Args:
        recordings: By scenario.
        drawings: SVG text by name.
    """
    # Imported late: most commands need no templates.
    import jinja2  # noqa: PLC0415

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"time": _time, "mib": _mib}
    text = (resources.files("kafka_native.bench") / "page.html.j2").read_text(encoding="utf-8")
    starts = summarize_start(recordings["start"]) if "start" in recordings else ()
    memories = summarize_memory(recordings["memory"]) if "memory" in recordings else ()
    values: dict[str, Any] = {
        "headers": {name: each.header for name, each in recordings.items()},
        "drawings": drawings,
        "colours": plots.COLOURS,
        "made_by": f"kafka-native {__version__}",
        "busy": was_busy(recordings.values()),
        "starts": starts,
        "start": {each.engine: each for each in starts},
        "memories": memories,
        "memory": {each.engine: each for each in memories},
        "throughputs": summarize_throughput(recordings["throughput"]) if "throughput" in recordings else (),
        "growths": summarize_growth(recordings["growth"]) if "growth" in recordings else (),
        "tools": summarize_tool(recordings["tool"]) if "tool" in recordings else (),
        "containers": summarize_docker(recordings["docker"]) if "docker" in recordings else (),
        "sizes": samples_of(recordings["size"], SizeSample) if "size" in recordings else (),
    }
    return environment.from_string(text).render(values) + "\n"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _mib(size: float) -> str:
    return f"{size / (1024 * 1024):.0f} MiB"
