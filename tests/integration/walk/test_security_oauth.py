"""SASL OAUTHBEARER: unsecured tokens, tokens whose signature is checked, and how clients and brokers get theirs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import confluent_kafka
import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from kafka_native._system.files import write_text
from kafka_native.errors import BrokerError

from .certificates import Authority, rsa_key
from .jwks import AUDIENCE, JWT_BEARER, Issuer, Provider, serving
from .sasl import (
    Listeners,
    authentication_error,
    commit_a_transaction,
    jaas,
    listeners,
    round_trip,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kafka_native.broker import Node

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_TOPICS = "org.apache.kafka.tools.TopicCommand"
_PACKAGE = "org.apache.kafka.common.security.oauthbearer"
_UNSECURED = f"{_PACKAGE}.internals.unsecured"
_LISTENER = "listener.name.sasl.oauthbearer"
_ALLOWED_URLS = "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls="
_ALLOWED_FILES = "-Dorg.apache.kafka.sasl.oauthbearer.allowed.files="
_OAUTH = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER"}
_TOKEN_URL = "sasl.oauthbearer.token.endpoint.url"
_ASSERTION = "sasl.oauthbearer.assertion"
_STRICT = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS;User:alice;User:broker",
}
"""Only who is `alice` or `broker` by its token may do anything, and who comes over a listener without SASL."""


def _listeners() -> Listeners:
    return listeners({"SASL": "SASL_PLAINTEXT", "PLAINTEXT": "PLAINTEXT"})


def _start(start: StartNode, found: Listeners, *options: str, **properties: str) -> Node:
    own = {"sasl.enabled.mechanisms": "OAUTHBEARER"} | _STRICT | properties
    return start(ephemeral=True, java_options=options, properties=found.properties | own)


def _with_token(token: str) -> dict[str, Any]:
    """Return the configuration of a confluent-kafka client that has a token already."""
    return {**_OAUTH, "oauth_cb": lambda _: (token, time.time() + 300)}


def _unsecured(principal: str) -> dict[str, Any]:
    made = {
        "enable.sasl.oauthbearer.unsecure.jwt": True,
        "sasl.oauthbearer.config": f"principal={principal} scope=walk",
    }
    return _OAUTH | made


@pytest.mark.feature("Security", "SASL OAUTHBEARER with unsecured tokens")
def test_an_unsecured_token_tells_who_the_client_is(start: StartNode, tools: JavaTools, topic: str) -> None:
    found = _listeners()
    handler = {
        f"{_LISTENER}.sasl.server.callback.handler.class": f"{_UNSECURED}.OAuthBearerUnsecuredValidatorCallbackHandler"
    }
    module = jaas("OAUTHBEARER", unsecuredValidatorRequiredScope="walk", unsecuredLoginStringClaim_sub="broker")
    _start(start, found, **handler, **{f"{_LISTENER}.sasl.jaas.config": module})

    round_trip(found["SASL"], topic, _unsecured("alice"))

    with pytest.raises(confluent_kafka.KafkaException) as refusal:
        round_trip(found["SASL"], f"{topic}-2", _unsecured("mallory"))
    assert refusal.value.args[0].code() == confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED
    java = jaas("OAUTHBEARER", unsecuredLoginStringClaim_sub="alice", unsecuredLoginListClaim_scope=" walk")
    assert topic in _list_topics(tools, found["SASL"], {"sasl.jaas.config": java})


@pytest.mark.feature("Security", "SASL OAUTHBEARER with unsecured tokens")
def test_an_unsecured_token_without_the_required_scope_is_refused(start: StartNode) -> None:
    found = _listeners()
    module = jaas("OAUTHBEARER", unsecuredValidatorRequiredScope="other", unsecuredLoginStringClaim_sub="broker")
    _start(start, found, **{f"{_LISTENER}.sasl.jaas.config": module})

    assert "insufficient_scope" in authentication_error(found["SASL"], _unsecured("alice"))


def _list_topics(tools: JavaTools, servers: str, login: dict[str, str], *options: str) -> str:
    config = tools.config("oauth.properties", _OAUTH | login)
    return tools.must(_TOPICS, "--bootstrap-server", servers, "--list", "--command-config", config, options=options)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return who vouches for the provider's certificate."""
    return Authority(tmp_path)


@pytest.fixture
def provider(authority: Authority) -> Iterator[Provider]:
    """Serve keys and tokens."""
    with serving(Issuer(), authority) as found:
        yield found


def _module(authority: Authority, **more: str) -> str:
    """Return the login module; its options also tell which certificates the provider may have."""
    trust = authority.pem().as_trust_store()
    # The options of a module are names of any kind, such as ssl.truststore.location.
    return jaas("OAUTHBEARER", **trust, **more)


