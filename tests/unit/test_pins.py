"""The lock files that are committed, and the loader's refusals."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from kafka_native import pins
from kafka_native.errors import SettingsError

ROW: dict[str, Any] = {
    "group": "org.apache.kafka",
    "artifact": "kafka_2.13",
    "version": "4.3.1",
    "sha256": "0" * 64,
    "size_bytes": 10,
    "license": "Apache-2.0",
}


def test_the_default_version_comes_first_and_then_the_newest() -> None:
    versions = pins.kafka_versions()
    assert versions[0] == pins.DEFAULT_KAFKA_VERSION
    assert {"4.3.0", "4.3.1", "4.4.0"} <= set(versions)
    numbers = [[int(part) for part in each.split(".")] for each in versions[1:]]
    assert numbers == sorted(numbers, reverse=True)


@pytest.mark.parametrize("version", pins.kafka_versions())
def test_each_kafka_lock_has_a_broker_and_one_log4j_binding(version: str) -> None:
    lock = pins.load_kafka_lock(version)
    by_name = {each.artifact: each for each in lock if not each.classifier}
    assert by_name["kafka_2.13"].version == version
    log4j = {each.version for each in lock if each.group == "org.apache.logging.log4j"}
    assert len(log4j) == 1
    assert {"log4j-core", "log4j-api", "log4j-1.2-api", "log4j-slf4j-impl"} <= by_name.keys()
    assert by_name["slf4j-api"].version.startswith("1.")
    assert {"jackson-dataformat-yaml", "snakeyaml", "zstd-jni", "lz4-java"} <= by_name.keys()


@pytest.mark.parametrize("version", pins.kafka_versions())
def test_each_kafka_lock_has_kafkas_own_tiered_storage_and_nothing_else_of_its_tests(version: str) -> None:
    lock = pins.load_kafka_lock(version)
    classified = {each.name for each in lock if each.classifier}
    assert len(classified) == 1
    assert classified <= {f"org.apache.kafka:kafka-storage:{each}" for each in ("test", "test-fixtures")}
    assert not {"junit-jupiter-api", "mockito-core"} & {each.artifact for each in lock}


def test_the_builder_lock_has_the_compiler_that_goes_on_the_upgrade_module_path() -> None:
    names = {each.file_name for each in pins.load_lock("graalvm-25.0.2")}
    assert {"svm-25.0.2.jar", "compiler-25.0.2.jar", "pointsto-25.0.2.jar"} <= names


def test_an_artifact_knows_its_place_in_a_repository() -> None:
    artifact = pins.PinnedArtifact(**ROW)
    assert artifact.file_name == "kafka_2.13-4.3.1.jar"
    assert artifact.path == "org/apache/kafka/kafka_2.13/4.3.1/kafka_2.13-4.3.1.jar"


def test_an_artifact_with_a_classifier_is_another_jar_than_the_artifact_itself() -> None:
    classified = pins.PinnedArtifact(**ROW, classifier="test")
    assert classified.file_name == "kafka_2.13-4.3.1-test.jar"
    assert classified.path == "org/apache/kafka/kafka_2.13/4.3.1/kafka_2.13-4.3.1-test.jar"
    lock = pins.parse_lock(json.dumps([ROW, {**ROW, "classifier": "test"}]), "kafka-0.0.0.json")
    assert lock == (pins.PinnedArtifact(**ROW), classified)
    assert [each.name for each in lock] == ["org.apache.kafka:kafka_2.13", "org.apache.kafka:kafka_2.13:test"]


def test_an_unknown_kafka_version_is_told_which_there_are() -> None:
    with pytest.raises(SettingsError, match=r"Kafka 3\.9\.0 is not among .*: 4\.3\.1, ") as caught:
        pins.load_kafka_lock("3.9.0")
    assert "scripts/update_pins.py" in (caught.value.hint or "")


def test_an_unknown_lock_is_refused() -> None:
    with pytest.raises(SettingsError, match="no lock file graalvm-1"):
        pins.load_lock("graalvm-1")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([{**ROW, "sha256": "0" * 63}], "row 1 (kafka_2.13) has no SHA-256"),
        ([{**ROW, "sha256": "A" * 64}], "row 1 (kafka_2.13) has no SHA-256"),
        ([{**ROW, "sha256": None}], "row 1 has an empty field"),
        ([{key: ROW[key] for key in ROW if key != "sha256"}], "row 1 must have exactly the fields"),
        ([{**ROW, "more": 1}], "row 1 must have exactly the fields"),
        ([{**ROW, "license": ""}], "row 1 has an empty field"),
        ([{**ROW, "size_bytes": 0}], "row 1 (kafka_2.13) has no size"),
        ([{**ROW, "size_bytes": True}], "row 1 (kafka_2.13) has no size"),
        ([ROW, {**ROW, "version": "4.3.0"}], "org.apache.kafka:kafka_2.13 is there more than once"),
        (
            [{**ROW, "classifier": "test"}, {**ROW, "classifier": "test", "version": "4.3.0"}],
            "org.apache.kafka:kafka_2.13:test is there more than once",
        ),
        ([{**ROW, "classifier": ""}], "row 1 has an empty field"),
        (["text"], "row 1 must have exactly the fields"),
        ([], "it is not a list of artifacts"),
        ({}, "it is not a list of artifacts"),
    ],
)
def test_a_lock_that_cannot_be_trusted_is_refused(rows: object, reason: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(reason)):
        pins.parse_lock(json.dumps(rows), "kafka-0.0.0.json")


def test_a_lock_that_is_no_json_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"kafka-0\.0\.0\.json cannot be used: Expecting value: line 1"):
        pins.parse_lock("<html>", "kafka-0.0.0.json")
