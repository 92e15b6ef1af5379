"""Where things of this project live on the machine, from `NATIVE_KAFKA_*` variables or the XDG defaults.

Only places and switches; nothing here touches the file system.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from kafka_native.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PREFIX", "Settings", "bundled", "load_settings", "source_date_epoch"]

PREFIX = "NATIVE_KAFKA_"
"""Every variable of ours starts so, because in the image each `KAFKA_*` variable becomes a broker property."""

_EPOCH = "SOURCE_DATE_EPOCH"
_LATEST = 253402300799
"""The last second of the year 9999, after which Python has no date."""


@dataclass(frozen=True)
class Settings:
    """Places and switches of one run.

    Args:
        cache_dir: Downloads, toolchains and executables; may be deleted at any time.
        data_dir: Instances of `up`, with their data.
        maven_url: Base URL of a Maven repository, or None for Maven Central.
        executable: A native executable to use instead of building one.
        jars: Plug-ins of nodes for which none are named.
    """

    cache_dir: Path
    data_dir: Path
    maven_url: str | None = None
    executable: Path | None = None
    jars: tuple[Path, ...] = ()

    @property
    def instances_dir(self) -> Path:
        """The folder with one sub-folder an instance."""
        return self.data_dir / "instances"


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Resolve the settings from environment variables.

    Args:
        environment: The variables; `NATIVE_KAFKA_CACHE_DIR`, `NATIVE_KAFKA_DATA_DIR`, `NATIVE_KAFKA_MAVEN_URL`,
            `NATIVE_KAFKA_EXECUTABLE` and `NATIVE_KAFKA_JARS` (paths with colons between them) are read.

    Returns:
        The settings, with absolute paths. Defaults follow the XDG base directory specification.
    """

    def path(name: str, default: Path) -> Path:
        value = environment.get(PREFIX + name)
        return Path(value).expanduser().absolute() if value else default

    executable = environment.get(PREFIX + "EXECUTABLE")
    jars = filter(None, environment.get(PREFIX + "JARS", "").split(os.pathsep))
    return Settings(
        cache_dir=path("CACHE_DIR", platformdirs.user_cache_path("kafka-native")),
        data_dir=path("DATA_DIR", platformdirs.user_data_path("kafka-native")),
        maven_url=environment.get(PREFIX + "MAVEN_URL") or None,
        executable=Path(executable).expanduser().absolute() if executable else None,
        jars=tuple(Path(each).expanduser().absolute() for each in jars),
    )


def source_date_epoch(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return the time that SOURCE_DATE_EPOCH sets for all that is built, in seconds since 1970, or None.

    What builds calls this first: a mistake is to be told before anything slow begins.
    The variable: https://reproducible-builds.org/specs/source-date-epoch/; empty is as good as not set.

    Args:
        environment: The variables.

    Raises:
        SettingsError: When it is no whole number of seconds, or beyond the year 9999.
    """
    text = environment.get(_EPOCH)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > _LATEST:
        raise SettingsError(
            f"{_EPOCH} is {text!r}, not a number of seconds since 1970",
            hint=f"unset it, or set it to a whole number, such as: export {_EPOCH}=$(git log -1 --format=%ct)",
        )
    return int(text)


def bundled(name: str) -> Path:
    """Return the path of a folder that ships with the project, such as `src/c` or `native-image-configs`.

    Args:
        name: Its path in the repository. In a clone it is read from there; in a wheel, from inside the package.
    """
    package = Path(__file__).parent
    clone = package.parent.parent
    return (clone if (clone / "pyproject.toml").is_file() else package / "_bundled") / name
