"""Reading, merging and writing of reachability metadata, on samples as GraalVM 25 writes them."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native import reachability
from kafka_native.errors import ReachabilityMetadataError
from kafka_native.reachability import ReachabilityMetadata, merge, parse_reachability_metadata, render, versions

if TYPE_CHECKING:
    from pathlib import Path

PLAIN: dict[str, Any] = {
    "reflection": [
        {"type": "org.apache.kafka.common.metrics.JmxReporter", "methods": [{"name": "<init>", "parameterTypes": []}]},
        {"type": "kafka.Kafka", "jniAccessible": True, "fields": [{"name": "MODULE$"}]},
        {"type": "java.lang.String[]"},
        {"type": {"proxy": ["java.util.Map", "java.io.Serializable"]}},
        {
            "type": {"lambda": {"declaringClass": "a.L", "interfaces": ["java.util.Comparator"]}},
            "serializable": True,
        },
    ],
    "resources": [
        {"glob": "kafka/kafka-version.properties"},
        {"module": "java.base", "glob": "sun/net/idn/uidna.spp"},
        {"bundle": "sun.security.util.Resources"},
    ],
    "foreign": {"downcalls": [{"returnType": "int", "parameterTypes": ["int", "void*"]}]},
}
SASL: dict[str, Any] = {
    "comment": "only here",
    "reflection": [
        {
            "type": "kafka.Kafka",
            "unsafeAllocated": True,
            "allDeclaredFields": False,
            "methods": [
                {"name": "main", "parameterTypes": ["java.lang.String[]"]},
                {"name": "<init>", "parameterTypes": []},
            ],
            "fields": [{"name": "MODULE$"}],
        },
        {"condition": {"typeReached": "a.B"}, "type": "kafka.Kafka", "serializable": True},
        {"type": "javax.security.sasl.Sasl", "reason": "SASL"},
    ],
    "resources": [{"bundle": "sun.security.util.Resources", "locales": ["en", "de"]}],
}
OLDER: dict[str, Any] = {
    "jni": [{"type": "java.lang.Boolean", "methods": [{"name": "getBoolean", "parameterTypes": ["java.lang.String"]}]}],
    "serialization": [{"type": "java.util.ArrayList"}],
    "bundles": [{"name": "a.Messages", "locales": ["de"]}],
}
SAMPLES = {"plain": PLAIN, "sasl": SASL, "older": OLDER}


def parsed(value: object) -> ReachabilityMetadata:
    return parse_reachability_metadata(json.dumps(value), "sample.json")


TRACES = {name: parsed(value) for name, value in SAMPLES.items()}

MERGED_TEXT = """\
{
  "reflection": [
    {"type": "java.lang.String[]"},
    {"type": "javax.security.sasl.Sasl"},
    {"condition": {"typeReached": "a.B"}, "type": "kafka.Kafka", "serializable": true},
    {
      "type": "kafka.Kafka",
      "jniAccessible": true,
      "unsafeAllocated": true,
      "fields": [
        {"name": "MODULE$"}
      ],
      "methods": [
        {"name": "<init>", "parameterTypes": []},
        {"name": "main", "parameterTypes": ["java.lang.String[]"]}
      ]
    },
    {
      "type": "org.apache.kafka.common.metrics.JmxReporter",
      "methods": [
        {"name": "<init>", "parameterTypes": []}
      ]
    },
    {"type": {"lambda": {"declaringClass": "a.L", "interfaces": ["java.util.Comparator"]}}, "serializable": true},
    {"type": {"proxy": ["java.util.Map", "java.io.Serializable"]}}
  ],
  "resources": [
    {"glob": "kafka/kafka-version.properties"},
    {"bundle": "sun.security.util.Resources", "locales": ["de", "en"]},
    {"glob": "sun/net/idn/uidna.spp", "module": "java.base"}
  ],
  "foreign": {
    "downcalls": [
      {"returnType": "int", "parameterTypes": ["int", "void*"]}
    ]
  }
}
"""


def test_runs_are_merged_by_type_and_condition() -> None:
    merged = merge({"plain": TRACES["plain"], "sasl": TRACES["sasl"]})
    assert render(merged.metadata) == MERGED_TEXT


def test_the_older_sections_are_kept_as_they_are() -> None:
    assert json.loads(render(TRACES["older"])) == OLDER


@pytest.mark.parametrize("names", list(itertools.permutations(SAMPLES)))
def test_the_order_of_runs_does_not_matter(names: tuple[str, ...]) -> None:
    merged = merge({name: TRACES[name] for name in names})
    expected = merge(TRACES)
    assert render(merged.metadata) == render(expected.metadata)
    assert reachability.render_provenance(merged) == reachability.render_provenance(expected)


def test_the_order_of_elements_does_not_matter() -> None:
    turned = {name: value[::-1] if isinstance(value, list) else value for name, value in reversed(PLAIN.items())}
    assert render(parsed(turned)) == render(TRACES["plain"])


def test_merging_what_was_merged_changes_nothing() -> None:
    text = render(merge(TRACES).metadata)
    again = parse_reachability_metadata(text, "again")
    assert render(again) == text
    assert merge({"one": again, "two": TRACES["sasl"]}).metadata == again


def test_an_element_that_is_there_twice_becomes_one() -> None:
    assert parsed({"reflection": [{"type": "a.A"}, {"type": "a.A", "jniAccessible": True}]}) == parsed(
        {"reflection": [{"type": "a.A", "jniAccessible": True}]}
    )


def test_nothing_gives_an_empty_object() -> None:
    assert render(parsed({})) == "{}\n"


def test_provenance_names_the_runs_of_entries_and_of_members_that_differ() -> None:
    provenance = json.loads(reachability.render_provenance(merge(TRACES | {"again": TRACES["plain"]})))
    assert provenance["runs"] == ["again", "older", "plain", "sasl"]
    reflection = provenance["seen_by"]["reflection"]
    assert reflection["java.lang.String[]"] == ["again", "plain"]
    assert reflection["kafka.Kafka"] == ["again", "plain", "sasl"]
    assert reflection["kafka.Kafka#main(java.lang.String[])"] == ["sasl"]
    assert reflection["kafka.Kafka jniAccessible"] == ["again", "plain"]
    assert "kafka.Kafka#MODULE$" not in reflection
    assert provenance["seen_by"]["foreign/downcalls"]


def test_provenance_says_star_for_what_every_run_of_a_kind_saw() -> None:
    traces = {"jvm:a": TRACES["plain"], "jvm:b": TRACES["plain"], "rule:x": parsed({})}
    provenance = json.loads(reachability.render_provenance(merge(traces)))
    assert {tuple(runs) for section in provenance["seen_by"].values() for runs in section.values()} == {("jvm:*",)}


def test_provenance_can_be_read_again(tmp_path: Path) -> None:
    merged = merge({"jvm:a": TRACES["plain"], "jvm:b": TRACES["plain"], "native:c": TRACES["sasl"]})
    path = tmp_path / "provenance.json"
    path.write_text(reachability.render_provenance(merged), encoding="utf-8")
    provenance = reachability.load_provenance(path)
    assert provenance.runs == merged.runs
    assert {fact: provenance.of(fact) for fact in merged.seen_by} == dict(merged.seen_by)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"digest": "", "runs": [], "seen_by": 1}'])
def test_provenance_that_is_malformed_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "provenance.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReachabilityMetadataError, match=r"provenance.json cannot be read"):
        reachability.load_provenance(path)


def test_what_need_not_be_said_is_left_out_but_not_the_entry_of_which_more_is_said() -> None:
    said = parsed({"reflection": [{"type": "a.A"}, {"type": "a.B", "fields": [{"name": "x"}]}]})
    seen = parsed({"reflection": [{"type": "a.A"}, {"type": "a.B", "fields": [{"name": "x"}, {"name": "y"}]}]})
    assert merge({"run": seen}, without=said.facts).metadata == parsed(
        {"reflection": [{"type": "a.B", "fields": [{"name": "y"}]}]}
    )


def test_labels_are_unique_in_their_section() -> None:
    facts = merge(TRACES).metadata.facts
    assert len({(fact.entry.section, reachability.label(fact)) for fact in facts}) == len(facts)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"reflection": [\n  {"type": }]}', "sample.json, line 2, column 12: Expecting value"),
        ("", "sample.json, line 1, column 1: Expecting value"),
        ("[]", "sample.json at /: an object is needed"),
        ('{"reflection": {}}', "sample.json at /reflection: a list is needed"),
        ('{"proxies": []}', "sample.json at /proxies: unknown section"),
        ('{"foreign": {"sidecalls": []}}', "sample.json at /foreign/sidecalls: unknown section"),
        ('{"reflection": [{"type": "a"}, "b"]}', "sample.json at /reflection/1: an object is needed"),
        ('{"reflection": [{"name": "a.A"}]}', "sample.json at /reflection/0: exactly one of type is needed"),
        ('{"reflection": [{"type": 1}]}', "sample.json at /reflection/0/type: a name, or an object"),
        ('{"reflection": [{"type": "a", "queried": true}]}', "sample.json at /reflection/0/queried: unknown attribute"),
        ('{"reflection": [{"type": "a", "jniAccessible": "yes"}]}', "at /reflection/0/jniAccessible: true or false"),
        ('{"reflection": [{"type": "a", "methods": {}}]}', "sample.json at /reflection/0/methods: a list is needed"),
        ('{"reflection": [{"type": "a", "condition": {"typeReachable": "b"}}]}', "at /reflection/0/condition: "),
        ('{"resources": [{"glob": "a", "bundle": "b"}]}', "at /resources/0: exactly one of glob, bundle is needed"),
        ('{"resources": {"globs": []}}', "sample.json at /resources: a list is needed"),
    ],
)
def test_malformed_metadata_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(ReachabilityMetadataError, match=re.escape(place)):
        parse_reachability_metadata(text, "sample.json")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReachabilityMetadataError, match=r"cannot read .*missing\.json"):
        reachability.load_reachability_metadata(tmp_path / "missing.json")


@pytest.fixture
def configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(versions, "bundled", tmp_path.joinpath)
    return tmp_path / "native-image-configs"


def test_a_version_that_was_written_is_found(configs: Path) -> None:
    merged = merge(TRACES)
    reachability.write_version(configs / "4.3.1", merged)
    folder = reachability.configs_for("4.3.1")
    assert folder == configs / "4.3.1"
    assert reachability.load_reachability_metadata(folder / reachability.FILE_NAME) == merged.metadata
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    reachability.write_version(folder, merged)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert first.keys() == {"reachability-metadata.json", "provenance.json"}


def test_the_metadata_of_another_version_is_not_taken(configs: Path) -> None:
    reachability.write_version(configs / "4.3.1", merge(TRACES))
    with pytest.raises(ReachabilityMetadataError, match=r"for Kafka 4\.4\.0, only for: 4\.3\.1") as caught:
        reachability.configs_for("4.4.0")
    assert "kafka-native metadata trace" in (caught.value.hint or "")
