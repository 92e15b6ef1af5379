"""Variables to properties, and what lies over what: the cases of upstream's KafkaDockerWrapperTest, and the overlay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .launchers import Launcher

_DEFAULTS = "offsets.topic.replication.factor"
_REPLACE = {"NATIVE_KAFKA_ENVIRONMENT": "replace"}


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("KAFKA_VALID_PROPERTY", "valid.property"),
        ("KAFKA_VALID___PROPERTY__ALL_CASES", "valid-property_all.cases"),
        ("KAFKA_ABC_DEF", "abc.def"),
        ("KAFKA_ABC___DEF", "abc-def"),
        ("KAFKA_ABC__DEF", "abc_def"),
        ("KAFKA_METRICS_KAFKA_NAME", "metrics.kafka.name"),
        ("KAFKA_KAFKA_METRICS_REPORTERS", "kafka.metrics.reporters"),
    ],
)
def test_the_name_of_a_variable_becomes_the_name_of_a_property(launcher: Launcher, variable: str, name: str) -> None:
    rendered = launcher.render(**{variable: "All Cases Value"})
    assert rendered.properties[name] == "All Cases Value"
    assert rendered.sources[name] == f"variable {variable}"


def test_what_does_not_begin_with_kafka_is_no_property(launcher: Launcher) -> None:
    rendered = launcher.render(SOME_VARIABLE="Some Value", NATIVE_KAFKA_THING="x", XKAFKA_NODE_ID="7")
    assert "Some Value" not in rendered.properties.values()
    assert rendered.properties["node.id"] == "1"
    assert not any("native" in name for name in rendered.properties)


@pytest.mark.parametrize(
    "variable",
    [
        "KAFKA_VERSION",
        "KAFKA_HEAP_OPTS",
        "KAFKA_LOG4J_OPTS",
        "KAFKA_OPTS",
        "KAFKA_JMX_OPTS",
        "KAFKA_JVM_PERFORMANCE_OPTS",
        "KAFKA_GC_LOG_OPTS",
        "KAFKA_LOG4J_ROOT_LOGLEVEL",
        "KAFKA_LOG4J_LOGGERS",
        "KAFKA_TOOLS_LOG4J_LOGLEVEL",
        "KAFKA_JMX_HOSTNAME",
    ],
)
def test_reserved_names_are_no_properties(launcher: Launcher, variable: str) -> None:
    value = "a=INFO" if variable.endswith("LOGGERS") else "TRACE" if "LEVEL" in variable else "-Dx=y"
    assert launcher.render(**{variable: value}).given == launcher.render().given


def test_an_empty_value_is_a_value(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM="")
    assert rendered.properties["ssl.endpoint.identification.algorithm"] == ""


def test_variables_lie_over_the_mounted_file(launcher: Launcher) -> None:
    (launcher.mount / "server.properties").write_text("num.partitions=2\nlog.retention.hours=5\nnum.io.threads=3\n")
    rendered = launcher.render(KAFKA_NUM_PARTITIONS="6")
    assert rendered.properties["num.partitions"] == "6"
    assert rendered.properties["log.retention.hours"] == "5"
    assert rendered.sources["log.retention.hours"] == f"file {launcher.mount}/server.properties"
    assert rendered.properties["num.io.threads"] == "3"  # over the default
    assert rendered.properties["num.network.threads"] == "2"  # the default stays


def test_variables_alone_leave_the_defaults(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_NUM_PARTITIONS="6")
    assert rendered.properties["num.partitions"] == "6"
    assert rendered.properties[_DEFAULTS] == "1"
    assert rendered.properties["process.roles"] == "broker,controller"


@pytest.mark.parametrize("text", ["", " \n \n "])
def test_an_empty_mounted_file_leaves_the_defaults_and_is_told(launcher: Launcher, text: str) -> None:
    (launcher.mount / "server.properties").write_text(text)
    rendered = launcher.render()
    assert rendered.properties == launcher.render(**_REPLACE).properties
    assert rendered.properties[_DEFAULTS] == "1"
    assert any("is empty, so it is ignored" in warning for warning in rendered["warnings"])


def test_replace_is_upstreams_rule_file_and_variables(launcher: Launcher) -> None:
    (launcher.mount / "server.properties").write_text("mounted.config=mounted value")
    rendered = launcher.render(KAFKA_ENV_CONFIG="env value", **_REPLACE)
    assert rendered.properties == {"mounted.config": "mounted value", "env.config": "env value"}


def test_replace_is_upstreams_rule_variables_alone(launcher: Launcher) -> None:
    assert launcher.render(KAFKA_ENV_CONFIG="env value", **_REPLACE).properties == {"env.config": "env value"}


def test_replace_is_upstreams_rule_file_alone(launcher: Launcher) -> None:
    (launcher.mount / "server.properties").write_text("mounted.config=mounted value")
    assert launcher.render(**_REPLACE).properties == {"mounted.config": "mounted value"}


def test_replace_with_nothing_given_is_the_defaults(launcher: Launcher) -> None:
    assert launcher.render(**_REPLACE).properties == launcher.render().properties


def test_the_profile_kafka_has_kafkas_defaults(launcher: Launcher) -> None:
    development, kafka = launcher.render(), launcher.render(NATIVE_KAFKA_PROFILE="kafka")
    assert "num.io.threads" not in kafka.properties
    assert kafka.properties[_DEFAULTS] == "1"  # else one node would serve no groups
    assert kafka.properties.keys() < development.properties.keys()


def test_a_switch_has_few_values(launcher: Launcher) -> None:
    assert "'kafkaa' is none of development, kafka" in launcher.refused(NATIVE_KAFKA_PROFILE="kafkaa")
    assert "set it to replace" in launcher.refused(NATIVE_KAFKA_ENVIRONMENT="replaced")


def test_a_mistyped_property_is_told_with_the_nearest_known_one(launcher: Launcher) -> None:
    (warning,) = launcher.render(KAFKA_NUM_PARTITONS="3")["warnings"]
    assert warning.startswith("variable KAFKA_NUM_PARTITONS: Kafka does not know the property 'num.partitons'")
    assert warning.endswith("did you mean 'num.partitions'?")


def test_what_an_image_build_leaves_is_no_property_and_is_told(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_URL="https://example.org/kafka.tgz")
    assert "url" not in rendered.properties
    assert "KAFKA_URL is left by an image build" in rendered["warnings"][0]


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("KAFKA_CLUSTER_ID", "here it is called CLUSTER_ID"),
        ("KAFKA_CREATE_TOPICS", "here it is called NATIVE_KAFKA_TOPICS"),
        ("KAFKA_CFG_NUM_PARTITIONS", "here it is called KAFKA_NUM_PARTITIONS"),
        ("NATIVE_KAFKA_TOPIC", "did you mean NATIVE_KAFKA_TOPICS?"),
        ("NATIVE_KAFKA_PROFIL", "did you mean NATIVE_KAFKA_PROFILE?"),
    ],
)
def test_a_variable_of_another_image_and_a_mistyped_one_are_told(launcher: Launcher, variable: str, told: str) -> None:
    rendered = launcher.render(**{variable: "3"})
    assert rendered.properties == launcher.render().properties
    (warning,) = rendered["warnings"]
    assert variable in warning
    assert told in warning


def test_variables_of_the_tools_on_the_host_are_not_taken_for_mistyped(launcher: Launcher) -> None:
    assert launcher.render(NATIVE_KAFKA_CACHE_DIR="/cache", NATIVE_KAFKA_EXECUTABLE="/kafka")["warnings"] == []


def test_what_kubernetes_sets_for_a_service_is_told_once(launcher: Launcher) -> None:
    rendered = launcher.render(
        KAFKA_PORT="tcp://10.0.0.1:9092",
        KAFKA_SERVICE_HOST="10.0.0.1",
        KAFKA_SERVICE_PORT="9092",
        KAFKA_PORT_9092_TCP_ADDR="10.0.0.1",
    )
    assert rendered.properties == launcher.render().properties
    assert len(rendered["warnings"]) == 1
    assert "enableServiceLinks" in rendered["warnings"][0]


def test_what_kafka_would_refuse_is_a_problem(launcher: Launcher) -> None:
    rendered = launcher.render(KAFKA_NUM_PARTITIONS="many")
    assert "num.partitions=many" in rendered["problems"][0]


def test_secrets_are_masked(launcher: Launcher) -> None:
    result = launcher.run(
        "config",
        "render",
        environment={
            "KAFKA_SSL_KEYSTORE_PASSWORD": "sesame",
            "KAFKA_LISTENER_NAME_SASL_PLAIN_SASL_JAAS_CONFIG": "sesame;",
            "NATIVE_KAFKA_SCRAM_USERS": "alice:sesame",
        },
    )
    assert "ssl.keystore.password=[hidden]" in result.stdout
    assert "sesame" not in result.stdout + result.stderr


def test_a_folder_in_place_of_the_file_is_told(launcher: Launcher) -> None:
    (launcher.mount / "server.properties").mkdir()
    assert "it is a folder, not a file" in launcher.refused()


def test_a_mount_without_the_files_is_told(launcher: Launcher) -> None:
    (launcher.mount / "broker.properties").write_text("num.partitions=3")
    (warning,) = launcher.render()["warnings"]
    assert "holds no server.properties and no log4j2.yaml (but broker.properties)" in warning


def test_a_mount_that_is_not_there_is_told(launcher: Launcher) -> None:
    assert "there is no such folder" in launcher.refused(NATIVE_KAFKA_MOUNT_DIR="/nowhere/at/all")
