"""Draws measurements as SVG, with matplotlib. Text stays text, and takes the colour of the page around it."""

from __future__ import annotations

import functools
import io
import re
from typing import TYPE_CHECKING, Any

from kafka_native.bench.samples import MemorySample, StartSample, ThroughputSample
from kafka_native.bench.statistics import quantile
from kafka_native.bench.summary import samples_of, summarize_growth, typical_start
from kafka_native.bench.timeline import STAGES
from kafka_native.errors import PrerequisiteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from kafka_native.bench.records import Recording

__all__ = ["COLOURS", "draw_growth", "draw_memory", "draw_start", "draw_throughput", "draw_timeline"]

COLOURS = {
    "native": "#0d8a72",
    "jvm": "#7b61c4",
    "jvm-aot": "#d9730d",
    "jvm-scripts": "#b0417f",
    "native-two-launches": "#5b9a1f",
}
"""One an engine; they can be told apart on white and on black, and by most people who see fewer colours."""

_INK = "#010203"
"""Stands for the colour of text, which the page replaces."""
_QUIET = 0.35
_MB = 1e6
_MIB = 1024 * 1024
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "kafka-native",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "axes.titlecolor": _INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.grid": True,
    "grid.color": _INK,
    "grid.alpha": 0.12,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


def _styled(draw: Callable[[Recording], Figure]) -> Callable[[Recording], str]:
    """Let a function draw in our style, and return what it drew as SVG."""

    @functools.wraps(draw)
    def styled(recording: Recording) -> str:
        try:
            import matplotlib as mpl  # noqa: PLC0415 - an extra, and it takes long to load
        except ImportError as error:
            raise PrerequisiteError(
                "drawing plots needs matplotlib, which is not installed", hint="pip install 'kafka-native[bench]'"
            ) from error
        with mpl.rc_context(_STYLE):
            return _svg(draw(recording))

    return styled


@_styled
def draw_start(recording: Recording) -> Figure:
    """Return the starts as a cumulative distribution over a logarithmic axis of time."""
    figure, (axes,) = _figure(1, 1, height=4.0)
    for engine in recording.header.engines:
        times = sorted(
            each.acknowledged
            for each in samples_of(recording, StartSample)
            if each.engine == engine.name and each.acknowledged is not None
        )
        if times:
            shares = [(at + 1) / len(times) for at in range(len(times))]
            label = f"{engine.name}: median {_time(quantile(times, 0.5))}"
            axes.step([times[0], *times], [0, *shares], where="post", color=_colour(engine.name), lw=2.2, label=label)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_formatter(lambda value, _: _time(value))
    axes.xaxis.set_minor_formatter(lambda value, _: _time(value) if f"{value:e}"[0] in "25" else "")
    axes.tick_params(axis="x", which="minor", labelsize=9)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel("from an empty folder to the first acknowledged produce")
    axes.set_ylabel("share of starts")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.2), ncols=2)
    return figure


@_styled
def draw_timeline(recording: Recording) -> Figure:
    """Return the time lines of a typical start of the first two engines that have one, each with an axis of its own."""
    starts = [typical_start(recording, engine.name) for engine in recording.header.engines]
    shown = [each for each in starts if each][:2]
    stages = [name for name in STAGES if any(name in each.stages for each in shown)]
    figure, all_axes = _figure(1, max(1, len(shown)), height=0.5 + 0.34 * max(4, len(stages)))
    for axes, start in zip(all_axes, shown, strict=False):
        _draw_stages(axes, start, stages)
    all_axes[0].set_yticks(range(len(stages)), [STAGES[name] for name in stages])
    for axes in all_axes[1:]:
        axes.tick_params(labelleft=False)
    return figure


