"""Properties of the broker that take a class, set to every class there is for them on Kafka's own class path.

The tables are complete: a test compares them with the broker's definitions and with what its jars hold. For SASL the
broker is its own first client: it logs in to its controller with the same classes.
"""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kafka_native import native
from kafka_native._system.files import write_text
from kafka_native.pins import DEFAULT_KAFKA_VERSION
from kafka_native.settings import load_settings

from ..waiting import wait_until
from .certificates import Authority, rsa_key
from .jwks import AUDIENCE, Issuer, Provider, serving
from .sasl import jaas, listeners, round_trip
from .tls import confluent_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kafka_native.broker import NodeSpec

    from ..conftest import StartNode

pytestmark = pytest.mark.feature("Configuration", "Class-valued properties")

_PROGRAM = Path(__file__).parent / "java" / "ClassValuedProperties.java"
_TAKES_A_CLASS = re.compile(r"\.class$|\.class\.name$|reporters$|assignors$|providers$")
_COMMON = "org.apache.kafka.common"
_OAUTH = f"{_COMMON}.security.oauthbearer"
_HANDLER = f"{_COMMON}.security.auth.AuthenticateCallbackHandler"
_REMOTE = "org.apache.kafka.server.log.remote"
_SERVER_CALLBACK = "sasl.server.callback.handler.class"
_CLIENT_CALLBACK = "sasl.client.callback.handler.class"
_LOGIN_CALLBACK = "sasl.login.callback.handler.class"
_KEYS_URL = "sasl.oauthbearer.jwks.endpoint.url"
_RETRIEVER = "sasl.oauthbearer.jwt.retriever.class"
_VALIDATOR = "sasl.oauthbearer.jwt.validator.class"
_ALLOWED = "org.apache.kafka.sasl.oauthbearer.allowed"
_USER, _PASSWORD = "walker", "walker-secret"

_INTERFACES = {
    "alter.config.policy.class.name": "org.apache.kafka.server.policy.AlterConfigPolicy",
    "authorizer.class.name": "org.apache.kafka.server.authorizer.Authorizer",
    "client.quota.callback.class": "org.apache.kafka.server.quota.ClientQuotaCallback",
    "config.providers": f"{_COMMON}.config.provider.ConfigProvider",
    "create.topic.policy.class.name": "org.apache.kafka.server.policy.CreateTopicPolicy",
    "group.consumer.assignors": "org.apache.kafka.coordinator.group.api.assignor.ConsumerGroupPartitionAssignor",
    "group.share.assignors": "org.apache.kafka.coordinator.group.api.assignor.ShareGroupPartitionAssignor",
    "group.share.persister.class.name": "org.apache.kafka.server.share.persister.Persister",
    "kafka.metrics.reporters": "kafka.metrics.KafkaMetricsReporter",
    "metric.reporters": f"{_COMMON}.metrics.MetricsReporter",
    "principal.builder.class": f"{_COMMON}.security.auth.KafkaPrincipalBuilder",
    "remote.log.metadata.manager.class.name": f"{_REMOTE}.storage.RemoteLogMetadataManager",
    "remote.log.storage.manager.class.name": f"{_REMOTE}.storage.RemoteStorageManager",
    "replica.selector.class": f"{_COMMON}.replica.ReplicaSelector",
    "sasl.jaas.config": "javax.security.auth.spi.LoginModule",
    _CLIENT_CALLBACK: _HANDLER,
    _LOGIN_CALLBACK: _HANDLER,
    "sasl.login.class": f"{_COMMON}.security.auth.Login",
    _RETRIEVER: f"{_OAUTH}.JwtRetriever",
    _VALIDATOR: f"{_OAUTH}.JwtValidator",
    _SERVER_CALLBACK: _HANDLER,
    "security.providers": f"{_COMMON}.security.auth.SecurityProviderCreator",
    "ssl.engine.factory.class": f"{_COMMON}.security.auth.SslEngineFactory",
}
"""The properties, and what the classes that they take implement. Definitions do not say the latter."""

_SINCE_4_4 = {
    "group.share.dlq.manager.class.name": "org.apache.kafka.server.share.dlq.ShareGroupDLQManager",
    "group.streams.assignors": "org.apache.kafka.coordinator.group.api.streams.assignor.TaskAssignor",
    "group.streams.topology.description.plugin.class": (
        "org.apache.kafka.coordinator.group.api.streams.StreamsGroupTopologyDescriptionPlugin"
    ),
}

