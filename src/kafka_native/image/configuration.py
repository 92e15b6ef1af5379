"""How a container of the image runs: user, variables, start command, health check, labels. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka_native import __version__
from kafka_native.image.root_files import APP_USER, DATA_FOLDER
from kafka_native.image.stage import EXECUTABLE, RUN, TOOLS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kafka_native.image.packages import SystemFiles

__all__ = ["EXECUTABLE_LABEL", "container_configuration", "image_labels"]

EXECUTABLE_LABEL = "kafka-native.executable.sha256"
_SECOND = 1_000_000_000
_PATH = f"{TOOLS_FOLDER}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LICENCES = "Apache-2.0 AND GPL-2.0-only WITH Classpath-exception-2.0 AND LGPL-2.1-or-later"


def image_labels(
    kafka_version: str, executable_sha256: str, system: SystemFiles, *, with_shell: bool
) -> dict[str, str]:
    """Return the labels of an image; those of OCI have the meaning that the image-spec's annotations.md gives them.

    Args:
        kafka_version: Of the executable.
        executable_sha256: Of the executable.
        system: The packages whose files are in the image.
        with_shell: Whether busybox is.
    """
    packages = [each for each in system.packages if with_shell or each.name != "busybox"]
    return {
        "org.opencontainers.image.title": "kafka-native",
        "org.opencontainers.image.description": "Apache Kafka compiled ahead of time, for local development and tests",
        "org.opencontainers.image.version": kafka_version,
        "org.opencontainers.image.licenses": _LICENCES + (" AND GPL-2.0-only" if with_shell else ""),
        "org.opencontainers.image.vendor": "the kafka-native authors",
        "kafka-native.version": __version__,
        "kafka-native.variant": "default" if with_shell else "slim",
        "kafka-native.packages": ", ".join(f"{each.name} {each.version}" for each in packages),
        EXECUTABLE_LABEL: executable_sha256,
    }


def container_configuration(labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the part `config` of an image's configuration.

    The start command is a command and no entry point, since test libraries replace the command by "sh -c ...".

    Args:
        labels: The image's labels.
    """
    return {
        "User": str(APP_USER),
        "ExposedPorts": {"9092/tcp": {}},
        "Env": [f"PATH={_PATH}", "HOME=/home/appuser"],
        "Cmd": [RUN],
        # /tmp as well: native code of codecs is unpacked there, also when the root file system is read-only.
        "Volumes": {DATA_FOLDER: {}, "/tmp": {}},  # noqa: S108 - a path in the image
        "WorkingDir": "/opt/kafka",
        "Labels": dict(labels),
        "StopSignal": "SIGTERM",
        "Healthcheck": {
            "Test": ["CMD", EXECUTABLE, "healthcheck"],
            "Interval": 5 * _SECOND,
            "Timeout": 5 * _SECOND,
            "StartPeriod": 30 * _SECOND,
            "StartInterval": _SECOND // 2,
            "Retries": 3,
        },
    }