def _draw_stages(axes: Axes, start: StartSample, stages: list[str]) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - as above

    ordered = sorted((start.stages[name], stages.index(name)) for name in stages if name in start.stages)
    before, end = 0.0, ordered[-1][0] if ordered else 1.0
    for at, row in ordered:
        axes.barh(row, max(at - before, end * 0.004), left=before, height=0.62, color=_colour(start.engine))
        right = at > end * 0.72
        axes.annotate(
            _time(at),
            (before if right else at, row),
            xytext=(-4 if right else 4, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="center",
            fontsize=9,
        )
        before = at
    axes.set_title(start.engine)
    axes.set_ylim(len(stages) - 0.5, -0.5)
    axes.set_xlim(0, end * 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(lambda value, _: _time(value))
    axes.grid(visible=False, axis="y")


@_styled
def draw_memory(recording: Recording) -> Figure:
    """Return the memory over time, split into anonymous and file-backed; a panel an engine, on the same axes."""
    engines = [each.name for each in recording.header.engines]
    figure, all_axes = _figure(1, len(engines), height=3.6, sharey=True)
    for axes, engine in zip(all_axes, engines, strict=True):
        samples = [each for each in samples_of(recording, MemorySample) if each.engine == engine and each.round == 1]
        _draw_memory_of(axes, engine, samples)
    all_axes[0].set_ylabel("resident memory, MiB")
    all_axes[0].legend(loc="upper left", fontsize=9)
    return figure


def _draw_memory_of(axes: Axes, engine: str, samples: list[MemorySample]) -> None:
    seconds = [each.at_seconds for each in samples]
    anonymous = [each.rss_anonymous / _MIB for each in samples]
    in_files = [each.rss_file / _MIB for each in samples]
    colour = _colour(engine)
    axes.stackplot(seconds, anonymous, in_files, colors=[colour, colour], labels=["anonymous", "file-backed"])
    axes.collections[1].set_alpha(_QUIET)
    for phase in ("load", "after"):
        if begins := [each.at_seconds for each in samples if each.phase == phase]:
            axes.axvline(begins[0] - 1, color=_INK, lw=0.8, ls=":")
            axes.annotate(
                "load begins" if phase == "load" else "ends",
                (begins[0] - 1, 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, -10),
                textcoords="offset points",
                fontsize=9,
            )
    axes.set_title(engine)
    axes.margins(x=0)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("seconds after the first acknowledged produce")


@_styled
def draw_throughput(recording: Recording) -> Figure:
    """Return the throughput of each second of the first round: a row a combination, producing and consuming.

    The stretches of one direction are put one behind the other; in between the broker did the other thing.
    """
    samples = [each for each in samples_of(recording, ThroughputSample) if each.round == 1]
    cells = list(dict.fromkeys(each.cell for each in samples))
    figure, all_axes = _figure(max(1, len(cells)), 2, height=2.6 * max(1, len(cells)))
    for at, axes in enumerate(all_axes):
        cell, direction = cells[at // 2] if cells else "", ("produce", "consume")[at % 2]
        for engine in dict.fromkeys(each.engine for each in samples):
            mine = [s for s in samples if (s.engine, s.cell, s.direction) == (engine, cell, direction)]
            series = [second / _MB for each in mine for second in each.bytes_by_second]
            axes.plot(range(1, len(series) + 1), series, color=_colour(engine), lw=1.8, label=engine)
        axes.set_title(f"{direction}: {cell}", fontsize=10)
        axes.set_ylim(bottom=0)
        axes.margins(x=0.01)
        if at % 2 == 0:
            axes.set_ylabel("MB/s")
    if samples:
        all_axes[0].legend(fontsize=9, ncols=2)
    for axes in all_axes[-2:]:
        axes.set_xlabel("seconds of it since a cold start")
    return figure


@_styled
def draw_growth(recording: Recording) -> Figure:
    """Return start and memory against the number of partitions, and against the size of a log to recover."""
    rows = summarize_growth(recording)
    kinds = [kind for kind in ("partitions", "log") if any(each.kind == kind for each in rows)]
    figure, all_axes = _figure(max(1, len(kinds)), 2, height=3.0 * max(1, len(kinds)))
    for at, axes in enumerate(all_axes):
        kind = kinds[at // 2] if kinds else ""
        for engine in dict.fromkeys(each.engine for each in rows):
            mine = [each for each in rows if (each.engine, each.kind) == (engine, kind)]
            x = [each.amount / (1 if kind == "partitions" else 1e9) for each in mine]
            y = [each.rss / _MIB if at % 2 else each.seconds for each in mine]
            axes.plot(x, y, "o-", color=_colour(engine), lw=1.8, label=engine)
        if kind == "partitions":
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("partitions" if kind == "partitions" else "GB of log after SIGKILL")
        axes.set_ylabel("MiB resident" if at % 2 else "seconds to the first produce")
        axes.set_ylim(bottom=0)
    if rows:
        all_axes[0].legend(fontsize=9)
    return figure


def _figure(rows: int, columns: int, *, height: float, sharey: bool = False) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    figure = Figure(figsize=(10, height), layout="constrained")
    made = figure.subplots(rows, columns, sharey=sharey, squeeze=False)
    return figure, list(made.flat)


def _svg(figure: Figure) -> str:
    """Return the drawing for inside a page: without prologue, as wide as there is room."""
    with io.StringIO() as file:
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        text = file.getvalue()
    text = text[text.index("<svg") :].replace(_INK, "currentColor")
    text = re.sub(r'<svg ([^>]*?)width="[^"]*" height="[^"]*"', r"<svg \1", text, count=1)
    return re.sub(r" *<metadata>.*?</metadata>\n?", "", text, flags=re.DOTALL)


def _colour(engine: str) -> str:
    return COLOURS.get(engine, "#5d666f")


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.3g} s"
