"""The distribution of an unpacked Kafka release, or of one that the user has built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kafka_native import reporting
from kafka_native._system.files import sha256_of
from kafka_native.distribution.model import Distribution, Jar
from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_distribution"]

_CORE_JAR = re.compile(r"kafka_2\.\d+-(?P<version>\d+\.\d+\.\d+.*)\.jar")
_NOT_CLASSES = re.compile(r".*-(sources|javadoc|scaladoc|tests?)\.jar")

_NOT_BROKER = ("connect-", "kafka-streams-", "rocksdbjni-", "trogdor-")
"""Modules of a release that a broker never loads: Connect with MirrorMaker, Streams with its 60 MB of native
store, and the fault injector. Left out, because tracing keeps every class of `org.apache.kafka`
(docs/adr/0002-tracing-executable.md). All else in `libs` may have been put there for the broker, and stays."""


def load_distribution(kafka_dir: Path) -> Distribution:
    """Return the jars of an unpacked Kafka release, with digests computed from their bytes.

    Args:
        kafka_dir: The folder that holds `libs`, such as `kafka_2.13-4.3.1`.

    Raises:
        SettingsError: When the folder holds no Kafka, or more than one.
    """
    files = sorted((kafka_dir / "libs").glob("*.jar"))
    version = _version(kafka_dir, files)
    wanted = [path for path in files if not _NOT_CLASSES.fullmatch(path.name)]
    kept = [path for path in wanted if not path.name.startswith(_NOT_BROKER)]
    if len(kept) < len(wanted):
        left_out = ", ".join(path.name for path in wanted if path not in kept)
        reporting.current().info(f"left out of {kafka_dir}, since a broker does not load them: {left_out}")
    return Distribution.of(version, (Jar(path.absolute(), sha256_of(path), path.name) for path in kept))


def _version(kafka_dir: Path, files: list[Path]) -> str:
    names = [path.name for path in files if not _NOT_CLASSES.fullmatch(path.name)]
    found = [match["version"] for name in names if (match := _CORE_JAR.fullmatch(name))]
    if len(found) != 1:
        raise SettingsError(
            f"{kafka_dir} is not an unpacked Kafka release: one libs/kafka_2.13-VERSION.jar was looked for, "
            f"{len(found)} found",
            hint="name the folder into which Kafka's archive was unpacked: the one with bin, config and libs",
            details=f"jars in {kafka_dir / 'libs'}: {', '.join(path.name for path in files) or 'none'}",
        )
    return found[0]
