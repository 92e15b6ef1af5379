"""The test of images: variables from properties, selection, outcomes, reports."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from kafka_native.errors import ImageError, SettingsError
from kafka_native.image.engine import ContainerEngine
from kafka_native.image.sanity import (
    SanityReport,
    SanitySpec,
    ScenarioResult,
    check_image,
    scenarios,
    write_report,
)
from kafka_native.image.sanity.containers import Container, wait_until
from kafka_native.image.sanity.topology import _mounts, as_variables

if TYPE_CHECKING:
    from pathlib import Path

_RESULTS = (
    ScenarioResult("start", "it starts", "passed", 1.5, timings={"docker run to answering": 0.25}),
    ScenarioResult("start", "it <ends>", "failed", 2, "it did not\x1b[0m", "line 1\nline 2"),
    ScenarioResult("drivers", "it has a shell", "not run", 0, "no shell"),
)


def _report(results: tuple[ScenarioResult, ...] = _RESULTS) -> SanityReport:
    return SanityReport("kafka:1", "sha256:0", (), 90_000_000, "docker 1", "2030-01-01", 3.5, "test", True, results)


def test_properties_become_variables_by_the_rule_of_apaches_images() -> None:
    properties = {"node.id": "1", "listener.name.a-b.ssl.x_y": "2"}
    assert as_variables(properties) == {"KAFKA_NODE_ID": "1", "KAFKA_LISTENER_NAME_A___B_SSL_X__Y": "2"}


def test_what_is_mounted_can_be_read_by_another_user_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        folder = tmp_path / "secrets"
        folder.mkdir()
        (folder / "password").write_text("x")
    finally:
        os.umask(before)
    assert _mounts({"/etc/kafka/secrets": folder}) == ["--volume", f"{folder}:/etc/kafka/secrets:ro"]
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "password")] == [0o755, 0o644]


def test_scenarios_are_selected_by_text() -> None:
    every = scenarios()
    assert len({(each.area, each.name) for each in every}) == len(every)
    chosen = scenarios(("RESTART",))
    assert {each.area for each in chosen} == {"single node", "combined cluster", "isolated cluster"}
    with pytest.raises(SettingsError, match="nonsense"):
        scenarios(("nonsense",))


def test_the_reports_tell_every_outcome(tmp_path: Path) -> None:
    files = write_report(_report(), tmp_path)
    suite = ET.parse(files.junit).getroot()[0]  # noqa: S314 - we wrote it
    assert {suite.get(name) for name in ("tests", "failures", "skipped")} == {"3", "1"}
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.text == "line 1\nline 2"
    assert [each["outcome"] for each in json.loads(files.json.read_text())["results"]] == [
        "passed",
        "failed",
        "not run",
    ]
    page = files.html.read_text()
    assert "it &lt;ends&gt;" in page
    assert "docker run to answering: 0.250 s" in page


def _engine(tmp_path: Path, state: str, logs: str) -> ContainerEngine:
    """Return an engine that knows one container."""
    program = tmp_path / "docker"
    (tmp_path / "state").write_text(f'[{{"State": {state}}}]')
    (tmp_path / "logs").write_text(logs)
    cases = f"container) cat {tmp_path}/state;; logs) cat {tmp_path}/logs;; version) echo '{{}}';;"
    program.write_text(f'#!/bin/sh\ncase "$1" in {cases} *) exit 1;; esac\n')
    program.chmod(0o755)
    return ContainerEngine(str(program), "1")


@pytest.mark.parametrize(
    ("state", "logs", "reason"),
    [
        ('{"Running": false, "ExitCode": 2}', "kafka: error: node.id is many\n", "ended with 2: node.id is many"),
        ('{"Running": false, "ExitCode": 137, "OOMKilled": true}', "INFO\n", "memory limit was reached"),
        ('{"Running": false, "ExitCode": 127, "Error": "no such file"}', "", "no such file"),
        ('{"Running": false, "ExitCode": 1}', "", "said nothing about the cause"),
    ],
)
def test_a_container_that_died_is_told_with_its_reason(tmp_path: Path, state: str, logs: str, reason: str) -> None:
    container = Container(_engine(tmp_path, state, logs), "c")
    with pytest.raises(ImageError, match=reason) as told:
        container.wait_until_logged("never")
    assert (told.value.details or "") == logs.strip()


def test_waiting_ends_with_what_was_waited_for() -> None:
    with pytest.raises(TimeoutError, match="the sky falls: not within 0 s"):
        wait_until(lambda: False, "the sky falls", 0)


def test_an_image_that_is_not_there_ends_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _engine(tmp_path, "{}", "")
    monkeypatch.setenv("PATH", str(tmp_path) + ":/usr/bin:/bin")
    with pytest.raises(ImageError, match="gone:1"):
        check_image(SanitySpec("gone:1"))
