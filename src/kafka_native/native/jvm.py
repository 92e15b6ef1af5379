"""The yardstick: the same jars and the same launcher on a JDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka_native.native.build import class_path_of, distribution_of
from kafka_native.native.launcher import MAIN_CLASS, ensure_launcher
from kafka_native.plugins import ensure_plug_in_folder
from kafka_native.toolchain import ensure_jdk

if TYPE_CHECKING:
    from kafka_native.native.executable import BuildSpec
    from kafka_native.settings import Settings

__all__ = ["ensure_jvm_command"]


def ensure_jvm_command(spec: BuildSpec, settings: Settings) -> tuple[str, ...]:
    """Return the command that runs the launcher on the JVM; sub-commands such as `server-start` follow it.

    Args:
        spec: Which Kafka.
        settings: Where the cache is.

    Raises:
        FetchError: When jars or a JDK cannot be downloaded.
        NativeBuildError: When the launcher does not compile.
    """
    distribution = distribution_of(spec, settings)
    jdk = ensure_jdk(settings)
    launcher = ensure_launcher(distribution, jdk, settings)
    added = ensure_plug_in_folder(spec.plug_ins, distribution, jdk, settings) if spec.plug_ins else None
    class_path = ":".join(map(str, class_path_of(launcher, distribution, spec.plug_ins, added)))
    return (str(jdk.java), "-cp", class_path, MAIN_CLASS)
