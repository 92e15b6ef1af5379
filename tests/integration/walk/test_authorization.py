"""The StandardAuthorizer: which user may do what, by which rule, and that rules are kept."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import confluent_kafka
import confluent_kafka.admin as confluent_admin
import pytest
from confluent_kafka.admin import AclOperation, AclPermissionType, ResourcePatternType, ResourceType

from kafka_native.broker import running

from ..waiting import wait_until
from .delegation_tokens import TokenCommand
from .sasl import (
    TIMEOUT_SECONDS,
    Listeners,
    Login,
    admin_client,
    commit_a_transaction,
    jaas,
    listeners,
    produce,
    read,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kafka_native.broker import NodeSpec
    from kafka_native.settings import Settings

    from ..conftest import StartNode
    from ..java_tools import JavaTools

_ACLS = "org.apache.kafka.tools.AclCommand"
_ADMIN, _ALICE, _BOB = (Login("PLAIN", name, f"{name}-secret") for name in ("admin", "alice", "bob"))
_PASSWORDS = {f"user_{each.user}": each.password for each in (_ADMIN, _ALICE, _BOB)}
_PROPERTIES = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    # Brokers and controllers are nobody in these tests.
    "super.users": "User:ANONYMOUS;User:admin",
    "sasl.enabled.mechanisms": "PLAIN",
    "listener.name.sasl.plain.sasl.jaas.config": jaas("PLAIN", **_PASSWORDS),
    "delegation.token.secret.key": "token-secret",
}
_REFUSALS = {
    confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED,
    confluent_kafka.KafkaError.GROUP_AUTHORIZATION_FAILED,
    confluent_kafka.KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    confluent_kafka.KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
}


def _listeners() -> Listeners:
    return listeners({"SASL": "SASL_PLAINTEXT", "PLAINTEXT": "PLAINTEXT"})


@pytest.fixture(scope="module")
def servers(node_spec: NodeSpec, settings: Settings) -> Iterator[str]:
    """Run one node for all tests that need no properties of their own, and return its listener with SASL."""
    found = _listeners()
    spec = replace(node_spec, name="authorization", ephemeral=True, properties=found.properties | _PROPERTIES)
    with running(spec, settings):
        yield found["SASL"]


def _may(action: Callable[[], object]) -> bool:
    """Return whether an action is allowed."""
    try:
        action()
    except confluent_kafka.KafkaException as error:
        if error.args[0].code() in _REFUSALS:
            return False
        raise
    return True


def _may_soon(action: Callable[[], object]) -> None:
    """Wait until an action is allowed: a broker applies rules a moment after the controller has them."""
    wait_until(lambda: _may(action), "the action is allowed", TIMEOUT_SECONDS)


def _may_no_longer(action: Callable[[], object]) -> None:
    wait_until(lambda: not _may(action), "the action is refused", TIMEOUT_SECONDS)


def _producing(servers: str, login: Login, topic: str) -> Callable[[], None]:
    return functools.partial(produce, servers, topic, login.librdkafka())


def _creating(servers: str, login: Login, topic: str) -> Callable[[], None]:
    client = admin_client(servers, login.librdkafka())

    def create() -> None:
        client.create_topics([confluent_admin.NewTopic(topic, 1, 1)])[topic].result(TIMEOUT_SECONDS)

    return create


def _topic_rule(name: str, login: Login, operation: str, **changes: Any) -> Any:
    """Return a rule that allows a user something on a topic, unless changes say otherwise."""
    parts = {
        "restype": ResourceType.TOPIC,
        "name": name,
        "resource_pattern_type": ResourcePatternType.LITERAL,
        "principal": f"User:{login.user}",
        "host": "*",
        "operation": AclOperation[operation],
        "permission_type": AclPermissionType.ALLOW,
    }
    return confluent_admin.AclBinding(**parts | changes)


def _add(servers: str, *rules: Any) -> None:
    client = admin_client(servers, _ADMIN.librdkafka())
    for future in client.create_acls(list(rules)).values():
        future.result(TIMEOUT_SECONDS)


def _filter(name: str) -> Any:
    pattern, any_host = ResourcePatternType.ANY, (None, None)
    operation, permission = AclOperation.ANY, AclPermissionType.ANY
    return confluent_admin.AclBindingFilter(ResourceType.TOPIC, name, pattern, *any_host, operation, permission)


@pytest.mark.feature("Authorization", "Rules that allow and deny")
def test_a_user_may_do_what_a_rule_allows_and_none_denies(servers: str, topic: str) -> None:
    _creating(servers, _ADMIN, topic)()
    alice, bob = _producing(servers, _ALICE, topic), _producing(servers, _BOB, topic)
    assert not _may(alice)

    _add(servers, _topic_rule(topic, _ALICE, "WRITE"))
    _may_soon(alice)
    assert not _may(bob)

    _add(servers, _topic_rule(topic, _ALICE, "WRITE", permission_type=AclPermissionType.DENY))
    _may_no_longer(alice)


@pytest.mark.feature("Authorization", "Super users")
def test_super_users_need_no_rules(start: StartNode, topic: str) -> None:
    found = _listeners()
    supers = {"super.users": "User:ANONYMOUS;User:admin;User:alice"}
    start(ephemeral=True, properties=found.properties | _PROPERTIES | supers)
    _add(found["SASL"], _topic_rule(topic, _ALICE, "ALL", permission_type=AclPermissionType.DENY))

    assert _may(_creating(found["SASL"], _ALICE, topic))
    assert _may(_producing(found["SASL"], _ALICE, topic))
    assert not _may(_producing(found["SASL"], _BOB, topic))


@pytest.mark.feature("Authorization", "Prefixed and wildcard patterns")
def test_a_prefixed_rule_is_for_all_names_that_begin_so(servers: str, topic: str) -> None:
    names = f"{topic}.orders", f"{topic}.invoices", f"{topic}-other"
    for name in names:
        _creating(servers, _ADMIN, name)()
    prefixed = {"resource_pattern_type": ResourcePatternType.PREFIXED}

    _add(servers, _topic_rule(f"{topic}.", _ALICE, "WRITE", **prefixed))

    _may_soon(_producing(servers, _ALICE, names[0]))
    assert _may(_producing(servers, _ALICE, names[1]))
    assert not _may(_producing(servers, _ALICE, names[2]))


@pytest.mark.feature("Authorization", "Prefixed and wildcard patterns")
def test_a_wildcard_is_for_every_topic_and_every_user(start: StartNode, topic: str) -> None:
    found = _listeners()
    start(ephemeral=True, properties=found.properties | _PROPERTIES)
    _creating(found["SASL"], _ADMIN, topic)()
    everyone = replace(_ALICE, user="*")

    _add(found["SASL"], _topic_rule("*", everyone, "WRITE"))

    _may_soon(_producing(found["SASL"], _ALICE, topic))
    assert _may(_producing(found["SASL"], _BOB, topic))


@pytest.mark.feature("Authorization", "Rules by host")
def test_a_rule_may_be_for_one_host(servers: str, topic: str) -> None:
    _creating(servers, _ADMIN, topic)()
    here, elsewhere = {"host": "127.0.0.1"}, {"host": "192.0.2.1"}

    _add(servers, _topic_rule(topic, _ALICE, "WRITE", **here), _topic_rule(topic, _BOB, "WRITE", **elsewhere))
    _may_soon(_producing(servers, _ALICE, topic))
    assert not _may(_producing(servers, _BOB, topic))

    _add(servers, _topic_rule(topic, _ALICE, "WRITE", **here, permission_type=AclPermissionType.DENY))
    _may_no_longer(_producing(servers, _ALICE, topic))


@pytest.mark.feature("Authorization", "allow.everyone.if.no.acl.found")
def test_everyone_may_use_what_no_rule_is_about(start: StartNode, topic: str) -> None:
    found = _listeners()
    allow = {"allow.everyone.if.no.acl.found": "true"}
    start(ephemeral=True, properties=found.properties | _PROPERTIES | allow)
    assert _may(_producing(found["SASL"], _BOB, topic))

    _add(found["SASL"], _topic_rule(topic, _ALICE, "WRITE"))

    _may_no_longer(_producing(found["SASL"], _BOB, topic))
    assert _may(_producing(found["SASL"], _ALICE, topic))


@pytest.mark.feature("Authorization", "Rules by kafka-acls")
def test_kafka_acls_adds_lists_and_removes_rules(servers: str, tools: JavaTools, topic: str) -> None:
    config = tools.config("admin.properties", _ADMIN.java())
    common = ("--bootstrap-server", servers, "--command-config", config)
    rule = ("--topic", topic, "--allow-principal", "User:alice", "--operation", "Write", "--operation", "Create")
    _creating(servers, _ADMIN, topic)()

    tools.must(_ACLS, *common, "--add", *rule)
    _may_soon(_producing(servers, _ALICE, topic))
    listed = tools.must(_ACLS, *common, "--list", "--topic", topic)
    assert "principal=User:alice, host=*, operation=WRITE, permissionType=ALLOW" in listed

    tools.must(_ACLS, *common, "--remove", "--force", *rule)
    _may_no_longer(_producing(servers, _ALICE, topic))
    assert "User:alice" not in tools.must(_ACLS, *common, "--list", "--topic", topic)


@pytest.mark.feature("Authorization", "Rules by an admin client")
def test_a_client_finds_and_deletes_the_rules_that_it_made(servers: str, topic: str) -> None:
    client = admin_client(servers, _ADMIN.librdkafka())
    rules = {_topic_rule(topic, _ALICE, "WRITE"), _topic_rule(topic, _BOB, "READ")}
    _add(servers, *rules)

    wait_until(lambda: set(client.describe_acls(_filter(topic)).result(TIMEOUT_SECONDS)) == rules, "rules are listed")

    (deleted,) = client.delete_acls([_filter(topic)]).values()
    assert set(deleted.result(TIMEOUT_SECONDS)) == rules
    wait_until(lambda: not client.describe_acls(_filter(topic)).result(TIMEOUT_SECONDS), "no rule is left")


@pytest.mark.feature("Authorization", "Rules by an admin client")
def test_only_who_may_alter_the_cluster_makes_rules(servers: str, topic: str) -> None:
    client = admin_client(servers, _ALICE.librdkafka())
    (made,) = client.create_acls([_topic_rule(topic, _ALICE, "ALL")]).values()

    assert not _may(lambda: made.result(TIMEOUT_SECONDS))


@pytest.mark.feature("Authorization", "Rules survive a restart")
def test_rules_are_there_after_a_restart(start: StartNode, topic: str) -> None:
    found = _listeners()
    node = start(ephemeral=True, properties=found.properties | _PROPERTIES)
    _creating(found["SASL"], _ADMIN, topic)()
    _add(found["SASL"], _topic_rule(topic, _ALICE, "WRITE"))
    _may_soon(_producing(found["SASL"], _ALICE, topic))

    node.restart()

    assert _may(_producing(found["SASL"], _ALICE, topic))
    assert not _may(_producing(found["SASL"], _BOB, topic))


@pytest.mark.feature("Authorization", "Rules for the cluster")
def test_a_rule_for_the_cluster_allows_to_create_topics(start: StartNode, topic: str) -> None:
    found = _listeners()
    start(ephemeral=True, properties=found.properties | _PROPERTIES)
    creating = _creating(found["SASL"], _ALICE, topic)
    assert not _may(creating)

    cluster = {"restype": ResourceType.BROKER}  # librdkafka's name for it
    _add(found["SASL"], _topic_rule("kafka-cluster", _ALICE, "CREATE", **cluster))

    _may_soon(creating)


@pytest.mark.feature("Authorization", "Rules for groups")
def test_a_consumer_needs_a_rule_for_its_group(servers: str, topic: str) -> None:
    _producing(servers, _ADMIN, topic)()
    group = f"{topic}-group"
    reading = functools.partial(read, servers, topic, _ALICE.librdkafka(), group)
    _add(servers, _topic_rule(topic, _ALICE, "READ"))
    assert not _may(reading)

    _add(servers, _topic_rule(group, _ALICE, "READ", restype=ResourceType.GROUP))

    _may_soon(reading)


@pytest.mark.feature("Authorization", "Rules for transactional ids")
def test_a_transactional_producer_needs_a_rule_for_its_id(servers: str, tools: JavaTools, topic: str) -> None:
    _creating(servers, _ADMIN, topic)()
    any_name = ("--topic", topic, "--group", "walk", "--operation", "All")
    committing = functools.partial(commit_a_transaction, servers, topic, _ALICE.librdkafka())
    _allow_alice(tools, servers, *any_name)
    assert not _may(committing)

    _allow_alice(tools, servers, "--transactional-id", topic, "--operation", "Write", "--operation", "Describe")

    _may_soon(committing)


def _allow_alice(tools: JavaTools, servers: str, *what: str) -> None:
    config = tools.config("admin.properties", _ADMIN.java())
    common = ("--bootstrap-server", servers, "--command-config", config)
    tools.must(_ACLS, *common, "--add", "--allow-principal", "User:alice", *what)


@pytest.mark.feature("Authorization", "Rules for delegation tokens")
def test_who_may_describe_a_token_sees_it(servers: str, tools: JavaTools) -> None:
    token = TokenCommand(tools, servers, _BOB).create()
    alice = TokenCommand(tools, servers, _ALICE)
    assert token.token_id not in alice.describe("bob")

    _allow_alice(tools, servers, "--delegation-token", token.token_id, "--operation", "Describe")

    wait_until(lambda: token.token_id in alice.describe("bob"), "the token is seen")


@pytest.mark.feature("Authorization", "principal.builder.class")
def test_the_default_principal_builder_can_be_given_by_name(start: StartNode, topic: str) -> None:
    found = _listeners()
    builder = "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder"
    start(ephemeral=True, properties=found.properties | _PROPERTIES | {"principal.builder.class": builder})
    _creating(found["SASL"], _ADMIN, topic)()

    _add(found["SASL"], _topic_rule(topic, _ALICE, "WRITE"))

    _may_soon(_producing(found["SASL"], _ALICE, topic))
    assert not _may(_producing(found["SASL"], _BOB, topic))
