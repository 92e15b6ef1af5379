"""The presets do what they are for."""

from __future__ import annotations

import time
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native._system.ports import free_ports
from kafka_native.broker import running
from kafka_native.plugins import load_presets

from ..waiting import wait_until
from ..walk.certificates import Authority
from ..walk.jwks import Issuer, serving
from ..walk.sasl import authentication_error, jaas, listeners, round_trip

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

pytestmark = pytest.mark.timeout(3600)  # the first test builds the executable


def test_prometheus_reads_the_metrics_of_the_broker(plugged: NodeSpec, settings: Settings) -> None:
    [preset] = [each for each in load_presets() if each.name == "prometheus"]
    [port] = free_ports(1)
    own = {"prometheus.metrics.reporter.listener": f"http://127.0.0.1:{port}"}
    spec = replace(plugged, name="plugins-prometheus", ephemeral=True, properties={**preset.properties, **own})
    with running(spec, settings) as node:
        round_trip(node.bootstrap_servers, "measured", {})

        def scrape() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
                return str(answer.read().decode())

        text = wait_until(lambda: found if "measured" in (found := scrape()) else "", "metrics of the topic")
    lines = text.splitlines()
    assert any(line.startswith("kafka_server_socket_server_metrics") for line in lines), "metrics of Kafka's clients"
    assert any(line.startswith("kafka_server_brokertopicmetrics_") and "measured" in line for line in lines), "Yammer's"
    assert any(line.startswith("jvm_") for line in lines), "metrics of the run time"


def test_strimzi_oauth_lets_in_who_has_a_token(plugged: NodeSpec, settings: Settings, tmp_path: Path) -> None:
    found = listeners({"SASL": "SASL_PLAINTEXT", "PLAINTEXT": "PLAINTEXT"})
    authority = Authority(tmp_path)
    name = "listener.name.sasl.oauthbearer"
    package = "io.strimzi.kafka.oauth.server"
    with serving(Issuer(), authority) as provider:
        trust = authority.pem().path
        options = {
            "oauth.jwks.endpoint.uri": provider.keys_url,
            "oauth.valid.issuer.uri": provider.issuer.name,
            "oauth.ssl.truststore.location": str(trust),
            "oauth.ssl.truststore.type": "PEM",
            "oauth.check.access.token.type": "false",
        }
        properties = {
            "sasl.enabled.mechanisms": "OAUTHBEARER",
            f"{name}.sasl.server.callback.handler.class": f"{package}.JaasServerOauthValidatorCallbackHandler",
            f"{name}.sasl.jaas.config": jaas("OAUTHBEARER", unsecuredLoginStringClaim_sub="unused", **options),
            "principal.builder.class": f"{package}.OAuthKafkaPrincipalBuilder",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS;User:alice",
        }
        spec = replace(plugged, name="plugins-oauth", ephemeral=True, properties=found.properties | properties)
        with running(spec, settings):
            round_trip(found["SASL"], "oauth", _with_token(provider.issuer.token("alice")))
            stranger = Issuer()
            assert authentication_error(found["SASL"], _with_token(stranger.token("alice")))
            expired = provider.issuer.token("alice", exp=int(time.time()) - 1000)
            assert authentication_error(found["SASL"], _with_token(expired))


def _with_token(token: str) -> dict[str, Any]:
    login = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "OAUTHBEARER"}
    return {**login, "oauth_cb": lambda _: (token, time.time() + 300)}