def _validation(issuer: Issuer, keys_url: str) -> dict[str, str]:
    return {
        f"{_LISTENER}.sasl.server.callback.handler.class": f"{_PACKAGE}.OAuthBearerValidatorCallbackHandler",
        "sasl.oauthbearer.jwks.endpoint.url": keys_url,
        "sasl.oauthbearer.jwks.endpoint.refresh.ms": "1000",
        "sasl.oauthbearer.expected.issuer": issuer.name,
        "sasl.oauthbearer.expected.audience": AUDIENCE,
        "sasl.oauthbearer.clock.skew.seconds": "0",
    }


def _start_validating(start: StartNode, found: Listeners, provider: Provider, authority: Authority) -> Node:
    properties = _validation(provider.issuer, provider.keys_url)
    # A broker logs in to each mechanism that it serves, and with any option there must be somebody to log in.
    module = {f"{_LISTENER}.sasl.jaas.config": _module(authority, unsecuredLoginStringClaim_sub="broker")}
    return _start(start, found, f"{_ALLOWED_URLS}{provider.keys_url}", **properties, **module)


@pytest.mark.feature("Security", "SASL OAUTHBEARER with keys over HTTPS")
def test_a_signed_token_tells_who_the_client_is(
    start: StartNode, provider: Provider, authority: Authority, topic: str
) -> None:
    found = _listeners()
    _start_validating(start, found, provider, authority)

    round_trip(found["SASL"], topic, _with_token(provider.issuer.token("alice")))

    with pytest.raises(confluent_kafka.KafkaException) as refusal:
        round_trip(found["SASL"], f"{topic}-2", _with_token(provider.issuer.token("mallory")))
    assert refusal.value.args[0].code() == confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED


@pytest.mark.feature("Security", "SASL OAUTHBEARER with keys over HTTPS")
def test_tokens_that_are_not_what_the_broker_expects_are_refused(
    start: StartNode, provider: Provider, authority: Authority
) -> None:
    found, issuer, now = _listeners(), provider.issuer, int(time.time())
    node = _start_validating(start, found, provider, authority)
    forged = Issuer(key_id=issuer.key_id).token("alice")
    reasons = {
        forged: "Invalid JWS Signature",
        issuer.token("alice", iat=now - 20, exp=now - 10): "The JWT is no longer valid",
        issuer.token("alice", aud="another"): "doesn't contain an acceptable identifier",
        issuer.token("alice", iss="https://another.test"): "doesn't match expected value",
    }

    for token, reason in reasons.items():
        assert "invalid_token" in authentication_error(found["SASL"], _with_token(token)), reason
        assert reason in node.log_file.read_text(encoding="utf-8")


@pytest.mark.feature("Security", "SASL OAUTHBEARER with keys over HTTPS")
def test_the_broker_learns_a_new_key_of_the_issuer(
    start: StartNode, provider: Provider, authority: Authority, topic: str
) -> None:
    found = _listeners()
    _start_validating(start, found, provider, authority)
    before = _with_token(provider.issuer.token("alice"))
    round_trip(found["SASL"], f"{topic}-1", before)

    provider.issuer.change_key()

    # A client that is refused tries again, until the keys have been read anew.
    round_trip(found["SASL"], f"{topic}-2", _with_token(provider.issuer.token("alice")))
    assert "invalid_token" in authentication_error(found["SASL"], before)


@pytest.mark.feature("Security", "SASL OAUTHBEARER with keys over HTTPS")
def test_keys_are_only_read_from_urls_that_are_allowed(
    start: StartNode, provider: Provider, authority: Authority
) -> None:
    properties = _validation(provider.issuer, provider.keys_url)
    module = {f"{_LISTENER}.sasl.jaas.config": _module(authority)}

    with pytest.raises(BrokerError) as failure:
        _start(start, _listeners(), f"{_ALLOWED_URLS}https://localhost/other", **properties, **module)

    assert "allowed.urls" in f"{failure.value.message}{failure.value.details}"


@pytest.mark.feature("Security", "SASL OAUTHBEARER with keys in a file")
def test_keys_come_from_a_file(start: StartNode, tmp_path: Path, topic: str) -> None:
    found, issuer = _listeners(), Issuer()
    file = tmp_path / "keys.json"
    write_text(file, issuer.key_set())
    validator = {"sasl.oauthbearer.jwt.validator.class": f"{_PACKAGE}.BrokerJwtValidator"}
    module = {f"{_LISTENER}.sasl.jaas.config": jaas("OAUTHBEARER")}
    properties = _validation(issuer, file.as_uri()) | validator | module
    _start(start, found, f"{_ALLOWED_URLS}{file.as_uri()}", **properties)

    round_trip(found["SASL"], topic, _with_token(issuer.token("alice")))

    forged = Issuer(key_id=issuer.key_id).token("alice")
    assert "invalid_token" in authentication_error(found["SASL"], _with_token(forged))


