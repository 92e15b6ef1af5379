"""Config providers (KIP-297): values of properties that are in the environment, in a file, or in a folder of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kafka_native._system.files import write_text
from kafka_native.errors import KafkaNativeError

from .administration import configs
from .sasl import round_trip

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import StartNode

pytestmark = pytest.mark.feature("Configuration", "Config providers: environment, file, directory")

_PACKAGE = "org.apache.kafka.common.config.provider"
_ALLOWED = "-Dorg.apache.kafka.automatic.config.providers="
_VARIABLE = "WALK_IO_THREADS"


def _provider(name: str, simple_class: str, **parameters: str) -> dict[str, str]:
    own = {f"config.providers.{name}.param.{key.replace('_', '.')}": value for key, value in parameters.items()}
    return {f"config.providers.{name}.class": f"{_PACKAGE}.{simple_class}"} | own


def _all_providers(folder: Path) -> dict[str, str]:
    write_text(folder / "walk.properties", "message.max.bytes=54321\nother=x\n")
    write_text(folder / "retention", "7654321")
    return (
        {"config.providers": "env,file,dir"}
        | _provider("env", "EnvVarConfigProvider", allowlist_pattern="WALK_.*")
        | _provider("file", "FileConfigProvider", allowed_paths=str(folder))
        | _provider("dir", "DirectoryConfigProvider", allowed_paths=str(folder))
    )


def test_values_come_from_the_environment_a_file_and_a_folder(
    start: StartNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(_VARIABLE, "3")
    properties = _all_providers(tmp_path) | {
        "num.io.threads": f"${{env:{_VARIABLE}}}",
        "message.max.bytes": f"${{file:{tmp_path / 'walk.properties'}:message.max.bytes}}",
        "log.retention.ms": f"${{dir:{tmp_path}:retention}}",
    }
    node = start(properties=properties, ephemeral=True)
    found = configs(node.bootstrap_servers, "BROKER", "1")
    names = ("num.io.threads", "message.max.bytes", "log.retention.ms")
    assert [found[name] for name in names] == ["3", "54321", "7654321"]
    round_trip(node.bootstrap_servers, "walk", {})
    assert configs(node.bootstrap_servers, "TOPIC", "walk")["max.message.bytes"] == "54321"


def test_a_file_outside_of_the_allowed_paths_is_not_read(start: StartNode, tmp_path: Path) -> None:
    """The value stays as it is written, which is no number."""
    for name in ("allowed", "secret"):
        (tmp_path / name).mkdir()
    write_text(tmp_path / "secret" / "walk.properties", "threads=3\n")
    properties = {"config.providers": "file"} | _provider(
        "file", "FileConfigProvider", allowed_paths=str(tmp_path / "allowed")
    )
    reference = f"${{file:{tmp_path / 'secret' / 'walk.properties'}:threads}}"
    with pytest.raises(KafkaNativeError, match=r"num\.io\.threads"):
        start(properties=properties | {"num.io.threads": reference}, ephemeral=True)


def test_the_system_property_that_restricts_providers_leaves_the_broker_alone(start: StartNode, tmp_path: Path) -> None:
    """It is for properties that others give; the broker says of all its own that their providers may be used."""
    write_text(tmp_path / "walk.properties", "threads=3\n")
    properties = {"config.providers": "file", "num.io.threads": f"${{file:{tmp_path / 'walk.properties'}:threads}}"}
    properties |= _provider("file", "FileConfigProvider")
    node = start(properties=properties, java_options=(f"{_ALLOWED}none",), ephemeral=True)
    assert configs(node.bootstrap_servers, "BROKER", "1")["num.io.threads"] == "3"


def test_a_provider_that_is_no_class_stops_the_broker(start: StartNode) -> None:
    properties = {"config.providers": "it", "config.providers.it.class": "no.such.Provider"}
    with pytest.raises(KafkaNativeError, match=r"no\.such\.Provider"):
        start(properties=properties | {"num.io.threads": "${it:x}"}, ephemeral=True)
