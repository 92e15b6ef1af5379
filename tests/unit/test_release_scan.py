"""Versions as ecosystems order them, advisories, and scans."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from kafka_native.errors import PrerequisiteError, SettingsError
from kafka_native.release.components import Component, purl
from kafka_native.release.ignoring import IgnoreRule, load_ignore_rules
from kafka_native.release.inventory import Inventory
from kafka_native.release.sarif import to_sarif
from kafka_native.release.scan import scan
from kafka_native.release.versions import covers, fixed_versions

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.release.scan import FailOn, ScanReport

TODAY = dt.date(2026, 11, 1)


def maven(*events: dict[str, str], versions: tuple[str, ...] = (), name: str = "org.example:library") -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    return {"package": {"ecosystem": "Maven", "name": name}, "ranges": ranges, "versions": list(versions)}


@pytest.mark.parametrize(
    ("older", "newer"),
    # Of https://maven.apache.org/pom.html#version-order-specification, and of jars that are in Kafka.
    [
        ("1", "1.1"), ("1-snapshot", "1"), ("1", "1-sp"), ("1-foo2", "1-foo10"), ("1.foo", "1-1"), ("1-foo", "1-1"),
        ("1-1", "1.1"), ("1-alpha.1", "1-beta.1"), ("1.0-alpha2", "1.0-beta1"), ("1-m3", "1-rc1"), ("1-rc1", "1"),
        ("1.9", "1.10"), ("2.21", "2.21.2"), ("2.13.9", "2.13.18"), ("1.5.6-3", "1.5.6-10"), ("4.3.1-rc1", "4.3.1"),
        ("2.9.10.8", "2.21.2"), ("1.1.10.1", "1.1.10.7"), ("32.1.0-android", "32.1.0-jre"),
    ],
)  # fmt: skip
def test_maven_versions_are_ordered(older: str, newer: str) -> None:
    fixed = maven({"introduced": "0"}, {"fixed": newer})
    assert covers(fixed, older)
    assert not covers(fixed, newer)
    assert covers(maven({"introduced": newer}), newer)
    assert not covers(maven({"introduced": newer}), older)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0.0"),
        ("1.ga", "1-ga"),
        ("1-ga", "1"),
        ("1.final", "1"),
        ("1-a1", "1-alpha-1"),
        ("1-cr2", "1-rc2"),
        ("1.0.0.RELEASE", "1.0"),
        ("1.0.RC2", "1.0-rc2"),
        ("1.foo", "1-foo"),
    ],
)
def test_maven_versions_that_are_the_same(one: str, other: str) -> None:
    for version, fixed in ((one, other), (other, one)):
        assert not covers(maven({"introduced": "0"}, {"fixed": fixed}), version)
        assert covers(maven({"introduced": "0"}, {"last_affected": fixed}), version)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2.36-9+deb12u9", "2.36-9+deb12u10"), ("1.0~rc1-1", "1.0-1"), ("9.0-1", "1:1.0-1"), ("1.0-1", "1.0-1+b1"),
        ("1:1.35.0-4", "1:1.35.0-4+deb12u1"), ("25.0.3+9", "25.0.4+9-1~deb13u1"), ("1.0+dfsg-1", "1.1-1"),
    ],
)  # fmt: skip
def test_debian_versions_are_ordered(older: str, newer: str) -> None:
    affected = {
        "package": {"ecosystem": "Debian:12", "name": "glibc"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": newer}]}],
    }
    assert covers(affected, older)
    assert not covers(affected, newer)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.9", False),
        ("1.0", True),
        ("1.4", True),
        ("1.5", False),
        ("1.9", False),
        ("2.0", True),
        ("2.1", True),
        ("2.1.1", False),
        ("3.0", False),
    ],
)
def test_a_range_may_have_several_parts_in_any_order(version: str, *, expected: bool) -> None:
    events = ({"last_affected": "2.1"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"introduced": "1.0"})
    assert covers(maven(*events), version) is expected


def test_versions_may_be_listed() -> None:
    listed = maven(versions=("1.2.3",))
    assert covers(listed, "1.2.3")
    assert not covers(listed, "1.2.4")
    assert fixed_versions(maven({"introduced": "0"}, {"fixed": "2"})) == ("2",)


def test_commits_are_no_versions() -> None:
    ranges = [{"type": "GIT", "repo": "https://git.example.org/x", "events": [{"introduced": "0"}]}]
    assert not covers(maven() | {"ranges": ranges}, "1.0")


CVSS = {
    "critical": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "low": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N",
}


def advisory(number: int, affected: dict[str, Any], **more: Any) -> dict[str, Any]:
    basic = {"id": f"GHSA-{number}", "modified": f"2026-10-0{number}T00:00:00Z", "summary": f"number {number}"}
    return basic | {"aliases": [f"CVE-2026-{number}"], "affected": [affected]} | more


def severity(level: str) -> dict[str, Any]:
    return {"severity": [{"type": "CVSS_V3", "score": CVSS[level]}]}


CVSS_4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
OPEN = ({"introduced": "0"}, {"fixed": "9.9"})
JAR = Component("org.example:library", "1.2", purl("maven", "org.example", "library", "1.2"), "", "compiled in")
TOOL = Component("org.example:tool", "1.2", purl("maven", "org.example", "tool", "1.2"), "", "build tool")
LIBC = Component(
    "libc6",
    "2.36-9+deb12u9",
    purl("deb", "debian", "libc6", "2.36-9+deb12u9", distro="debian-12"),
    "",
    "in the image",
    source="glibc",
)
JDK = Component(
    "OpenJDK class library", "25.0.3+9", purl("generic", "", "x", "1"), "", "compiled in", source="openjdk-25"
)
ZLIB = Component("zlib", "1.2.13", purl("generic", "", "zlib", "1.2.13"), "", "compiled in")


def database(folder: Path, *records: dict[str, Any]) -> Path:
    (folder / "osv").mkdir()
    for record in records:
        (folder / "osv" / f"{record['id']}.json").write_text(json.dumps(record))
    return folder / "osv"


def look(path: Path | None, *components: Component, fail_on: FailOn = "high", **more: Any) -> ScanReport:
    inventory = Inventory("thing", "image", f"sha256:{'1' * 64}", "4.3.1", "2026-01-01T00:00:00Z", components)
    return scan(inventory, path, fail_on=fail_on, today=TODAY, **more)


def test_findings_are_sorted_by_severity_and_fail(tmp_path: Path) -> None:
    other = maven(*OPEN, name="org.example:other")
    path = database(
        tmp_path,
        advisory(1, maven(*OPEN), **severity("low")),
        advisory(2, maven(*OPEN), **severity("critical")),
        advisory(3, maven(*OPEN)),
        advisory(4, other, **severity("critical")),
        advisory(5, maven({"introduced": "0"}, {"fixed": "1.2"}), **severity("critical")),
        advisory(6, maven(*OPEN), withdrawn="2026-01-01T00:00:00Z", **severity("critical")),
    )
    report = look(path, JAR)
    assert [(each.advisory.id, each.advisory.level) for each in report.findings] == [
        ("GHSA-2", "critical"),
        ("GHSA-1", "low"),
        ("GHSA-3", "unknown"),
    ]
    assert report.findings[0].advisory.score == 9.8
    assert report.findings[0].advisory.fixed == ("9.9",)
    assert report.database["advisories"] == 6
    assert report.database["newest"] == "2026-10-06T00:00:00Z"
    assert [len(look(path, JAR, fail_on=level).failing) for level in ("unknown", "low", "critical", "never")] == [
        3,
        2,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ({"database_specific": {"severity": "MODERATE"}}, "medium"),
        ({"database_specific": {"severity": "HIGH"}}, "high"),
        ({"severity": [{"type": "CVSS_V4", "score": CVSS_4}]}, "critical"),
        ({"severity": [{"type": "CVSS_V3", "score": "not a vector"}]}, "unknown"),
        ({"severity": [{"type": "Ubuntu", "score": "medium"}]}, "unknown"),
    ],
)  # fmt: skip
def test_severities_are_read(tmp_path: Path, words: dict[str, Any], level: str) -> None:
    (finding,) = look(database(tmp_path, advisory(1, maven(*OPEN), **words)), JAR).findings
    assert finding.advisory.level == level


def test_build_tools_are_shown_and_do_not_fail(tmp_path: Path) -> None:
    path = database(tmp_path, advisory(1, maven(*OPEN, name="org.example:tool"), **severity("critical")))
    report = look(path, TOOL)
    assert len(report.findings) == 1
    assert report.failing == ()


def test_debian_packages_are_looked_up_by_source_and_release(tmp_path: Path) -> None:
    def of(number: int, release: str, fixed: str, name: str = "glibc") -> dict[str, Any]:
        package = {"ecosystem": f"Debian:{release}", "name": name}
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
        return advisory(number, {"package": package, "ranges": ranges})

    path = database(
        tmp_path,
        of(1, "12", "2.36-9+deb12u10"),
        of(2, "13", "2.41-12"),
        of(3, "12", "2.36-9+deb12u9"),
        of(4, "13", "25.0.4+9-1~deb13u1", "openjdk-25"),
    )
    report = look(path, LIBC, JDK)
    assert {(each.package.name, each.advisory.id) for each in report.findings} == {
        ("glibc", "GHSA-1"),
        ("openjdk-25", "GHSA-4"),
    }


def test_what_the_database_is_silent_about_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    report = look(database(tmp_path, advisory(1, maven(*OPEN, name="org.example:other"))), JAR, LIBC, ZLIB)
    assert report.looked_up == 1
    assert report.not_looked_up == (LIBC.purl, ZLIB.purl)
    assert "no advisories about Debian" in caplog.text


def test_a_database_may_be_an_archive_or_a_folder_of_archives(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("GHSA-1.json", json.dumps(advisory(1, maven(*OPEN))))
    for path in (folder, folder / "all.zip"):
        assert [each.advisory.id for each in look(path, JAR).findings] == ["GHSA-1"]


def test_without_a_database_nothing_is_said_to_be_well(tmp_path: Path) -> None:
    for path in (None, tmp_path / "absent"):
        with pytest.raises(PrerequisiteError) as caught:
            look(path, JAR)
        assert "--advisories" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "content",
    [None, "{", "[]", "{}", "[" * 100_000],
    ids=["empty", "no JSON", "a list", "no advisory", "too deep"],
)
def test_what_is_no_database_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content)
    with pytest.raises(SettingsError):
        look(tmp_path, JAR)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"modified": 5}, "modified should be a text, and is a number"),
        ({"aliases": "CVE-1"}, "aliases should be a list, and is a text"),
        ({"affected": {}}, "affected should be a list, and is an object"),
        ({"affected": [maven(), 7]}, "affected[1] should be an object, and is a number"),
        ({"affected": [{"package": {"ecosystem": "Maven"}}]}, "affected[0].package.name is missing"),
        ({"affected": [maven(*OPEN) | {"versions": [1.2]}]}, "affected[0].versions[0] should be a text"),
        ({"affected": [maven() | {"ranges": [{"type": "GIT"}]}]}, "affected[0].ranges[0].events is missing"),
        ({"affected": [maven({"introduced": 0})]}, "ranges[0].events[0].introduced should be a text"),  # type: ignore[dict-item]
        ({"affected": [maven(*OPEN)], "severity": [{"type": "CVSS_V3"}]}, "severity[0].score is missing"),
        ({"affected": [maven(*OPEN)], "details": ["a"], "summary": None}, "details should be a text, and is a list"),
    ],
)
def test_malformed_advisories_are_refused_with_the_place(tmp_path: Path, more: dict[str, Any], place: str) -> None:
    path = database(tmp_path, advisory(1, maven(*OPEN)) | more)
    with pytest.raises(SettingsError) as caught:
        look(path, JAR)
    assert caught.value.message.startswith("GHSA-1.json is no advisory in the OSV format: ")
    assert place in caught.value.message
    assert "osv-schema" in (caught.value.hint or "")


def test_null_is_as_good_as_nothing(tmp_path: Path) -> None:
    nulls: dict[str, Any] = {"aliases": None, "severity": None, "withdrawn": None, "database_specific": None}
    path = database(tmp_path, advisory(1, maven(*OPEN), **nulls), advisory(2, maven()) | {"affected": None})
    assert [each.advisory.aliases for each in look(path, JAR).findings] == [()]


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", json.dumps(advisory(1, maven(*OPEN))))
    content = bytearray(path.read_bytes())
    content[60:70] = b"\xff" * 10
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"all\.zip cannot be read"):
        look(path, JAR)


def test_accepted_advisories_do_not_fail_until_their_date(tmp_path: Path) -> None:
    path = database(tmp_path, advisory(1, maven(*OPEN), **severity("critical")))
    for expires, failing in ((TODAY, 0), (TODAY - dt.timedelta(days=1), 1)):
        rule = IgnoreRule("CVE-2026-1", "not reachable", expires, "org.example:library")
        report = look(path, JAR, ignore=(rule,))
        assert len(report.findings) == 1
        assert len(report.failing) == failing
        assert report.expired == (("CVE-2026-1",) if failing else ())
    assert len(look(path, JAR, ignore=(IgnoreRule("CVE-2026-1", "x", TODAY, "org.example:other"),)).failing) == 1


def test_the_list_of_accepted_advisories_is_read(tmp_path: Path) -> None:
    path = tmp_path / "accepted.toml"
    path.write_text('[[ignore]]\nid = "CVE-1"\nreason = "not in it"\nexpires = 2027-03-31\n')
    assert load_ignore_rules(path) == (IgnoreRule("CVE-1", "not in it", dt.date(2027, 3, 31)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[ignore]]\nid = "CVE-1"\nexpires = 2027-03-31\n', "reason"),
        ('[[ignore]]\nid = "CVE-1"\nreason = " "\nexpires = 2027-03-31\n', "reason"),
        ('[[ignore]]\nid = "CVE-1"\nreason = "x"\n', "expires"),
        ('[[ignore]]\nid = "CVE-1"\nreason = "x"\nexpires = "2027-03-31"\n', "expires"),
        ('[[ignore]]\nid = "CVE-1"\nreason = "x"\nexpires = 2027-03-31\nuntil = 1\n', "until"),
        ("[[ignored]]\n", "ignored"),
        ("ignore", "cannot be read"),
    ],
)
def test_entries_without_reason_or_date_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "accepted.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_ignore_rules(tmp_path / "accepted.toml")
    assert said in caught.value.message


def test_findings_become_sarif(tmp_path: Path) -> None:
    path = database(tmp_path, advisory(1, maven(*OPEN), **severity("critical")), advisory(2, maven(*OPEN)))
    log = to_sarif(look(path, JAR, ignore=(IgnoreRule("GHSA-2", "known", TODAY),)))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["GHSA-1", "GHSA-2"]
    assert run["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "9.8"
    first, second = run["results"]
    assert (first["ruleId"], first["level"]) == ("GHSA-1", "error")
    assert "org.example:library 1.2" in first["message"]["text"]
    assert second["suppressions"][0]["justification"].startswith("known")