@pytest.mark.feature("Security", "SASL OAUTHBEARER with client credentials")
def test_a_client_gets_its_token_for_its_secret(
    start: StartNode, tools: JavaTools, provider: Provider, authority: Authority, topic: str
) -> None:
    found = _listeners()
    _start_validating(start, found, provider, authority)
    round_trip(found["SASL"], topic, _with_token(provider.issuer.token("alice")))
    provider.secrets["alice"] = "alice-secret"
    login = {
        "sasl.login.callback.handler.class": f"{_PACKAGE}.OAuthBearerLoginCallbackHandler",
        _TOKEN_URL: provider.token_url,
        "sasl.jaas.config": _module(authority, clientId="alice", clientSecret="alice-secret", scope="walk"),
    }

    assert topic in _list_topics(tools, found["SASL"], login, f"{_ALLOWED_URLS}{provider.token_url}")

    assert provider.grants == [("client_credentials", "alice")]


def _start_inter_broker(
    start: StartNode, provider: Provider, authority: Authority, *options: str, **login: str
) -> Listeners:
    """Start a node that logs in to itself with a token; what a transaction commits goes over that listener."""
    found = _listeners()
    properties = _validation(provider.issuer, provider.keys_url) | {
        "inter.broker.listener.name": "SASL",
        "sasl.mechanism.inter.broker.protocol": "OAUTHBEARER",
        f"{_LISTENER}.sasl.login.callback.handler.class": f"{_PACKAGE}.OAuthBearerLoginCallbackHandler",
        _TOKEN_URL: provider.token_url,
        f"{_LISTENER}.sasl.jaas.config": _module(authority),
    }
    allowed = f"{_ALLOWED_URLS}{provider.keys_url},{login.get(_TOKEN_URL, provider.token_url)}"
    _start(start, found, allowed, *options, **properties | login)
    return found


@pytest.mark.feature("Security", "SASL OAUTHBEARER between brokers")
def test_a_broker_gets_its_token_for_its_secret(
    start: StartNode, provider: Provider, authority: Authority, topic: str
) -> None:
    provider.secrets["broker"] = "broker-secret"
    credentials = "sasl.oauthbearer.client.credentials.client"
    login = {f"{credentials}.id": "broker", f"{credentials}.secret": "broker-secret"}
    found = _start_inter_broker(start, provider, authority, **login)

    commit_a_transaction(found["SASL"], topic, _with_token(provider.issuer.token("alice")))

    assert ("client_credentials", "broker") in provider.grants


@pytest.mark.feature("Security", "SASL OAUTHBEARER between brokers")
def test_a_broker_reads_its_token_from_a_file(
    start: StartNode, provider: Provider, authority: Authority, tmp_path: Path, topic: str
) -> None:
    file = tmp_path / "token.jwt"
    write_text(file, provider.issuer.token("broker"), mode=0o600)
    found = _start_inter_broker(start, provider, authority, **{_TOKEN_URL: file.as_uri()})

    commit_a_transaction(found["SASL"], topic, _with_token(provider.issuer.token("alice")))

    assert provider.grants == []


@pytest.mark.feature("Security", "SASL OAUTHBEARER with signed assertions")
@pytest.mark.parametrize(("grant", "passphrase"), [(JWT_BEARER, "key-secret"), ("client_assertion", None)])
def test_a_broker_gets_its_token_for_an_assertion_that_it_signs(
    start: StartNode, provider: Provider, authority: Authority, topic: str, *, grant: str, passphrase: str | None
) -> None:
    key, file = rsa_key(), authority.folder / "assertion.pem"
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    write_text(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode(), mode=0o600)
    provider.assertion_key = key.public_key()
    login = _assertion(grant, file) | ({f"{_ASSERTION}.private.key.passphrase": passphrase} if passphrase else {})
    found = _start_inter_broker(start, provider, authority, f"{_ALLOWED_FILES}{file}", **login)

    commit_a_transaction(found["SASL"], topic, _with_token(provider.issuer.token("alice")))

    assert (grant, "broker") in provider.grants


def _assertion(grant: str, key: Path) -> dict[str, str]:
    retriever = "JwtBearerJwtRetriever" if grant == JWT_BEARER else "ClientCredentialsJwtRetriever"
    return {
        "sasl.oauthbearer.jwt.retriever.class": f"{_PACKAGE}.{retriever}",
        "sasl.oauthbearer.client.credentials.client.id": "broker",
        f"{_ASSERTION}.private.key.file": str(key),
        f"{_ASSERTION}.claim.iss": "broker",
        f"{_ASSERTION}.claim.sub": "broker",
        f"{_ASSERTION}.claim.aud": "provider",
    }
