"""Key stores, trust stores, PEM files and passwords in the secrets folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .launchers import Launcher

_STORE = {
    "KAFKA_SSL_KEYSTORE_FILENAME": "kafka.keystore.jks",
    "KAFKA_SSL_KEYSTORE_CREDENTIALS": "keystore_creds",
    "KAFKA_SSL_KEY_CREDENTIALS": "key_creds",
}
_TRUST = {
    "KAFKA_SSL_TRUSTSTORE_FILENAME": "kafka.truststore.jks",
    "KAFKA_SSL_TRUSTSTORE_CREDENTIALS": "truststore_creds",
}
_SSL = {"KAFKA_ADVERTISED_LISTENERS": "SSL://localhost:9093,PLAINTEXT://localhost:9092"}


@pytest.fixture(autouse=True)
def _files(launcher: Launcher) -> None:
    for name in ("kafka.keystore.jks", "kafka.truststore.jks", "server.pem", "ca.pem"):
        (launcher.secrets / name).write_text("bytes")
    for name in ("keystore_creds", "key_creds", "truststore_creds"):
        (launcher.secrets / name).write_text(f"{name}\n")


def test_stores_and_passwords_by_file_name(launcher: Launcher) -> None:
    properties = launcher.render(**_SSL, **_STORE, **_TRUST).properties
    assert properties["ssl.keystore.location"] == f"{launcher.secrets}/kafka.keystore.jks"
    assert properties["ssl.truststore.location"] == f"{launcher.secrets}/kafka.truststore.jks"
    assert properties["ssl.keystore.password"] == properties["ssl.key.password"] == "[hidden]"
    assert not any(name.endswith((".filename", ".credentials")) for name in properties)


def test_passwords_are_the_files_texts_without_line_ends(launcher: Launcher) -> None:
    target = launcher.mount.parent / "final"
    target.mkdir()
    variables = {**_STORE, "KAFKA_LOG_DIRS": str(launcher.data)}
    arguments = ("--default-configs-dir", "/none", "--mounted-configs-dir", str(launcher.mount))
    result = launcher.run("setup", *arguments, "--final-configs-dir", str(target), environment=variables)
    assert result.exit_code == 0, result.stderr
    lines = (target / "server.properties").read_text().splitlines()
    assert "ssl.keystore.password=keystore_creds" in lines
    assert "ssl.key.password=key_creds" in lines
    assert (target / "server.properties").stat().st_mode & 0o777 == 0o600


def test_pem_files_have_no_password(launcher: Launcher) -> None:
    rendered = launcher.render(**_SSL, KAFKA_SSL_KEYSTORE_FILENAME="server.pem", KAFKA_SSL_TRUSTSTORE_FILENAME="ca.pem")
    assert rendered.properties["ssl.keystore.type"] == rendered.properties["ssl.truststore.type"] == "PEM"
    assert "ssl.keystore.password" not in rendered.properties
    assert rendered["problems"] == []


def test_any_property_from_a_file(launcher: Launcher) -> None:
    rendered = launcher.render(NATIVE_KAFKA_FILE_SASL_MECHANISM_INTER_BROKER_PROTOCOL="key_creds")
    assert rendered.properties["sasl.mechanism.inter.broker.protocol"] == "key_creds"
    assert str(launcher.secrets / "key_creds") in rendered.sources["sasl.mechanism.inter.broker.protocol"]


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (_SSL, "has an SSL listener, but KAFKA_SSL_KEYSTORE_FILENAME is not given"),
        (_SSL | {"KAFKA_SSL_KEYSTORE_FILENAME": "none.jks"}, "and there is no such file"),
        (
            _SSL | {"KAFKA_SSL_KEYSTORE_FILENAME": "kafka.keystore.jks"},
            "is given, but not KAFKA_SSL_KEYSTORE_CREDENTIALS",
        ),
        (_SSL | _STORE | {"KAFKA_SSL_KEY_CREDENTIALS": "none"}, "and there is no such file"),
        (_SSL | _STORE | {"KAFKA_SSL_CLIENT_AUTH": "required"}, "but KAFKA_SSL_TRUSTSTORE_FILENAME is not given"),
        (
            _SSL | _STORE | {"KAFKA_SSL_CLIENT_AUTH": "requested", "KAFKA_SSL_TRUSTSTORE_FILENAME": "x"},
            "and there is no such file",
        ),
        ({"KAFKA_ADVERTISED_LISTENERS": "SASL_PLAINTEXT://localhost:9092"}, "there is no JAAS configuration"),
        ({"KAFKA_LISTENERS": "CONTROLLER://:9093,SSL://:9092"}, "KAFKA_LISTENERS has an SSL listener, but"),
        ({"KAFKA_LISTENERS": "CONTROLLER://:9093, SASL_PLAINTEXT://:9092"}, "KAFKA_LISTENERS has a SASL listener, but"),
        ({"NATIVE_KAFKA_SCRAM_USERS": "alice"}, "not of the form NAME:PASSWORD"),
        ({"NATIVE_KAFKA_TOPICS": "a:b"}, "not of the form NAME[:PARTITIONS[:REPLICATION]]"),
        ({"NATIVE_KAFKA_TOPICS": "a/b"}, "reading the topic 'a/b'"),
    ],
)
def test_what_is_missing_is_told_in_one_line(launcher: Launcher, variables: dict[str, str], told: str) -> None:
    assert told in launcher.refused(**variables)


def test_a_listener_of_another_name_needs_no_key_store(launcher: Launcher) -> None:
    rendered = launcher.render(
        KAFKA_LISTENERS="NOSSL://:9092,CONTROLLER://:9093",
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP="NOSSL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        KAFKA_INTER_BROKER_LISTENER_NAME="NOSSL",
    )
    assert rendered["problems"] == []


@pytest.mark.parametrize(
    "variables",
    [
        {"KAFKA_OPTS": "-Djava.security.auth.login.config=/etc/kafka/secrets/jaas.conf"},
        {"KAFKA_LISTENER_NAME_SASL__PLAINTEXT_PLAIN_SASL_JAAS_CONFIG": "org.example.Login required;"},
    ],
)
def test_a_jaas_configuration_may_be_a_file_or_a_property(launcher: Launcher, variables: dict[str, str]) -> None:
    rendered = launcher.render(KAFKA_ADVERTISED_LISTENERS="SASL_PLAINTEXT://localhost:9092", **variables)
    assert rendered.properties["inter.broker.listener.name"] == "SASL_PLAINTEXT"
