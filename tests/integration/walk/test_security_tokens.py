"""Delegation tokens: they stand for who made them, can be renewed, and end when they are told to, or by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..waiting import wait_until
from .delegation_tokens import DelegationToken, TokenCommand
from .sasl import Listeners, Login, jaas, listeners

if TYPE_CHECKING:
    from ..conftest import StartNode
    from ..java_tools import JavaTools, ToolResult

_TOPICS = "org.apache.kafka.tools.TopicCommand"
_ALICE = Login("PLAIN", "alice", "alice-secret")
_BOB = Login("PLAIN", "bob", "bob-secret")
_PROPERTIES = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS;User:alice",
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
    "listener.name.sasl.plain.sasl.jaas.config": jaas("PLAIN", user_alice=_ALICE.password, user_bob=_BOB.password),
    "listener.name.sasl.scram-sha-256.sasl.jaas.config": jaas("SCRAM-SHA-256"),
    "delegation.token.secret.key": "token-secret",
    "delegation.token.expiry.check.interval.ms": "500",
}


def _start(start: StartNode) -> Listeners:
    found = listeners({"SASL": "SASL_PLAINTEXT", "PLAINTEXT": "PLAINTEXT"})
    start(ephemeral=True, properties=found.properties | _PROPERTIES)
    return found


def _create_topic(tools: JavaTools, servers: str, topic: str, token: DelegationToken) -> ToolResult:
    config = tools.config("token.properties", token.java())
    create = ("--create", "--topic", topic, "--command-config", config)
    return tools.run(_TOPICS, "--bootstrap-server", servers, *create)


@pytest.mark.feature("Security", "Delegation tokens")
def test_a_token_stands_for_its_owner_until_it_is_expired(start: StartNode, tools: JavaTools, topic: str) -> None:
    servers = _start(start)["SASL"]
    alice = TokenCommand(tools, servers, _ALICE)
    token = alice.create()
    wait_until(lambda: token.token_id in alice.describe("alice"), "the token is listed")

    allowed = _create_topic(tools, servers, topic, token)
    assert allowed.exit_code == 0, allowed.errors

    alice.must("--renew", "--renew-time-period", "-1", "--hmac", token.hmac)
    alice.must("--expire", "--expiry-time-period", "-1", "--hmac", token.hmac)
    refused = _create_topic(tools, servers, f"{topic}-2", token)
    assert "Authentication failed" in f"{refused.output}{refused.errors}"
    wait_until(lambda: token.token_id not in alice.describe("alice"), "the token is listed no more")


@pytest.mark.feature("Security", "Delegation tokens")
def test_a_token_may_do_no_more_than_its_owner_and_is_nothing_to_others(
    start: StartNode, tools: JavaTools, topic: str
) -> None:
    servers = _start(start)["SASL"]
    token = TokenCommand(tools, servers, _BOB).create()

    refused = _create_topic(tools, servers, topic, token)
    assert "Authorization failed" in f"{refused.output}{refused.errors}"

    own = TokenCommand(tools, servers, _ALICE).create()
    stranger = TokenCommand(tools, servers, _BOB).run("--renew", "--renew-time-period", "-1", "--hmac", own.hmac)
    assert "DelegationTokenOwnerMismatchException" in f"{stranger.output}{stranger.errors}"


@pytest.mark.feature("Security", "Delegation tokens")
def test_a_token_that_is_too_old_is_removed(start: StartNode, tools: JavaTools) -> None:
    servers = _start(start)["SASL"]
    alice = TokenCommand(tools, servers, _ALICE)
    lasting, short = alice.create(), alice.create(max_lifetime_ms=1000)
    wait_until(lambda: lasting.token_id in alice.describe("alice"), "the token that lasts is listed")

    wait_until(lambda: short.token_id not in alice.describe("alice"), "the token is removed")

    assert lasting.token_id in alice.describe("alice")
