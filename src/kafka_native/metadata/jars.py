"""What Kafka's jars themselves tell of what they reach by name: rules over their contents, and metadata inside them.

The rules are evaluated by a Java program (`src/java/reachability`), since what a property's default is only comes out
when Kafka's configuration definitions are made.
"""

from __future__ import annotations

import json
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any, Final

from kafka_native.errors import ReachabilityMetadataError
from kafka_native.reachability import Fact, ReachabilityMetadata, parse_reachability_metadata
from kafka_native.settings import bundled
from kafka_native.toolchain.embedded import legacy_reflection
from kafka_native.tools import load_tools

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kafka_native.distribution import Distribution
    from kafka_native.toolchain.jdk import Jdk

__all__ = ["CARRIED_PREFIX", "RULES", "RULE_PREFIX", "derive", "embedded", "missing"]

RULE_PREFIX: Final = "rule:"
"""Begins the names of rules among the names of runs in provenance."""

CARRIED_PREFIX: Final = "carried:"
"""Begins the name of the Kafka version from whose recordings an entry was taken over, among the names of runs."""

RULES: Final[Mapping[str, str]] = {
    "plug-ins": "a class that can be named in a property: it implements a type of which Kafka makes instances so",
    "defaults": "a class that is a property's default value in one of Kafka's configuration definitions",
    "services": "a file under META-INF/services for a type of Kafka's or log4j's, and the classes that it names",
    "gss-mechanisms": "a factory of a GSS mechanism (Kerberos), named by a security provider of the JDK",
    "tools": "the main class of one of Kafka's command-line tools, which the launcher calls by name",
    "options": "the type of a command-line option's value, which is made of text by name",
    "beans": "a class that Jackson fills from JSON or CSV, or writes as such",
    "bundles": "the texts of JOpt Simple's and argparse4j's messages and help",
    "mbeans": "an interface through which JMX reads and calls an MBean",
    "terminals": "what JLine's native code makes around a file descriptor, for the metadata shell (jlinenative.c)",
}

_PLAIN_CONSTRUCTOR: Final = {"methods": [{"name": "<init>", "parameterTypes": []}]}
_KINDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "constructor": _PLAIN_CONSTRUCTOR,
    "public-constructors": {"allPublicConstructors": True},
    "public-methods": {"allPublicMethods": True},
    "value-of": {"methods": [{"name": "valueOf", "parameterTypes": ["java.lang.String"]}]},
    "text-constructor": {"methods": [{"name": "<init>", "parameterTypes": ["java.lang.String"]}]},
    "bean": {"allDeclaredConstructors": True, "allDeclaredFields": True, "allDeclaredMethods": True},
    "descriptor": {**_PLAIN_CONSTRUCTOR, "fields": [{"name": "fd"}], "jniAccessible": True},
    "main": {"methods": [{"name": "main", "parameterTypes": ["java.lang.String[]"]}]},
}
_DESCRIPTORS: Final = ("java.io.FileDescriptor", "java.lang.ProcessBuilder$RedirectPipeImpl")
_LEVELS: Final = "java.logging/sun/util/logging/resources/logging_en.properties"
"""Where the JDK looks for the names of levels, in vain, before JLine warns that it has no terminal."""
_RESOURCES: Final = {"resource": "glob", "bundle": "bundle"}


def derive(distribution: Distribution, jdk: Jdk) -> dict[str, ReachabilityMetadata]:
    """Return what the rules derive, by `rule:NAME` of each rule.

    Args:
        distribution: Kafka's jars.
        jdk: Runs the program; version 25 or newer.

    Raises:
        ReachabilityMetadataError: When the program fails, as it does when a configuration definition cannot be made.
    """
    documents: dict[str, dict[str, list[Any]]] = {}
    lines = _run("derive", distribution, jdk).splitlines()
    derived = [tuple(line.split("\t")) for line in lines] + [("tools", "main", name) for name in _tools(distribution)]
    if "org/jline/nativ/JLineLibrary.class" in _names(distribution):
        derived += [("terminals", "descriptor", name) for name in _DESCRIPTORS]
        derived.append(("terminals", "module-resource", _LEVELS))
    for rule, kind, name in derived:
        section, element = _element(kind, name)
        documents.setdefault(f"{RULE_PREFIX}{rule}", {}).setdefault(section, []).append(element)
    return {rule: parse_reachability_metadata(json.dumps(each), rule) for rule, each in documents.items()}


def _tools(distribution: Distribution) -> list[str]:
    """Return the main classes of tools that are in the jars."""
    names, tools = _names(distribution), load_tools()
    return [each for tool in tools for each in tool.main_classes if f"{each.replace('.', '/')}.class" in names]


def _names(distribution: Distribution) -> set[str]:
    return {name for jar in distribution.class_path for name in zipfile.ZipFile(jar).namelist()}


def _element(kind: str, name: str) -> tuple[str, dict[str, Any]]:
    if kind == "module-resource":
        module, _, glob = name.partition("/")
        return "resources", {"module": module, "glob": glob}
    if kind in _RESOURCES:
        return "resources", {_RESOURCES[kind]: name}
    return "reflection", {"type": name} | dict(_KINDS[kind])


def embedded(class_path: Iterable[Path]) -> ReachabilityMetadata:
    """Return the reflection that jars declare themselves, under META-INF/native-image: no need to say it again.

    Conditional entries are left out, and what the format of older GraalVM versions calls otherwise.
    """
    elements = [
        {"type": entry["name"], "methods": entry.get("methods", []), "fields": entry.get("fields", [])}
        for entry in legacy_reflection(class_path)
    ]
    return parse_reachability_metadata(json.dumps({"reflection": elements}), "META-INF/native-image")


def missing(metadata: ReachabilityMetadata, distribution: Distribution, jdk: Jdk) -> frozenset[Fact]:
    """Return the types, fields and methods that are not on the class path.

    A type that is missing may be there for a reason: Kafka or the JDK looks whether it exists.

    Raises:
        ReachabilityMetadataError: When the program fails.
    """
    by_line = {line: fact for fact in metadata.facts if (line := _line(fact))}
    absent = _run("missing", distribution, jdk, stdin="".join(f"{line}\n" for line in sorted(by_line)))
    return frozenset(by_line[line] for line in absent.splitlines())


def _line(fact: Fact) -> str | None:
    """Return a fact as the program reads it; None for what it does not look up."""
    type_name = json.loads(fact.entry.identity).get("type")
    if not isinstance(type_name, str):
        return None  # a resource, or a class that only comes to be at run time
    if not fact.attribute:
        return type_name
    if fact.attribute not in ("methods", "fields"):
        return None
    member = json.loads(fact.value)
    words = [type_name, fact.attribute.removesuffix("s"), member["name"], *member.get("parameterTypes", [])]
    return "\t".join(words)


def _run(command: str, distribution: Distribution, jdk: Jdk, stdin: str = "") -> str:
    program = bundled("src/java/reachability") / "kafkanative/reachability/Main.java"
    argv: list[str | Path] = [jdk.java, program, command, *distribution.class_path]
    done = subprocess.run(argv, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ReachabilityMetadataError(
            f"reading the jars of Kafka {distribution.kafka_version} failed ({command})",
            details=done.stderr[-4000:],
            hint="this Kafka version is not supported by this release of kafka-native",
        )
    return str(done.stdout)