_READ_WITH_A_PREFIX_ONLY = {"sasl.jaas.config"}

_NOT_NAMED = {
    f"{_COMMON}.telemetry.internals.ClientTelemetryReporter": "clients make it themselves, for KIP-714",
    "org.apache.kafka.server.quota.ClientQuotaManager$DefaultQuotaCallback": "what there is without the property",
    f"{_REMOTE}.storage.ClassLoaderAwareRemoteStorageManager": "the broker wraps the one that is named in it",
    f"{_REMOTE}.metadata.storage.ClassLoaderAwareRemoteLogMetadataManager": "the broker wraps the named one in it",
    f"{_OAUTH}.internals.secured.HttpJwtRetriever": "has no constructor without arguments; two others delegate to it",
    f"{_COMMON}.security.scram.internals.ScramServerCallbackHandler": "has no constructor without arguments",
    f"{_COMMON}.security.kerberos.KerberosClientCallbackHandler": "needs a KDC; the rows on Kerberos have one",
    f"{_COMMON}.security.scram.ScramLoginModule": "needs users that are in the metadata; the rows on SCRAM have some",
}
"""Implementations that are not tried here, and why."""


@dataclass(frozen=True)
class _Environment:
    """What a case may need.

    Args:
        authority: Signs certificates; files may be written to its folder.
        provider: An OAuth provider that runs.
        assertion_key: The file of the key with which a client may sign what it asks the provider for.
    """

    authority: Authority
    provider: Provider
    assertion_key: Path

    @property
    def folder(self) -> Path:
        """Where files may be written."""
        return self.authority.folder

    def file(self, name: str, text: str) -> str:
        """Write a file and return its URL."""
        write_text(self.folder / name, text, mode=0o600)
        return (self.folder / name).as_uri()


@dataclass(frozen=True)
class _Case:
    """One class as the value of one property.

    Args:
        property: The property.
        value: The name of the class.
        mechanism: The SASL mechanism it has a part in, if any.
        more: What it needs besides.
    """

    property: str
    value: str
    mechanism: str | None = None
    more: Callable[[_Environment], dict[str, str]] = lambda _: {}

    def kind(self) -> str:
        """Return what it is tried with."""
        prefix = self.property.partition(".")[0]
        return prefix if prefix in ("sasl", "ssl") else "broker"

    def __str__(self) -> str:
        return f"{self.property}={self.value.rpartition('.')[2]}"

    def properties(self, environment: _Environment) -> dict[str, str]:
        """Return what is set besides listeners."""
        return {self.property: self.value} | self.more(environment)


def _csv_reports(environment: _Environment) -> dict[str, str]:
    return {
        "kafka.csv.metrics.reporter.enabled": "true",
        "kafka.csv.metrics.dir": str(environment.folder / "csv"),
        "kafka.metrics.polling.interval.secs": "1",
    }


def _pushed_metrics(_: _Environment) -> dict[str, str]:
    return {"metrics.url": "http://127.0.0.1:9/", "metrics.period": "3600"}  # nobody listens there, and it is not asked


def _signed(environment: _Environment) -> dict[str, str]:
    """Return what makes the broker log in with a token from a file, and accept tokens that are signed."""
    return {
        _SERVER_CALLBACK: f"{_OAUTH}.OAuthBearerValidatorCallbackHandler",
        _LOGIN_CALLBACK: f"{_OAUTH}.OAuthBearerLoginCallbackHandler",
        "sasl.oauthbearer.expected.audience": AUDIENCE,
        "sasl.oauthbearer.expected.issuer": environment.provider.issuer.name,
        _KEYS_URL: environment.file("keys.json", environment.provider.issuer.key_set()),
        "sasl.oauthbearer.token.endpoint.url": environment.file("token", environment.provider.issuer.token(_USER)),
    }


def _from_the_endpoint(environment: _Environment) -> dict[str, str]:
    """Return what makes the broker ask an HTTP server for its token."""
    return _signed(environment) | {"sasl.oauthbearer.token.endpoint.url": environment.provider.token_url}


def _with_a_password(environment: _Environment) -> dict[str, str]:
    return _from_the_endpoint(environment) | {
        "sasl.oauthbearer.client.credentials.client.id": _USER,
        "sasl.oauthbearer.client.credentials.client.secret": _PASSWORD,
    }


