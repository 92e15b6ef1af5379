"""What `build` and `up` say of plug-ins before anything is compiled, what instances remember, and traced scenarios."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import kafka_native
from kafka_native.distribution import ensure_distribution
from kafka_native.metadata.scenario import record_scenario
from kafka_native.native import BuildSpec, ensure_jvm_command, with_plug_ins
from kafka_native.pins import DEFAULT_KAFKA_VERSION
from kafka_native.plugins import PlugInSpec, resolve_plug_ins
from kafka_native.reachability import FILE_NAME, load_reachability_metadata
from kafka_native.settings import load_settings

from .sample_jar import compile_sources, contents, write_jar

if TYPE_CHECKING:
    from kafka_native.broker import NodeSpec

pytestmark = pytest.mark.timeout(3600)  # starts take long on a busy machine, and natively the last test may build

_EXPECTED = {
    "java.security.Provider": "sample.SampleProvider",
    "javax.security.auth.spi.LoginModule": "sample.SampleLoginModule",
    "log4j2 plug-in": "sample.SampleAppender",
    "org.apache.kafka.clients.consumer.ConsumerPartitionAssignor": "sample.SampleAssignor",
    "org.apache.kafka.common.MessageFormatter": "sample.SampleFormatter",
    "org.apache.kafka.common.config.provider.ConfigProvider": "sample.SampleConfigProvider",
    "org.apache.kafka.common.metrics.MetricsReporter": "sample.SampleReporter",
    "org.apache.kafka.common.replica.ReplicaSelector": "sample.SampleSelector",
    "org.apache.kafka.common.security.auth.AuthenticateCallbackHandler": "sample.SampleCallbackHandler",
    "org.apache.kafka.common.security.auth.KafkaPrincipalBuilder": "sample.SamplePrincipalBuilder",
    "org.apache.kafka.common.security.auth.SecurityProviderCreator": "sample.SampleProviderCreator",
    "org.apache.kafka.common.security.auth.SslEngineFactory": "sample.SampleEngineFactory",
    "org.apache.kafka.server.authorizer.Authorizer": "sample.SampleAuthorizer",
    "org.apache.kafka.server.log.remote.storage.RemoteLogMetadataManager": "sample.SampleRemoteMetadata",
    "org.apache.kafka.server.log.remote.storage.RemoteStorageManager": "sample.SampleStorage",
    "org.apache.kafka.server.policy.AlterConfigPolicy": "sample.SampleConfigPolicy",
    "org.apache.kafka.server.policy.CreateTopicPolicy": "sample.SampleTopicPolicy",
    "org.apache.kafka.server.quota.ClientQuotaCallback": "sample.SampleQuotas",
    "org.apache.kafka.server.telemetry.ClientTelemetry": "sample.SampleReporter",
    "sample.SampleReporter$Greeter": "sample.PoliteGreeter",
}


@dataclass(frozen=True)
class _Command:
    """`kafka-native` as a process of its own, with instances of a test's own."""

    folder: Path

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        own = {"PYTHONPATH": str(Path(kafka_native.__file__).parent.parent), "NATIVE_KAFKA_DATA_DIR": str(self.folder)}
        environment = {name: value for name, value in os.environ.items() if name != "NATIVE_KAFKA_EXECUTABLE"} | own
        argv = [sys.executable, "-m", "kafka_native", *map(str, arguments)]
        return subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, timeout=900)

    def json(self, *arguments: str | Path) -> Any:
        """Run it, see it succeed, and return its output."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def command(tmp_path: Path, pytestconfig: pytest.Config) -> _Command:
    """Return the command; these tests compile nothing natively, so they run once."""
    if pytestconfig.option.engine != "jvm":
        pytest.skip("runs with --engine jvm")
    return _Command(tmp_path / "data")


def test_a_dry_run_tells_every_plug_in(command: _Command, sample_jar: Path) -> None:
    report = command.json("build", "--jar", sample_jar, "--dry-run")
    found = {(each["type"], each["name"]) for each in report["plug_ins"]}
    assert set(_EXPECTED.items()) <= found
    assert [jar["name"] for jar in report["jars"]] == [sample_jar.name]
    assert report["warnings"] == []


def _unlinked_jar(folder: Path) -> Path:
    """Return a jar with an authorizer whose superclass is missing."""
    base, mine = folder / "Base.java", folder / "Mine.java"
    base.write_text("package gone; public class Base {}", encoding="utf-8")
    mine.write_text(
        "package left; public class Mine extends gone.Base implements org.apache.kafka.common.Configurable,"
        " org.apache.kafka.server.policy.CreateTopicPolicy { public void validate(RequestMetadata request) {}"
        " public void configure(java.util.Map<String, ?> configs) {} public void close() {} }",
        encoding="utf-8",
    )
    files = contents(compile_sources([base, mine], folder / "classes", load_settings()))
    return write_jar(folder / "unlinked.jar", {name: data for name, data in files.items() if "gone" not in name})


def test_a_class_that_does_not_link_is_named_with_what_is_missing(command: _Command, tmp_path: Path) -> None:
    done = command.run("build", "--jar", _unlinked_jar(tmp_path))
    assert done.returncode == 2
    assert "left.Mine in" in done.stderr
    assert "it needs gone.Base, which is missing" in done.stderr
    assert "native executable" not in done.stderr  # nothing was compiled


def test_an_instance_keeps_its_plug_ins(command: _Command, sample_jar: Path, tmp_path: Path) -> None:
    options = (
        "--engine",
        "jvm",
        "--detach",
        "--port",
        "0",
        "--start-timeout",
        "200",
        f"--java-option=-Dsample.marks={tmp_path / 'marks'}",
    )
    reporter = ("--property", "metric.reporters=sample.SampleReporter")
    up = ("up", "plugins-kept", *options, *reporter)
    try:
        first = command.json(*up, "--jar", sample_jar)
        assert first["plug_ins"] == [f"--jar {sample_jar}"]
        other = command.run(*up, "--preset", "prometheus")
        assert other.returncode == 2
        assert "but with plug-ins" in other.stderr
        command.run("down", "plugins-kept")
        (tmp_path / "marks").unlink()
        assert command.json(*up)["plug_ins"] == [f"--jar {sample_jar}"]
        assert "own-type good day" in (tmp_path / "marks").read_text(encoding="utf-8")
        assert f"--jar {sample_jar}" in command.run("status", "plugins-kept").stdout
    finally:
        command.run("down", "plugins-kept", "--delete-data", "--yes")


_SCENARIO = """
set -e
kafka-native up traced --engine jvm --ephemeral --detach --port 0 --start-timeout 200 \
  --property metric.reporters=sample.SampleReporter \
  --java-option=-Dsample.hidden=sample.Hidden --java-option=-Dsample.marks={marks}
