"""What the classes in plug-in jars are to Kafka, and what they need, as `src/java/reachability` finds it."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kafka_native.errors import NativeBuildError, SettingsError
from kafka_native.settings import bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kafka_native.distribution import Distribution
    from kafka_native.plugins.model import PlugIns
    from kafka_native.toolchain.jdk import Jdk

__all__ = ["Findings", "FoundPlugIn", "find_classes", "parse_findings"]

_PROGRAM: Final = "kafkanative/reachability/Main.java"
_EVERYTHING: Final = ("Constructors", "Fields", "Methods")
_ELEMENTS: Final[Mapping[str, Callable[..., tuple[str, dict[str, Any]]]]] = {
    "resource": lambda name: ("resources", {"glob": _escaped(name)}),
    "public-constructors": lambda name: ("reflection", {"type": name, "allDeclaredConstructors": True}),
    "public-methods": lambda name: ("reflection", {"type": name, "allPublicMethods": True}),
    "everything": lambda name: (
        "reflection",
        {"type": name} | {f"all{kind}{each}": True for kind in ("Declared", "Public") for each in _EVERYTHING},
    ),
}


@dataclass(frozen=True)
class FoundPlugIn:
    """A class that Kafka can load.

    Args:
        type: The interface that it implements; "log4j2 plug-in" for those.
        name: The class.
        jar: The file name of its jar.
    """

    type: str
    name: str
    jar: str


@dataclass(frozen=True)
class Findings:
    """What was found in the jars.

    Args:
        plug_ins: The classes that Kafka can load.
        metadata: What native-image must know of them, as the JSON of a reachability-metadata.json.
        warnings: What could not be found out, or will not work.
    """

    plug_ins: tuple[FoundPlugIn, ...]
    metadata: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, the metadata left out."""
        return {"plug_ins": [asdict(each) for each in self.plug_ins], "warnings": list(self.warnings)}


def find_classes(plug_ins: PlugIns, distribution: Distribution, jdk: Jdk) -> Findings:
    """Look through the jars.

    Args:
        plug_ins: The jars.
        distribution: Kafka's jars.
        jdk: Runs the program; version 25 or newer.

    Raises:
        SettingsError: When a class in a jar that the user named cannot be linked.
        NativeBuildError: When the program fails.
    """
    argv: list[str | Path] = [jdk.java, bundled("src/java/reachability") / _PROGRAM, "plug-ins"]
    argv += [*distribution.class_path, *plug_ins.class_path, "--", *plug_ins.class_path]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        names = ", ".join(jar.name for jar in plug_ins.jars)
        raise NativeBuildError(
            f"looking through {names} failed", details=done.stderr[-4000:], hint="report it, with the details"
        )
    return parse_findings(done.stdout, {str(jar.path) for jar in plug_ins.jars if jar.named})


def parse_findings(text: str, named: set[str]) -> Findings:
    """Return what the program's lines say.

    Args:
        text: The lines; their form is told in `PlugIns.java`.
        named: Paths of the jars that the user named: what does not link there is refused, elsewhere it is left out.

    Raises:
        SettingsError: When a class in one of these does not link.
    """
    lines: defaultdict[str, list[list[str]]] = defaultdict(list)
    for line in text.splitlines():
        kind, *words = line.split("\t")
        lines[kind].append(words)
    refused = [words for words in lines["problem"] if words[1] in named]
    if refused:
        name, jar, problem = refused[0]
        others = [f"{each[0]}: {each[2]}" for each in refused[1:]]
        raise SettingsError(
            f"{name} in {jar} cannot be linked: {problem}",
            hint="add the jar that has it with --jar, or name the artifact with --maven, which brings what it needs",
            details="\n".join(others) or None,
        )
    left_out = [f"{name} in {Path(jar).name} is left out: {problem}" for name, jar, problem in lines["problem"]]
    return Findings(
        tuple(FoundPlugIn(type_, name, Path(jar).name) for type_, name, jar in lines["found"]),
        _metadata(lines["register"]),
        (*left_out, *(text for [text] in lines["note"])),
    )


def _metadata(rows: list[list[str]]) -> dict[str, list[dict[str, Any]]]:
    document: dict[str, list[dict[str, Any]]] = {}
    for kind, *words in rows:
        section, element = _ELEMENTS[kind](*words)
        document.setdefault(section, []).append(element)
    return json.loads(json.dumps(document))  # type: ignore[no-any-return] # it is what was written


def _escaped(name: str) -> str:
    """A glob that means exactly this name; com.oracle.svm.util.GlobUtils tells what must be escaped."""
    return re.sub(r"([\\*?\[\]{}])", r"\\\1", name)
