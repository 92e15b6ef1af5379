"""A plug-in for each interface that Kafka loads by name does its work in a running broker.

They lie in `java/sample` and tell what they do in a file (`Marks.java`).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import confluent_kafka
import confluent_kafka.admin as confluent_admin
import pytest

from kafka_native._system.files import write_text
from kafka_native.broker import running

from ..adapters.confluent import LOG
from ..waiting import wait_until
from ..walk.administration import alter_configs, configs, set_configs
from ..walk.certificates import Authority
from ..walk.log_files import ROLL_MS, create_topic, now_ms, produce_segments
from ..walk.sasl import Login, authentication_error, listeners, produce, round_trip
from ..walk.test_client_telemetry import _push, _subscribe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import Node, NodeSpec
    from kafka_native.settings import Settings

pytestmark = pytest.mark.timeout(3600)  # the first test builds the executable

_HOUR_MS = 3_600_000
_LOG_CONFIGURATION = """
Configuration:
  Appenders:
    Console: {name: STDOUT, PatternLayout: {pattern: "[%d] %p %m (%c)%n"}}
    Sample: {name: SAMPLE, greeting: hello}
  Loggers:
    Root: {level: INFO, AppenderRef: [{ref: STDOUT}, {ref: SAMPLE}]}
"""


@dataclass(frozen=True)
class _Sample:
    """A node with all of the plug-ins.

    Args:
        node: The node.
        secure: The address of its listener with TLS and PLAIN.
        authority: Whom its certificate is from.
        marks: What the plug-ins have told.
    """

    node: Node
    secure: str
    authority: Authority
    marks: Path

    @property
    def servers(self) -> str:
        """The address of its listener PLAINTEXT."""
        return self.node.bootstrap_servers

    def login(self, user: str, password: str) -> dict[str, Any]:
        """Return the configuration of a client."""
        return Login("PLAIN", user, password, self.authority.pem().path).librdkafka()

    def told(self) -> list[str]:
        """Return the lines of all plug-ins."""
        return self.marks.read_text(encoding="utf-8").splitlines() if self.marks.exists() else []

    def wait_for(self, line: str) -> None:
        """Wait until a plug-in has told this."""
        wait_until(lambda: line in self.told() or None, f"{line!r} in {self.marks}")


def _properties(folder: Path, authority: Authority) -> dict[str, str]:
    secure = "listener.name.secure."
    stores = authority.issue("CN=broker").pkcs12().as_key_store()
    return {
        "authorizer.class.name": "sample.SampleAuthorizer",
        "principal.builder.class": "sample.SamplePrincipalBuilder",
        "client.quota.callback.class": "sample.SampleQuotas",
        "create.topic.policy.class.name": "sample.SampleTopicPolicy",
        "alter.config.policy.class.name": "sample.SampleConfigPolicy",
        "metric.reporters": "sample.SampleReporter",
        "sample.formatter": "sample.SampleFormatter",
        "sample.assignor": "sample.SampleAssignor",
        "replica.selector.class": "sample.SampleSelector",
        "security.providers": "sample.SampleProviderCreator",
        "config.providers": "sample",
        "config.providers.sample.class": "sample.SampleConfigProvider",
        "num.partitions": "${sample:partitions}",
        "remote.log.storage.system.enable": "true",
        "remote.log.storage.manager.class.name": "sample.SampleStorage",
        "remote.log.metadata.manager.class.name": "sample.SampleRemoteMetadata",
        "remote.log.metadata.manager.listener.name": "PLAINTEXT",
        "rsm.config.dir": str(folder / "remote"),
        "rlmm.config.remote.log.metadata.topic.num.partitions": "2",
        "rlmm.config.remote.log.metadata.topic.replication.factor": "1",
        "remote.log.manager.task.interval.ms": "100",
        "log.retention.check.interval.ms": "50",
        "log.initial.task.delay.ms": "50",
        f"{secure}sasl.enabled.mechanisms": "PLAIN",
        f"{secure}plain.sasl.jaas.config": 'sample.SampleLoginModule required greeting="hello";',
        f"{secure}plain.sasl.server.callback.handler.class": "sample.SampleCallbackHandler",
        f"{secure}ssl.engine.factory.class": "sample.SampleEngineFactory",
    } | {secure + name: value for name, value in stores.items()}


@pytest.fixture(scope="module")
def sample(plugged: NodeSpec, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Sample]:
    """Run one node with all of the plug-ins."""
    folder = tmp_path_factory.mktemp("sample-node")
    authority = Authority(folder)
    write_text(folder / "log4j2.yaml", _LOG_CONFIGURATION)
    found = listeners({"PLAINTEXT": "PLAINTEXT", "SECURE": "SASL_SSL"})
    properties = found.properties | _properties(folder, authority)
    options = (f"-Dsample.marks={folder / 'marks'}", f"-Dlog4j2.configurationFile={folder / 'log4j2.yaml'}")
    spec = replace(plugged, name="plugins-sample", ephemeral=True, properties=properties, java_options=options)
    with running(spec, settings) as node:
        yield _Sample(node, found["SECURE"], authority, folder / "marks")


def test_the_authorizer_denies_and_sees_the_name_from_the_principal_builder(sample: _Sample) -> None:
    login = sample.login("alice", "sesame")
    round_trip(sample.secure, "allowed", login)
    with pytest.raises(confluent_kafka.KafkaException) as refusal:
        produce(sample.secure, "forbidden", login)
    assert refusal.value.args[0].code() == confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert {"authorizer User:sample-alice", "authorizer User:sample-nobody"} <= set(sample.told())


def test_the_login_module_the_callback_handler_and_the_engine_factory_let_clients_in(sample: _Sample) -> None:
    round_trip(sample.secure, "let-in", sample.login("bob", "sesame"))
    assert {"login-module hello", "callback-handler bob", "engine-factory a server's"} <= set(sample.told())
    assert authentication_error(sample.secure, sample.login("bob", "wrong"))


def test_the_quota_callback_is_asked(sample: _Sample) -> None:
    round_trip(sample.servers, "quotas", {})
    assert {"quotas PRODUCE sample-nobody", "quotas FETCH sample-nobody"} <= set(sample.told())


def test_the_policies_refuse_and_the_security_provider_has_its_algorithm(sample: _Sample) -> None:
    admin = confluent_admin.AdminClient({"bootstrap.servers": sample.servers, "logger": LOG})
    [future] = admin.create_topics([confluent_admin.NewTopic("refused", 1, 1)]).values()
    with pytest.raises(confluent_kafka.KafkaException, match="the sample policy refuses refused digested"):
        future.result(30)
    create_topic(sample.servers, "kept", {})
    answer = alter_configs(sample.servers, "TOPIC", "kept", {"retention.ms": "1000"})
    assert "POLICY" in str(answer).upper()
    set_configs(sample.servers, "TOPIC", "kept", {"max.message.bytes": "4321"})


def test_the_config_provider_gives_a_value(sample: _Sample) -> None:
    assert configs(sample.servers, "BROKER", "1")["num.partitions"] == "7"


def test_the_metrics_reporter_sees_metrics_and_takes_telemetry(sample: _Sample) -> None:
    sample.wait_for("reporter socket-server-metrics")
    set_configs(sample.servers, "CLIENT_METRICS", "sample", {"metrics": "*", "interval.ms": "1000"})
    found = _subscribe(sample.servers, "anybody")
    assert _push(sample.servers, "anybody", found.instance, found.number) == 0
    sample.wait_for("telemetry OTLP")


def test_what_the_reporter_names_itself_is_there(sample: _Sample) -> None:
    expected = {"own-type good day", "service loud", "resource a resource"}
    assert expected <= set(sample.told())


def test_what_clients_and_tools_load_is_there(sample: _Sample) -> None:
    assert {"assignor sample-assignor", "formatter topic@7"} <= set(sample.told())


def test_the_replica_selector_is_asked_for_a_consumer_in_a_rack(sample: _Sample) -> None:
    produce(sample.servers, "racks", {})
    config = {"bootstrap.servers": sample.servers, "group.id": "racks", "client.rack": "here", "logger": LOG}
    with closing(confluent_kafka.Consumer({**config, "auto.offset.reset": "earliest"})) as consumer:
        consumer.subscribe(["racks"])
        assert consumer.poll(30) is not None
    sample.wait_for("selector here")


def test_remote_storage_and_its_metadata_are_used(sample: _Sample) -> None:
    tiered = {"remote.storage.enable": "true", "segment.ms": str(ROLL_MS), "file.delete.delay.ms": "0"}
    create_topic(sample.servers, "tiered", tiered | {"local.retention.bytes": "1"})
    produce_segments(
        sample.servers, "tiered", [[(None, b"%d" % number * 1000)] for number in range(3)], first_ms=now_ms() - _HOUR_MS
    )
    sample.wait_for("remote-storage copied tiered")
    sample.wait_for("remote-metadata added tiered")

    def is_local_gone() -> bool:
        return not (sample.node.data_dir / "tiered-0" / f"{0:020}.log").exists()

    wait_until(is_local_gone, "the first segment is only remote")
    config = {"bootstrap.servers": sample.servers, "group.id": "tiered", "auto.offset.reset": "earliest", "logger": LOG}
    with closing(confluent_kafka.Consumer(config)) as consumer:
        consumer.assign([confluent_kafka.TopicPartition("tiered", 0, 0)])
        message = wait_until(lambda: consumer.poll(1), "a record from the remote storage")
    assert message.value() == b"0" * 1000
    sample.wait_for("remote-storage read tiered")


def test_the_appender_is_written_to(sample: _Sample) -> None:
    sample.wait_for("appender SAMPLE hello")