"""


def test_a_traced_scenario_finds_what_no_rule_does(command: _Command, sample_jar: Path, tmp_path: Path) -> None:
    del command  # it skips where it should
    settings = load_settings()
    distribution = ensure_distribution(DEFAULT_KAFKA_VERSION, settings)
    plug_ins = resolve_plug_ins(PlugInSpec(jars=(sample_jar,)), distribution, settings)
    script = tmp_path / "scenario.sh"
    script.write_text(_SCENARIO.format(marks=tmp_path / "marks"), encoding="utf-8")
    folder = record_scenario(f"sh {script}", plug_ins, distribution, settings)
    facts = load_reachability_metadata(folder / FILE_NAME).facts
    hidden = [fact for fact in facts if fact.entry.identity == '{"type": "sample.Hidden"}']
    assert any("<init>" in fact.value for fact in hidden)
    assert "hidden found" in (tmp_path / "marks").read_text(encoding="utf-8")


def test_a_scenario_that_fails_is_an_error(command: _Command, sample_jar: Path) -> None:
    done = command.run("build", "--jar", sample_jar, "--trace-with", "sh -c 'echo it went wrong; exit 3'")
    assert done.returncode == 6
    assert "exit code 3" in done.stderr
    assert "it went wrong" in done.stderr


def test_the_launcher_lists_the_plug_ins(plugged: NodeSpec, sample_jar: Path) -> None:
    if plugged.executable:
        argv = [str(plugged.executable)]
    else:
        settings = load_settings()
        spec = with_plug_ins(BuildSpec(), PlugInSpec(jars=(sample_jar,)), settings)
        argv = list(ensure_jvm_command(spec, settings))
    done = subprocess.run([*argv, "--version", "--verbose"], capture_output=True, text=True, check=True)
    assert f"sample.SampleAuthorizer (org.apache.kafka.server.authorizer.Authorizer, {sample_jar.name})" in done.stdout
    assert "plug-ins" not in subprocess.run([*argv, "--version"], capture_output=True, text=True, check=True).stdout
