"""The key under which an executable is kept, and the phases that the builder's output tells."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native import pins
from kafka_native.errors import ReachabilityMetadataError, SettingsError
from kafka_native.native import BuildSpec
from kafka_native.native.executable import BuildInputs, resolve_inputs
from kafka_native.native.options import kafka_options, options_revision
from kafka_native.native.progress import BuilderProgress

if TYPE_CHECKING:
    from pathlib import Path

_INPUTS = BuildInputs("4.3.1", "jars", "launcher", "substitutions", "metadata", "toolchain", "options")


def test_the_key_is_stable() -> None:
    """Cached executables are found by it, so a change of this value throws every user's cache away."""
    assert _INPUTS.key == "c5b3cc8e0cddba45c74871cbc94ab4778479999c1126104a94d1c0f29b506b6c"


@pytest.mark.parametrize("name", [field.name for field in fields(BuildInputs)])
def test_the_key_changes_with_each_input(name: str) -> None:
    changed: dict[str, Any] = {name: "another"}
    assert replace(_INPUTS, **changed).key != _INPUTS.key


def test_inputs_that_swap_their_values_are_told_apart() -> None:
    assert replace(_INPUTS, distribution="launcher", launcher="jars").key != _INPUTS.key


def _key(spec: BuildSpec, toolchain: str = "one") -> str:
    return resolve_inputs(spec, toolchain, options_revision(spec)).key


def test_what_the_user_chooses_is_part_of_the_key() -> None:
    specs = [
        BuildSpec(),
        BuildSpec(optimize="quick"),
        BuildSpec(optimize="speed"),
        BuildSpec(march="native"),
        BuildSpec(march="x86-64-v3"),
        BuildSpec(tracing=True),
    ]
    assert len({_key(spec) for spec in specs}) == len(specs)
    assert _key(BuildSpec()) == _key(BuildSpec()) != _key(BuildSpec(), "two")


def test_an_unknown_version_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"Kafka 9\.9\.9 is not among the pinned versions: 4\.3\.1, "):
        _key(BuildSpec(kafka_version="9.9.9"))


def test_a_version_without_reachability_metadata_is_refused(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs/kafka_2.13-9.9.9.jar").touch()
    with pytest.raises(ReachabilityMetadataError, match=r"no reachability metadata for Kafka 9\.9\.9, only for: .*4"):
        _key(BuildSpec(kafka_dir=tmp_path))
    assert _key(BuildSpec(kafka_dir=tmp_path, tracing=True))


def _options(spec: BuildSpec, folder: Path) -> Any:
    version = pins.DEFAULT_KAFKA_VERSION
    return kafka_options(
        spec, main_class="M", class_path=(), output=folder / "kafka", build_id="id", kafka_version=version
    )


def test_tracing_replaces_the_reachability_metadata_by_a_recorder(tmp_path: Path) -> None:
    usual, tracing = (_options(BuildSpec(tracing=each), tmp_path) for each in (False, True))
    assert [folder.name for folder in usual.metadata_folders] == [pins.DEFAULT_KAFKA_VERSION]
    assert tracing.metadata_folders == ()
    added = set(tracing.hosted) - set(usual.hosted)
    assert {option.partition("=")[0] for option in added} == {"+MetadataTracingSupport", "Preserve"}
    assert "package=org.apache.kafka.*" in next(option for option in added if option.startswith("Preserve="))


_OUTPUT = """\
Warning: Option 'BuildOutputColorful' is deprecated and might be removed in a future release.
========================================================================================================================
GraalVM Native Image: Generating 'kafka' (executable)...
========================================================================================================================
[1/8] Initializing...                                                                                   (11.7s @ 0.22GB)
 Java version: 25.0.3+9-LTS, vendor version: kafka-native 25.0.2
Build resources:
 - 15.73GB of memory (62.2% of system memory, unknown)
[2/8] Performing analysis...  [******]                                                                 (107.2s @ 3.39GB)
   22,291 types,  37,115 fields, and 111,861 methods found reachable
[3/8] Building universe...                                                                              (15.1s @ 3.19GB)
[4/8] Parsing methods...      [***]                                                                      (7.8s @ 2.99GB)
[5/8] Inlining methods...     [*****]                                                                    (5.1s @ 6.62GB)
[6/8] Compiling methods...    [*********]                                                               (81.2s @ 4.49GB)
[7/8] Laying out methods...   [****]                                                                    (12.7s @ 4.02GB)
[8/8] Creating image...       [***]                                                                      (9.1s @ 5.80GB)
                        19.9s (7.8% of total time) in 38 GCs | Peak RSS: 9.07GB | CPU load: 1.81
Finished generating 'kafka' in 4m 14s.
"""


class _Step:
    def __init__(self) -> None:
        self.details: list[str] = []
        self.done: list[float] = []

    def update(self, detail: str) -> None:
        self.details.append(detail)

    def advance(self, done: float, total: float, unit: str) -> None:
        assert (total, unit) == (8, "phases")
        self.done.append(done)


def test_the_builders_own_output_tells_the_phases() -> None:
    step = _Step()
    progress = BuilderProgress(step)
    for line in _OUTPUT.splitlines():
        progress.line(line)
    assert step.done == [1, 2, 3, 4, 5, 6, 7, 8]
    assert step.details[0] == "1/8 initializing"
    assert step.details[2] == "performing analysis took 107.2 s with 3.39GB; 3/8 building universe"
    assert step.details[-1] == "laying out methods took 12.7 s with 4.02GB; 8/8 creating image"
    assert progress.phases == {
        "initializing": 11.7,
        "performing analysis": 107.2,
        "building universe": 15.1,
        "parsing methods": 7.8,
        "inlining methods": 5.1,
        "compiling methods": 81.2,
        "laying out methods": 12.7,
        "creating image": 9.1,
    }


def test_a_phase_that_failed_tells_no_time() -> None:
    step = _Step()
    progress = BuilderProgress(step)
    progress.line("[2/8] Performing analysis...  [**]")
    assert progress.phases == {}
    assert step.details == ["1/8 initializing", "3/8 building universe"]