def _with_an_assertion(environment: _Environment) -> dict[str, str]:
    return _from_the_endpoint(environment) | {
        "sasl.oauthbearer.assertion.private.key.file": str(environment.assertion_key),
        **{f"sasl.oauthbearer.assertion.claim.{claim}": _USER for claim in ("iss", "sub", "aud")},
    }


def _provider(name: str) -> _Case:
    value = f"{_COMMON}.config.provider.{name}"
    return _Case(
        "config.providers", value, more=lambda _: {"config.providers": "it", "config.providers.it.class": value}
    )


_TIERED = {
    "remote.log.storage.manager.class.name": f"{_REMOTE}.storage.LocalTieredStorage",
    "remote.log.metadata.manager.class.name": f"{_REMOTE}.metadata.storage.TopicBasedRemoteLogMetadataManager",
}


def _tiered_storage(environment: _Environment) -> dict[str, str]:
    return _TIERED | {
        "remote.log.storage.system.enable": "true",
        "rsm.config.dir": str(environment.folder),
        "remote.log.metadata.manager.listener.name": "PLAINTEXT",
        "rlmm.config.remote.log.metadata.topic.num.partitions": "1",
        "rlmm.config.remote.log.metadata.topic.replication.factor": "1",
    }


_CASES = (
    _Case(
        "authorizer.class.name",
        "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        more=lambda _: {"super.users": "User:ANONYMOUS"},
    ),
    _provider("EnvVarConfigProvider"),
    _provider("FileConfigProvider"),
    _provider("DirectoryConfigProvider"),
    _Case("group.consumer.assignors", "org.apache.kafka.coordinator.group.assignor.RangeAssignor"),
    _Case("group.consumer.assignors", "org.apache.kafka.coordinator.group.assignor.UniformAssignor"),
    _Case("group.share.assignors", "org.apache.kafka.coordinator.group.assignor.SimpleAssignor"),
    _Case("group.share.dlq.manager.class.name", "org.apache.kafka.server.share.dlq.DefaultShareGroupDLQManager"),
    _Case("group.share.dlq.manager.class.name", "org.apache.kafka.server.share.dlq.NoOpShareGroupDLQManager"),
    _Case("group.share.persister.class.name", "org.apache.kafka.server.share.persister.DefaultStatePersister"),
    _Case("group.share.persister.class.name", "org.apache.kafka.server.share.persister.NoOpStatePersister"),
    _Case("group.streams.assignors", "org.apache.kafka.coordinator.group.streams.assignor.MockAssignor"),
    _Case("group.streams.assignors", "org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor"),
    _Case(
        "group.streams.topology.description.plugin.class",
        "org.apache.kafka.server.streams.InMemoryTopologyDescriptionPlugin",
    ),
    _Case("kafka.metrics.reporters", "kafka.metrics.KafkaCSVMetricsReporter", more=_csv_reports),
    _Case("metric.reporters", f"{_COMMON}.metrics.JmxReporter"),
    _Case("metric.reporters", "org.apache.kafka.tools.PushHttpMetricsReporter", more=_pushed_metrics),
    _Case("principal.builder.class", f"{_COMMON}.security.authenticator.DefaultKafkaPrincipalBuilder"),
    *(_Case(name, value, more=_tiered_storage) for name, value in _TIERED.items()),
    _Case("replica.selector.class", f"{_COMMON}.replica.RackAwareReplicaSelector"),
    _Case("ssl.engine.factory.class", f"{_COMMON}.security.ssl.DefaultSslEngineFactory"),
    _Case("ssl.engine.factory.class", f"{_COMMON}.security.ssl.CommonNameLoggingSslEngineFactory"),
    _Case("sasl.jaas.config", f"{_COMMON}.security.plain.PlainLoginModule", "PLAIN"),
    _Case("sasl.jaas.config", f"{_OAUTH}.OAuthBearerLoginModule", "OAUTHBEARER"),
    _Case("sasl.login.class", f"{_COMMON}.security.authenticator.DefaultLogin", "PLAIN"),
    _Case(
        "sasl.login.class",
        f"{_COMMON}.security.kerberos.KerberosLogin",
        "PLAIN",  # it looks for a ticket, finds none, and leaves it at that
        more=lambda _: {"sasl.kerberos.service.name": "kafka"},
    ),
    _Case("sasl.login.class", f"{_OAUTH}.internals.OAuthBearerRefreshingLogin", "OAUTHBEARER"),
    _Case(_SERVER_CALLBACK, f"{_COMMON}.security.plain.internals.PlainServerCallbackHandler", "PLAIN"),
    _Case(
        _SERVER_CALLBACK, f"{_OAUTH}.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler", "OAUTHBEARER"
    ),
    _Case(_SERVER_CALLBACK, f"{_OAUTH}.OAuthBearerValidatorCallbackHandler", "OAUTHBEARER", _signed),
    _Case(
        _SERVER_CALLBACK,
        f"{_COMMON}.security.authenticator.SaslServerCallbackHandler",
        "GSSAPI",  # nobody logs in with it, which needs a KDC; see the rows on Kerberos
        more=lambda _: {"sasl.kerberos.service.name": "kafka"},
    ),
    _Case(_CLIENT_CALLBACK, f"{_COMMON}.security.authenticator.SaslClientCallbackHandler", "PLAIN"),
    _Case(_CLIENT_CALLBACK, f"{_OAUTH}.internals.OAuthBearerSaslClientCallbackHandler", "OAUTHBEARER"),
    _Case(_LOGIN_CALLBACK, f"{_COMMON}.security.authenticator.AbstractLogin$DefaultLoginCallbackHandler", "PLAIN"),
    _Case(_LOGIN_CALLBACK, f"{_OAUTH}.internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler", "OAUTHBEARER"),
    _Case(_LOGIN_CALLBACK, f"{_OAUTH}.OAuthBearerLoginCallbackHandler", "OAUTHBEARER", _signed),
    _Case(_RETRIEVER, f"{_OAUTH}.DefaultJwtRetriever", "OAUTHBEARER", _with_a_password),
    _Case(_RETRIEVER, f"{_OAUTH}.FileJwtRetriever", "OAUTHBEARER", _signed),
    _Case(_RETRIEVER, f"{_OAUTH}.ClientCredentialsJwtRetriever", "OAUTHBEARER", _with_a_password),
    _Case(_RETRIEVER, f"{_OAUTH}.JwtBearerJwtRetriever", "OAUTHBEARER", _with_an_assertion),
    _Case(_VALIDATOR, f"{_OAUTH}.DefaultJwtValidator", "OAUTHBEARER", _signed),
    _Case(_VALIDATOR, f"{_OAUTH}.BrokerJwtValidator", "OAUTHBEARER", _signed),
    _Case(_VALIDATOR, f"{_OAUTH}.ClientJwtValidator", "OAUTHBEARER", _signed),
)

