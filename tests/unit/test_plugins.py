"""Plug-ins: which jars are taken and refused, what the findings become, and what depends on them."""

from __future__ import annotations

import json
import struct
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native import pins
from kafka_native._system.files import sha256_of, write_text
from kafka_native.broker import NodeSpec, starting
from kafka_native.broker.agreement import check_agreement
from kafka_native.broker.engines import resolve_engine
from kafka_native.broker.instance import Instance, InstanceRecord
from kafka_native.distribution import Distribution, Jar
from kafka_native.errors import ReachabilityMetadataError, SettingsError
from kafka_native.metadata.scenario import record_scenario
from kafka_native.native import BuildSpec
from kafka_native.native.executable import resolve_inputs
from kafka_native.plugins import PlugIns, PlugInSpec, load_presets, resolve_plug_ins
from kafka_native.plugins.classes import parse_findings
from kafka_native.plugins.libraries import coordinates_of, copy_library_metadata
from kafka_native.plugins.maven import resolve_artifacts
from kafka_native.plugins.model import PlugInJar
from kafka_native.plugins.presets import load_preset
from kafka_native.reachability import FILE_NAME, parse_reachability_metadata
from kafka_native.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_DATE = (2026, 1, 1, 0, 0, 0)


def class_file(name: str, *, java: int = 17, comment: str = "") -> bytes:
    """Return a public class without members.

    Args:
        name: Its name with slashes.
        java: The Java version that it is for.
        comment: A text that lands in it, to tell two classes of one name apart.
    """

    def utf8(text: str) -> bytes:
        return struct.pack(">BH", 1, len(text.encode())) + text.encode()

    pool = utf8(name) + struct.pack(">BH", 7, 1) + utf8("java/lang/Object") + struct.pack(">BH", 7, 3) + utf8(comment)
    header = struct.pack(">IHHH", 0xCAFEBABE, 0, java + 44, 6)
    return header + pool + struct.pack(">HHHHHHH", 0x21, 2, 4, 0, 0, 0, 0)


def write_jar(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a jar and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), data)
    return path


_METADATA = {"reflection": [{"type": "com.example.Named"}]}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data", maven_url="http://127.0.0.1:9")


@pytest.fixture
def kafka(tmp_path: Path) -> Distribution:
    """Return a Kafka of two jars."""
    clients = write_jar(tmp_path / "kafka/kafka-clients-4.3.1.jar", {"k/Client.class": class_file("k/Client")})
    slf4j = write_jar(tmp_path / "kafka/slf4j-api-1.7.36.jar", {"s/Logger.class": class_file("s/Logger")})
    return Distribution.of("4.3.1", [Jar(path, sha256_of(path), path.name) for path in (clients, slf4j)])


def _plug_in(tmp_path: Path, name: str = "my-plug-in.jar", **files: bytes) -> Path:
    return write_jar(tmp_path / name, files or {"m/Mine.class": class_file("m/Mine")})


def _spec(*jars: Path) -> PlugInSpec:
    return PlugInSpec(jars=jars)


def test_a_jar_is_taken_as_it_is(tmp_path: Path, kafka: Distribution, settings: Settings) -> None:
    path = _plug_in(tmp_path)
    found = resolve_plug_ins(_spec(path), kafka, settings)
    assert found.class_path == (path,)
    assert found.jars[0] == PlugInJar(path, sha256_of(path), "", named=True)
    assert found.to_json()["jars"][0]["sha256"] == sha256_of(path)


def test_a_class_for_java_25_is_taken(tmp_path: Path, kafka: Distribution, settings: Settings) -> None:
    path = write_jar(tmp_path / "new.jar", {"m/Mine.class": class_file("m/Mine", java=25)})
    assert resolve_plug_ins(_spec(path), kafka, settings).class_path == (path,)


