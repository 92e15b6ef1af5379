"""The committed reachability metadata against Kafka's jars: rules, check and explanations."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from kafka_native.distribution import ensure_distribution
from kafka_native.metadata import jars
from kafka_native.metadata.check import check
from kafka_native.metadata.explain import explain
from kafka_native.pins import DEFAULT_KAFKA_VERSION, kafka_versions
from kafka_native.reachability import FILE_NAME, label, versions
from kafka_native.settings import Settings, bundled, load_settings
from kafka_native.toolchain import ensure_toolchain

if TYPE_CHECKING:
    from pathlib import Path

_DERIVED = {
    "rule:plug-ins": "org.apache.kafka.common.security.scram.ScramLoginModule#<init>()",
    "rule:defaults": "org.apache.kafka.server.share.persister.DefaultStatePersister allPublicConstructors",
    "rule:services": "META-INF/services/org.apache.logging.log4j.spi.Provider",
    "rule:gss-mechanisms": "sun.security.jgss.krb5.Krb5MechFactory allPublicConstructors",
    "rule:tools": "org.apache.kafka.tools.TopicCommand#main(java.lang.String[])",
    "rule:options": "java.lang.Boolean#valueOf(java.lang.String)",
    "rule:bundles": '{"bundle": "joptsimple.ExceptionMessages"}',
    "rule:beans": "org.apache.kafka.tools.VerifiableConsumer$CommitData",
    "rule:mbeans": "com.yammer.metrics.reporting.JmxReporter$MeterMBean allPublicMethods",
    "rule:terminals": "java.lang.ProcessBuilder$RedirectPipeImpl#fd",
}


@pytest.fixture
def settings() -> Settings:
    return load_settings()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the default version's metadata, which is used instead of the committed one."""
    folder = tmp_path / "native-image-configs" / DEFAULT_KAFKA_VERSION
    shutil.copytree(bundled("native-image-configs") / DEFAULT_KAFKA_VERSION, folder)
    monkeypatch.setattr(versions, "bundled", tmp_path.joinpath)
    return folder / FILE_NAME


@pytest.mark.parametrize("kafka_version", kafka_versions())
def test_committed_metadata_is_sound(kafka_version: str, settings: Settings) -> None:
    report = check(kafka_version, settings)
    assert report.is_sound, report


def test_each_rule_derives_what_it_is_about(settings: Settings) -> None:
    distribution = ensure_distribution(DEFAULT_KAFKA_VERSION, settings)
    derived = jars.derive(distribution, ensure_toolchain(settings).jdk)
    assert derived.keys() == _DERIVED.keys() == {f"{jars.RULE_PREFIX}{rule}" for rule in jars.RULES}
    for rule, expected in _DERIVED.items():
        assert expected in {label(fact) for fact in derived[rule].facts}


def test_an_entry_that_was_removed_is_told_with_its_name(copied: Path, settings: Settings) -> None:
    lines = copied.read_text(encoding="utf-8").splitlines(keepends=True)
    removed = [line for line in lines if '"java.util.concurrent.Future[]"' not in line]
    assert len(removed) == len(lines) - 1
    copied.write_text("".join(removed), encoding="utf-8")
    report = check(DEFAULT_KAFKA_VERSION, settings)
    assert report.edited
    assert report.lost == ("reflection java.util.concurrent.Future[]",)
    assert not report.is_sound


def test_an_entry_that_names_nothing_is_told(copied: Path, settings: Settings) -> None:
    text = copied.read_text(encoding="utf-8")
    added = '{"type": "java.lang.Object", "methods": [{"name": "toStrings", "parameterTypes": []}]},'
    copied.write_text(text.replace('"reflection": [', f'"reflection": [{added}', 1), encoding="utf-8")
    report = check(DEFAULT_KAFKA_VERSION, settings)
    assert "reflection java.lang.Object#toStrings()" in report.nonexistent
    assert report.edited


def test_an_entry_is_explained_by_the_tests_that_reached_it_and_the_rules() -> None:
    (found, *_) = explain("ScramLoginModule", DEFAULT_KAFKA_VERSION)
    assert "rule:plug-ins" in found.sources
    assert any("can be named in a property" in each for each in found.reasons)
