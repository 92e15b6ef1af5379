"""What is made of the launcher's answer, and files of variables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kafka_native.broker.rendering import RenderedProperty, read_env_file, render_config
from kafka_native.errors import BrokerError, SettingsError
from kafka_native.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


def _executable(folder: Path, script: str) -> Path:
    path = folder / "kafka"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_variables_and_folders_reach_the_launcher_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_OF_THE_HOST", "1")
    document = '{\n"properties": [{"name": "a", "value": "1", "source": "here"}], "topics": ["t"], '
    document += '"warnings": ["w"], "problems": []}'
    script = f"echo kafka: warning: early >&2; /usr/bin/env > {tmp_path}/env; cat <<'END'\n{document}\nEND"
    settings = replace(load_settings(), data_dir=tmp_path)
    rendered = render_config(
        {"KAFKA_A": "1", "PATH": "/usr/bin:/bin"}, settings, mount=tmp_path, executable=_executable(tmp_path, script)
    )
    assert rendered.properties == (RenderedProperty("a", "1", "here"),)
    assert rendered.to_json()["topics"] == ["t"]
    assert rendered.warnings == ("w",)
    seen = (tmp_path / "env").read_text().splitlines()
    assert "KAFKA_A=1" in seen
    assert f"NATIVE_KAFKA_MOUNT_DIR={tmp_path}" in seen
    assert not any(line.startswith("KAFKA_OF_THE_HOST") for line in seen)


def test_what_the_launcher_refuses_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "echo 'kafka: error: reading x: no' >&2; echo 'hint: correct x' >&2; exit 2"
    with pytest.raises(SettingsError, match="reading x: no") as caught:
        render_config({}, load_settings(), executable=_executable(tmp_path, script))
    assert caught.value.hint == "correct x"
    monkeypatch.setattr("kafka_native.broker.rendering._SECONDS", 0.1)
    with pytest.raises(BrokerError, match=r"did not end in 0\.1 s"):
        render_config({}, load_settings(), executable=_executable(tmp_path, "exec /bin/sleep 60"))
    monkeypatch.undo()
    with pytest.raises(BrokerError) as crashed:
        render_config({}, load_settings(), executable=_executable(tmp_path, "echo Segmentation fault >&2; exit 99"))
    assert "Segmentation fault" in (crashed.value.details or "")


def test_a_file_of_variables_is_read_as_docker_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "broker.env"
    file.write_text('# comment\n\n  A=1\nB="quoted"\nC=a=b\nD=\nE= blanks \t\n \nF=a\u2028b\nG\nH\n')
    assert read_env_file(file, {"G": "of ours"}) == {
        "A": "1",
        "B": '"quoted"',
        "C": "a=b",
        "D": "",
        "E": " blanks \t",
        "F": "a\u2028b",
        "G": "of ours",
    }
    file.write_bytes(b"\xef\xbb\xbfA=1\r\n")
    assert read_env_file(file) == {"A": "1"}
    for line in ("A =1\n", "A B=1\n", "=1\n", "A \n"):
        file.write_text(line)
        with pytest.raises(SettingsError, match="not of the form NAME=VALUE"):
            read_env_file(file)
    with pytest.raises(SettingsError, match="cannot be read"):
        read_env_file(tmp_path / "none")