def test_classes_for_newer_java_that_need_not_be_loaded_are_no_matter(
    tmp_path: Path, kafka: Distribution, settings: Settings
) -> None:
    newer = class_file("m/Mine", java=30)
    files = {
        "m/Mine.class": class_file("m/Mine"),
        "META-INF/versions/30/m/Mine.class": newer,
        "module-info.class": newer,
    }
    path = write_jar(tmp_path / "both.jar", files)
    assert resolve_plug_ins(_spec(path), kafka, settings).class_path == (path,)


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        ("newer.jar", {"m/Mine.class": class_file("m/Mine", java=26)}, r"m/Mine\.class in .* is for Java 26"),
        ("sources.jar", {"m/Mine.java": b"class Mine {}"}, "has no classes"),
        ("torn.jar", {"m/Mine.class": b"torn"}, r"m/Mine\.class in .* is not a class file"),
        (
            "kafka-clients-4.2.0.jar",
            {"x/X.class": class_file("x/X")},
            r"another version of kafka-clients-4\.3\.1\.jar",
        ),
        (
            "fat.jar",
            {"m/Mine.class": class_file("m/Mine"), "k/Client.class": class_file("k/Client", comment="other")},
            r"1 of kafka-clients-4\.3\.1\.jar\): k\.Client",
        ),
    ],
)
def test_a_jar_that_cannot_work_is_refused(
    tmp_path: Path, kafka: Distribution, settings: Settings, *, name: str, files: dict[str, bytes], message: str
) -> None:
    path = write_jar(tmp_path / name, files)
    with pytest.raises(SettingsError, match=message) as refusal:
        resolve_plug_ins(_spec(path), kafka, settings)
    assert str(path) in refusal.value.message
    assert refusal.value.hint


