"""The page and the table, from small recordings: the whole text is compared with a file that is kept.

`UPDATE_GOLDEN=1` writes the files anew; look at the difference before you keep it.
"""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kafka_native import __version__
from kafka_native.bench import plots
from kafka_native.bench.markdown import render_markdown
from kafka_native.bench.page import render_page, write_page
from kafka_native.bench.records import Recorder, Recording
from kafka_native.bench.summary import (
    summarize_docker,
    summarize_growth,
    summarize_memory,
    summarize_start,
    summarize_throughput,
    summarize_tool,
    typical_start,
)
from kafka_native.cli.main import main

from .recordings import MIB, containers, everything, growths, header, memories, recording, starts, throughputs, tools

if TYPE_CHECKING:
    from collections.abc import Callable

_GOLDEN = Path(__file__).with_name("golden")
_DRAWINGS = ("start", "timeline", "memory", "throughput", "growth")


def _compare(name: str, text: str) -> None:
    path = _GOLDEN / name
    text = text.replace(__version__, "VERSION")
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


def test_the_page() -> None:
    _compare("bench.html", render_page(everything(), dict.fromkeys(_DRAWINGS, "<svg></svg>")))


def test_the_table() -> None:
    _compare("bench.md", render_markdown(everything()))


class _Tags(HTMLParser):
    """Checks that tags are closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the base class names it
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("scenarios", [[], *([name] for name in everything()), [*everything()]])
def test_the_page_of_some_scenarios_is_well_formed(scenarios: list[str]) -> None:
    recordings = {name: each for name, each in everything().items() if name in scenarios}
    tags = _Tags()
    tags.feed(render_page(recordings, {}))
    assert not tags.open


def test_text_of_records_cannot_become_markup() -> None:
    page = render_page(everything(), {})
    assert "the same on a &lt;JDK&gt;" in page
    assert "<JDK>" not in page


def test_a_busy_machine_is_told_on_the_page_and_in_the_table() -> None:
    busy = {"start": recording("start", list(starts().samples), runs=4, busy=0.9)}
    assert "Do not trust these figures" in render_page(busy, {})
    assert "do not trust these figures" in render_markdown(busy)
    idle = {"start": starts()}
    assert "trust" not in render_page(idle, {}) + render_markdown(idle)


def test_starts_are_summed_up() -> None:
    native, jvm = summarize_start(starts())
    assert native.seconds is not None
    assert jvm.seconds is not None
    assert (native.seconds.median, native.failures, native.times_of_first) == (0.1, 0, 1.0)
    assert (jvm.seconds.median, jvm.failures) == (4.0, 1)
    assert jvm.times_of_first == pytest.approx(40)
    found = typical_start(starts(), "native")
    assert found is not None
    assert found.acknowledged == 0.1


def test_an_engine_that_never_started_is_shown_without_times() -> None:
    failed = [each for each in starts().samples if getattr(each, "failure", None)]
    made = {"start": recording("start", failed, runs=1)}
    assert summarize_start(made["start"])[1].seconds is None
    assert "no start came to its end" in render_page(made, {})
    assert typical_start(made["start"], "jvm") is None


def test_memory_is_summed_up() -> None:
    native, jvm = summarize_memory(memories())
    assert (native.idle_rss, native.idle_anonymous, native.after_rss) == (80 * MIB, 40 * MIB, 100 * MIB)
    assert (native.peak_rss, jvm.peak_rss) == (150 * MIB, 450 * MIB)


def test_memory_of_an_interrupted_run_is_left_out() -> None:
    made = recording("memory", [each for each in memories().samples if getattr(each, "phase", "") != "after"])
    assert summarize_memory(made) == ()


def test_throughput_is_compared_with_the_jvm() -> None:
    rows = {(each.engine, each.phase, each.direction): each for each in summarize_throughput(throughputs())}
    assert {phase for _, phase, _ in rows} == {"cold", "warm"}
    native = rows["native", "cold", "produce"]
    assert (native.bytes_per_second, native.of_yardstick) == (300e6, 2.0)
    assert native.broker_cpu_seconds_per_gb == pytest.approx(2.0)
    assert native.client_cpu_share == 0.25
    assert native.cell == "1 KB, 1 partition"


def test_growth_is_summed_up() -> None:
    rows = {(each.engine, each.kind, each.amount): each for each in summarize_growth(growths())}
    assert rows["jvm", "log", 10**9].seconds == 8.0
    assert rows["native", "partitions", 100].rss == 90 * MIB


def test_tools_are_summed_up() -> None:
    rows = {each.engine: each for each in summarize_tool(tools())}
    assert (rows["native"].seconds.median, rows["native"].times_of_first) == (0.025, 1.0)
    assert rows["jvm-scripts"].times_of_first == pytest.approx(40)


def test_tools_of_an_interrupted_run_are_summed_up_as_far_as_it_got() -> None:
    made = Recording(tools().header, tools().samples[:1])
    assert [each.engine for each in summarize_tool(made)] == ["native"]


def test_containers_are_summed_up() -> None:
    native, jvm = summarize_docker(containers())
    assert native.exit_seconds is not None
    assert native.exit_seconds.median == 0.5
    assert native.since_started_seconds == pytest.approx(0.25)
    assert (native.failures, jvm.failures) == (0, 1)
    assert (native.above_exit_seconds, jvm.above_exit_seconds) == pytest.approx((0.15, 1.5))
    assert jvm.times_of_first == pytest.approx(2 / 0.65)


def test_containers_that_never_served_are_shown_without_times() -> None:
    made = {"docker": Recording(containers().header, containers().samples[-1:])}
    assert summarize_docker(made["docker"])[1].above_exit_seconds is None
    assert "no container came to its end" in render_page(made, {})
    assert "docker run" not in render_markdown(made)


def _words(drawing: str) -> str:
    return " ".join(re.findall(r">([^<>]+)</text>", drawing))


@pytest.mark.parametrize(
    ("draw", "made", "expected"),
    [
        (plots.draw_start, starts(), ("native: median 100 ms", "jvm: median 4 s", "share of starts")),
        (plots.draw_timeline, starts(), ("Raft leader is elected", "first produce is acknowledged", "100 ms")),
        (plots.draw_memory, memories(), ("resident memory, MiB", "anonymous", "load begins", "native", "jvm")),
        (plots.draw_throughput, throughputs(), ("produce: 1 KB, 1 partition", "consume: 1 KB, 1 partition", "MB/s")),
        (plots.draw_growth, growths(), ("partitions", "GB of log after SIGKILL", "MiB resident")),
    ],
)
def test_plots_say_what_they_show(draw: Callable[[Recording], str], made: Recording, expected: tuple[str, ...]) -> None:
    drawing = draw(made)
    assert drawing.startswith("<svg ")
    assert drawing.rstrip().endswith("</svg>")
    assert all(each in _words(drawing) for each in expected)
    assert "currentColor" in drawing
    assert plots.COLOURS["native"] in drawing
    assert draw(made) == drawing  # the same records make the same file


@pytest.mark.parametrize(
    "draw", [plots.draw_start, plots.draw_timeline, plots.draw_memory, plots.draw_throughput, plots.draw_growth]
)
def test_plots_of_nothing_are_empty(draw: Callable[[Recording], str]) -> None:
    assert draw(recording("start", [])).startswith("<svg ")


def test_page_and_plots_are_written(tmp_path: Path) -> None:
    files = write_page(everything(), tmp_path / "report")
    assert [each.name for each in files.drawings] == [f"{name}.svg" for name in _DRAWINGS]
    page = files.page.read_text()
    assert page.count("<svg ") == len(_DRAWINGS)
    assert "currentColor" not in files.drawings[0].read_text()


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for made in everything().values():
        with Recorder(made.header, tmp_path) as recorder:
            for sample in made.samples:
                recorder.add(sample)
    assert main(["bench", "report", str(tmp_path)]) == 0
    assert (tmp_path / "report" / "index.html").is_file()
    assert "index.html" in capsys.readouterr().out
    assert main(["bench", "report", "--markdown", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("| | native | JVM | ratio |".replace("| |", "|  |"))


def test_no_records_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "report", str(tmp_path)]) == 10
    assert "bench all" in capsys.readouterr().err


def test_an_unknown_engine_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "start", "--engine", "graal", "--records", str(tmp_path)]) == 2
    assert "jvm-aot" in capsys.readouterr().err


def test_headers_name_their_file() -> None:
    assert header("size").name.endswith("-size")