_KINDS = {
    "test_the_broker_works_with_the_class": "broker",
    "test_tls_works_with_the_class": "ssl",
    "test_sasl_works_with_the_class": "sasl",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test its cases, as far as the Kafka version has the property."""
    if "case" in metafunc.fixturenames:
        kind, known = _KINDS[metafunc.function.__name__], _interfaces(metafunc.config.option.kafka_version)
        cases = [each for each in _CASES if each.kind() == kind and each.property in known]
        metafunc.parametrize("case", cases, ids=str)


def _interfaces(kafka_version: str | None) -> dict[str, str]:
    numbers = [int(each) for each in (kafka_version or DEFAULT_KAFKA_VERSION).split(".")]
    return _INTERFACES | (_SINCE_4_4 if numbers >= [4, 4] else {})


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[_Environment]:
    """Have what certificates and tokens are made with."""
    authority, key = Authority(tmp_path), rsa_key()
    assertion_key = tmp_path / "assertion.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_text(assertion_key, pem.decode(), mode=0o600)
    with serving(Issuer(), authority) as provider:
        provider.secrets[_USER] = _PASSWORD
        provider.assertion_key = key.public_key()
        yield _Environment(authority, provider, assertion_key)


def test_no_property_and_no_class_is_left_out(node_spec: NodeSpec) -> None:
    interfaces = _interfaces(node_spec.kafka_version)
    properties, implementations = _found_in_the_jars(node_spec.kafka_version or DEFAULT_KAFKA_VERSION, interfaces)
    assert properties == interfaces.keys() - _READ_WITH_A_PREFIX_ONLY
    for interface in set(interfaces.values()):
        tried = {case.value for case in _CASES if interfaces.get(case.property) == interface}
        assert implementations.get(interface, set()) - _NOT_NAMED.keys() == tried, interface


def _found_in_the_jars(version: str, interfaces: Mapping[str, str]) -> tuple[set[str], dict[str, set[str]]]:
    command = native.ensure_jvm_command(native.BuildSpec(kafka_version=version), load_settings())
    argv = [*command[:-1], str(_PROGRAM), *sorted(set(interfaces.values()))]
    output = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout
    properties: set[str] = set()
    implementations: dict[str, set[str]] = {}
    for kind, name, what in (line.split(" ")[:3] for line in output.splitlines()):
        if kind == "implementation":
            implementations.setdefault(name, set()).add(what)
        elif what == "CLASS" or _TAKES_A_CLASS.search(name):
            properties.add(name)
    return properties, implementations


def test_the_broker_works_with_the_class(case: _Case, start: StartNode, environment: _Environment) -> None:
    properties = case.properties(environment)
    node = start(properties=properties, ephemeral=True, allow_unknown_properties=True)
    round_trip(node.bootstrap_servers, "walk", {})
    # Providers have done their work before the broker logs its configuration; other tests see what they put in.
    assert case.property == "config.providers" or case.value in node.log_file.read_text()
    reports = properties.get("kafka.csv.metrics.dir")
    if reports:
        wait_until(lambda: any(Path(reports).glob("*.csv")), "metrics are written")


def test_tls_works_with_the_class(case: _Case, start: StartNode, environment: _Environment) -> None:
    authority = environment.authority
    found = listeners({"TLS": "SSL"})
    stores = authority.issue("CN=broker").pkcs12().as_key_store() | authority.pkcs12().as_trust_store()
    common = {"inter.broker.listener.name": "TLS"}
    start(properties=found.properties | common | stores | case.properties(environment), ephemeral=True)
    round_trip(found["TLS"], "walk", confluent_config(found["TLS"], authority))


def test_sasl_works_with_the_class(case: _Case, start: StartNode, environment: _Environment) -> None:
    mechanism = case.mechanism or ""
    # GSSAPI is offered beside PLAIN, and not used.
    used = "PLAIN" if mechanism == "GSSAPI" else mechanism
    found = listeners({"OPEN": "PLAINTEXT", "SASL": "SASL_PLAINTEXT"}, controller="SASL_PLAINTEXT")
    common = {
        "sasl.enabled.mechanisms": ",".join(dict.fromkeys((used, mechanism))),
        "sasl.mechanism.controller.protocol": used,
        "inter.broker.listener.name": "OPEN",
    }
    given = case.properties(environment)
    allowed = ",".join(given[each] for each in given if each.endswith(".url"))
    trust = environment.authority.pem().as_trust_store()
    start(
        properties=found.properties
        | common
        | given
        | _of_listeners({}, used, trust)
        | _of_listeners(given, mechanism, trust),
        java_options=(f"-D{_ALLOWED}.urls={allowed}", f"-D{_ALLOWED}.files={environment.assertion_key}"),
        ephemeral=True,
    )
    round_trip(found["SASL"], "walk", _login(used, environment if _KEYS_URL in given else None))


def _of_listeners(given: Mapping[str, str], mechanism: str, trust: Mapping[str, str]) -> dict[str, str]:
    """Return what stands before a listener and a mechanism: without both the broker does not look at most of it."""
    prefixes = [f"listener.name.{listener}.{mechanism.lower()}." for listener in ("sasl", "controller")]
    users = {"username": _USER, "password": _PASSWORD, f"user_{_USER}": _PASSWORD}
    options = {"unsecuredLoginStringClaim_sub": _USER, **trust} if mechanism == "OAUTHBEARER" else users
    module = {"sasl.jaas.config": jaas("PLAIN" if mechanism == "GSSAPI" else mechanism, **options)}
    return {prefix + name: value for prefix in prefixes for name, value in {**given, **module}.items()}


def _login(mechanism: str, environment: _Environment | None) -> dict[str, Any]:
    """Return how a client logs in; with a token that is signed if there is an issuer."""
    login: dict[str, Any] = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism}
    if mechanism == "PLAIN":
        return login | {"sasl.username": _USER, "sasl.password": _PASSWORD}
    if environment is None:
        return login | {"enable.sasl.oauthbearer.unsecure.jwt": True, "sasl.oauthbearer.config": f"principal={_USER}"}
    return login | {"oauth_cb": lambda _: (environment.provider.issuer.token(_USER), time.time() + 600)}