def test_what_is_not_there_or_no_jar_is_refused(tmp_path: Path, kafka: Distribution, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        resolve_plug_ins(_spec(tmp_path / "absent.jar"), kafka, settings)
    text = tmp_path / "text.jar"
    text.write_text("no jar", encoding="utf-8")
    with pytest.raises(SettingsError, match="is not a jar"):
        resolve_plug_ins(_spec(text), kafka, settings)


def test_classes_of_kafkas_with_the_same_content_are_fine(
    tmp_path: Path, kafka: Distribution, settings: Settings
) -> None:
    path = write_jar(tmp_path / "fat.jar", {"k/Client.class": class_file("k/Client"), "m/M.class": class_file("m/M")})
    assert resolve_plug_ins(_spec(path), kafka, settings).class_path == (path,)


def test_a_jar_of_kafkas_own_is_left_out(tmp_path: Path, kafka: Distribution, settings: Settings) -> None:
    mine = _plug_in(tmp_path)
    found = resolve_plug_ins(_spec(kafka.jars[0].path, mine), kafka, settings)
    assert found.class_path == (mine,)
    assert found.replaced == ("kafka-clients-4.3.1.jar: it is one of Kafka's own",)


def test_two_versions_of_a_jar_are_refused(tmp_path: Path, kafka: Distribution, settings: Settings) -> None:
    old = write_jar(tmp_path / "mine-1.0.jar", {"m/M.class": class_file("m/M")})
    new = write_jar(tmp_path / "mine-1.1.jar", {"m/M.class": class_file("m/M", comment="new")})
    with pytest.raises(SettingsError, match=r"mine-1\.0\.jar and mine-1\.1\.jar"):
        resolve_plug_ins(_spec(old, new), kafka, settings)


@pytest.mark.parametrize(
    "words", ["mine", "com.example:mine", "com.example:mine:LATEST", "com.example:mine:1-SNAPSHOT"]
)
def test_coordinates_must_name_a_release(words: str, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="--maven"):
        resolve_artifacts((words,), settings)


def test_metadata_of_the_users_own_must_be_there_and_well_formed(
    tmp_path: Path, kafka: Distribution, settings: Settings
) -> None:
    with pytest.raises(SettingsError, match=FILE_NAME):
        resolve_plug_ins(PlugInSpec(metadata=(tmp_path,)), kafka, settings)
    write_text(tmp_path / FILE_NAME, '{"reflection": [{"type": 1}]}')
    with pytest.raises(ReachabilityMetadataError, match="malformed"):
        resolve_plug_ins(PlugInSpec(metadata=(tmp_path,)), kafka, settings)


def test_the_digest_is_of_the_contents(tmp_path: Path) -> None:
    path = _plug_in(tmp_path)
    plug_ins = PlugIns((PlugInJar(path, sha256_of(path), "", named=True),))
    moved = PlugIns((replace(plug_ins.jars[0], path=tmp_path / "elsewhere" / path.name),))
    other = PlugIns((replace(plug_ins.jars[0], sha256="0" * 64),))
    write_text(tmp_path / "more" / FILE_NAME, json.dumps(_METADATA))
    traced = replace(plug_ins, metadata=(tmp_path / "more",))
    assert plug_ins.digest == moved.digest
    assert len({plug_ins.digest, other.digest, traced.digest}) == 3


def test_plug_ins_are_an_input_of_the_executable_and_leave_other_keys_alone(tmp_path: Path) -> None:
    path = _plug_in(tmp_path)
    plug_ins = PlugIns((PlugInJar(path, sha256_of(path), "", named=True),))
    without = resolve_inputs(BuildSpec(), "toolchain", "options")
    with_them = resolve_inputs(BuildSpec(plug_ins=plug_ins), "toolchain", "options")
    assert without.plug_ins == ""
    assert with_them.plug_ins == plug_ins.digest
    assert with_them.key != without.key
    assert replace(with_them, plug_ins="").key == without.key


_LINES = """\
found\torg.apache.kafka.server.authorizer.Authorizer\tm.Mine\t/jars/mine.jar
register\tpublic-constructors\tm.Mine
register\teverything\tm.Appender
register\tpublic-methods\tm.CountMBean
register\tresource\tm/odd*[name].txt
problem\tn.Optional\t/jars/needed.jar\tit needs o.Other, which is missing
note\tthe defaults of m.Config are not known: boom
"""


def test_findings_become_metadata_that_native_image_reads() -> None:
    found = parse_findings(_LINES, {"/jars/mine.jar"})
    assert [(each.type, each.name, each.jar) for each in found.plug_ins] == [
        ("org.apache.kafka.server.authorizer.Authorizer", "m.Mine", "mine.jar")
    ]
    assert found.metadata["resources"] == [{"glob": "m/odd\\*\\[name\\].txt"}]
    by_type: dict[str, Any] = {json.dumps(each["type"]): each for each in found.metadata["reflection"]}
    assert by_type['"m.Mine"']["allDeclaredConstructors"]
    assert by_type['"m.Appender"']["allDeclaredFields"]
    assert by_type['"m.CountMBean"']["allPublicMethods"]
    assert parse_reachability_metadata(json.dumps(found.metadata), "findings").entries
    assert any("needed.jar is left out" in warning for warning in found.warnings)
    assert "the defaults of m.Config are not known: boom" in found.warnings


def test_a_class_that_does_not_link_is_refused_in_a_jar_that_the_user_named() -> None:
    with pytest.raises(SettingsError, match=r"n\.Optional in .*needed\.jar .* it needs o\.Other, which is missing"):
        parse_findings(_LINES, {"/jars/mine.jar", "/jars/needed.jar"})


def _repository(settings: Settings) -> None:
    """Put a library repository of one library into the cache, where the pinned one would be."""
    index = [
        {"metadata-version": "1.0", "tested-versions": ["1.0", "1.1"]},
        {"metadata-version": "2.0", "tested-versions": ["2.0"], "latest": True},
    ]
    files = {"com.example/mine/index.json": json.dumps(index).encode()}
    files |= {
        f"com.example/mine/{each}/{FILE_NAME}": json.dumps({"reflection": [{"type": each}]}).encode()
        for each in ("1.0", "2.0")
    }
    [artifact] = pins.load_lock("graalvm-reachability-metadata")
    write_jar(settings.cache_dir / "maven" / artifact.path, files)


@pytest.mark.parametrize(("version", "taken"), [("1.1", "1.0"), ("2.0", "2.0"), ("7.0", "2.0")])
def test_metadata_of_a_library_is_that_of_its_version_or_the_latest(
    tmp_path: Path, settings: Settings, version: str, taken: str
) -> None:
    _repository(settings)
    jar = PlugInJar(_plug_in(tmp_path), "0" * 64, f"com.example:mine:{version}", named=True)
    assert copy_library_metadata([jar], tmp_path / "out", settings) == {f"com.example:mine:{version}": taken}
    written = json.loads((tmp_path / "out/com.example.mine" / FILE_NAME).read_text(encoding="utf-8"))
    assert written == {"reflection": [{"type": taken}]}


def test_a_library_that_the_repository_does_not_know_has_no_metadata(tmp_path: Path, settings: Settings) -> None:
    _repository(settings)
    jar = PlugInJar(_plug_in(tmp_path), "0" * 64, "com.example:other:1.0", named=True)
    assert copy_library_metadata([jar], tmp_path / "out", settings) == {}


def test_a_jar_tells_its_coordinates_itself(tmp_path: Path) -> None:
    properties = b"#made\nversion=1.1\ngroupId=com.example\nartifactId=mine\n"
    path = write_jar(tmp_path / "x.jar", {"META-INF/maven/com.example/mine/pom.properties": properties})
    assert coordinates_of(PlugInJar(path, "", "", named=True)) == ["com.example:mine:1.1"]


def test_presets_are_pinned_and_say_what_they_are_for() -> None:
    kafkas = {each.name for each in pins.load_kafka_lock(pins.DEFAULT_KAFKA_VERSION)}
    for preset in load_presets():
        pinned = {f"{each.name}:{each.version}" for each in preset.artifacts}
        assert set(preset.roots) <= pinned, preset.name
        assert not {each.name for each in preset.artifacts} & kafkas, preset.name
        assert preset.description
        assert preset.properties or preset.example
    with pytest.raises(SettingsError, match="there are: prometheus"):
        load_preset("absent")


def test_a_spec_is_remembered_as_json(tmp_path: Path) -> None:
    spec = PlugInSpec((tmp_path / "a.jar",), ("g:a:1",), ("prometheus",), (tmp_path,))
    assert PlugInSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert spec.words == (
        f"--jar {tmp_path / 'a.jar'}",
        "--maven g:a:1",
        "--preset prometheus",
        f"--metadata {tmp_path}",
    )
    assert not PlugInSpec()


def test_nothing_can_be_added_to_a_given_executable(tmp_path: Path, settings: Settings) -> None:
    spec = _spec(_plug_in(tmp_path))
    with pytest.raises(SettingsError, match="nothing can be added"):
        NodeSpec(executable=tmp_path / "kafka", plug_ins=spec)
    with pytest.raises(SettingsError, match="nothing can be added"):
        resolve_engine(NodeSpec(plug_ins=spec), replace(settings, executable=tmp_path / "kafka"))


def test_jars_come_from_the_environment_as_well(tmp_path: Path) -> None:
    found = load_settings({"NATIVE_KAFKA_JARS": f"{tmp_path / 'a.jar'}:{tmp_path / 'b.jar'}"})
    assert found.jars == (tmp_path / "a.jar", tmp_path / "b.jar")
    assert load_settings({}).jars == ()


def _record(spec: PlugInSpec) -> InstanceRecord:
    return InstanceRecord(
        phase="stopped",
        engine="jvm",
        host="127.0.0.1",
        port=9092,
        protocol="PLAINTEXT",
        argv=("java",),
        data_dir="/data",
        ephemeral=False,
        plug_ins=spec.to_json() if spec else {},
    )


def test_an_instance_keeps_its_plug_ins_until_others_are_named(tmp_path: Path) -> None:
    kept, other = PlugInSpec(presets=("prometheus",)), _spec(tmp_path / "other.jar")
    instance = Instance("kept", tmp_path / "kept")
    assert starting._with_known_plug_ins(NodeSpec(), instance).plug_ins == PlugInSpec()
    instance.write(_record(kept))
    assert starting._with_known_plug_ins(NodeSpec(), instance).plug_ins == kept
    assert starting._with_known_plug_ins(NodeSpec(plug_ins=other), instance).plug_ins == other
    given = NodeSpec(executable=tmp_path / "kafka")
    assert starting._with_known_plug_ins(given, instance) == given


def test_a_node_that_runs_with_other_plug_ins_is_not_the_one_asked_for(tmp_path: Path) -> None:
    record = _record(PlugInSpec(presets=("prometheus",)))
    instance = Instance("kept", tmp_path / "kept")
    check_agreement(instance, record, NodeSpec(plug_ins=PlugInSpec(presets=("prometheus",))))
    with pytest.raises(SettingsError, match="plug-ins --preset prometheus, not --maven g:a:1"):
        check_agreement(instance, record, NodeSpec(plug_ins=PlugInSpec(maven=("g:a:1",))))
    with pytest.raises(SettingsError, match="plug-ins the default, not --preset prometheus"):
        check_agreement(instance, _record(PlugInSpec()), NodeSpec(plug_ins=PlugInSpec(presets=("prometheus",))))


def test_a_preset_gives_properties_and_the_users_own_win() -> None:
    spec = NodeSpec(plug_ins=PlugInSpec(presets=("tiered-storage",)), properties={"rsm.config.dir": "/tmp/remote"})
    found = starting._with_preset_properties(spec).properties
    assert found["remote.log.storage.system.enable"] == "true"
    assert found["rsm.config.dir"] == "/tmp/remote"
    off = replace(spec, properties={"remote.log.storage.system.enable": "false"})
    assert starting._with_preset_properties(off).properties["remote.log.storage.system.enable"] == "false"
    assert starting._with_preset_properties(NodeSpec()).properties == {}


@pytest.mark.parametrize("command", ["", "sh -c 'unclosed"])
def test_a_traced_command_must_have_words(
    command: str, tmp_path: Path, kafka: Distribution, settings: Settings
) -> None:
    with pytest.raises(SettingsError, match="--trace-with"):
        record_scenario(command, PlugIns(()), kafka, settings)


def test_a_traced_command_is_told_where_to_record(tmp_path: Path, settings: Settings) -> None:
    path = _plug_in(tmp_path)
    kafka = Distribution.of("4.3.1", ())
    script = tmp_path / "scenario.sh"
    recorded = '{"reflection": [{"type": "m.Hidden"}, {"type": "java.lang.Object"}]}'
    script.write_text(
        f"cd \"$NATIVE_KAFKA_TRACE_DIR\" && mkdir one.1 && echo '{recorded}' > one.1/{FILE_NAME}\n"
        f'test "$NATIVE_KAFKA_JARS" = "{path}" && test -n "$NATIVE_KAFKA_DATA_DIR" && kafka-native --version\n',
        encoding="utf-8",
    )
    plug_ins = PlugIns((PlugInJar(path, sha256_of(path), "", named=True),))
    folder = record_scenario(f"sh {script}", plug_ins, kafka, settings)
    assert "m.Hidden" in (folder / FILE_NAME).read_text(encoding="utf-8")
    with pytest.raises(ReachabilityMetadataError, match="exit code 3"):
        record_scenario("sh -c 'exit 3'", plug_ins, kafka, settings)
    with pytest.raises(ReachabilityMetadataError, match="no broker recorded anything"):
        record_scenario("true", plug_ins, kafka, settings)
