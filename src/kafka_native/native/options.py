"""The options with which every native executable of Kafka is built, and what tracing adds. Pure functions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kafka_native._system.files import digest_of_text
from kafka_native.native.executable import metadata_folder
from kafka_native.native.gate import GRAALVM_BEANS
from kafka_native.toolchain import NativeImageOptions

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.native.executable import BuildSpec

__all__ = ["kafka_options", "options_revision", "required_cpu_features"]

_MONITORING = ("heapdump", "jcmd", "jmxclient", "jmxserver", "threaddump")
_URL_PROTOCOLS = ("http", "https")
_HOSTED = (
    "+ReportExceptionStackTraces",
    "BuildOutputJSONFile=build-output.json",
    "-BuildOutputColorful",
    "-BuildOutputLinks",
    # Kafka loads SASL and TLS providers by name: keep all of them (upstream's docker/native does the same).
    "+EnableAllSecurityServices",
    "+AddAllCharsets",
    # Its services (mechanisms of GSS-API: Kerberos) are of a type that native-image drops otherwise.
    "AdditionalSecurityProviders=sun.security.jgss.SunProvider",
    # Else each codec that loads its native code prints three lines of warning (JEP 472).
    "EnableNativeAccess=ALL-UNNAMED",
    # Else the loader writes 190,000 addresses into the image heap at each start, in pages that are then private.
    "+RelativeCodePointers",
    # Requests of up to 960 KB lie in chunks that are used again, not each in a mapping of its own (ADR 31).
    "AlignedHeapChunkSize=1048576",
    "LargeArrayThreshold=983040",
)
_OLDEST_MACHINES = "compatibility"
_CPU_FEATURES = {"x86_64": ("AES", "CLMUL", "POPCNT", "SSE3", "SSSE3", "SSE4_1", "SSE4_2")}
"""What every machine since 2010 has. AES-GCM (TLS) is 15 times faster with it, if it may be relied on (ADR 24)."""
_BUILD_TIME_INITIALIZED = (
    # The schemas of all messages and records: thousands of objects that depend on nothing but the Kafka version.
    "org.apache.kafka.common.message",
    "org.apache.kafka.common.metadata",
    "org.apache.kafka.coordinator.group.generated",
    "org.apache.kafka.coordinator.share.generated",
    "org.apache.kafka.coordinator.transaction.generated",
    "org.apache.kafka.raft.generated",
    # What they are made of.
    "org.apache.kafka.common.Uuid",
    "org.apache.kafka.common.protocol.ApiMessage",
    "org.apache.kafka.common.protocol.Message",
    "org.apache.kafka.common.protocol.types",
    "org.apache.kafka.common.utils.ImplicitLinkedHashCollection",
    "org.apache.kafka.common.utils.ImplicitLinkedHashCollection$Element",
    "org.apache.kafka.common.utils.ImplicitLinkedHashMultiCollection",
    # A calendar, for which the JDK looks through its locales: 6 ms of each start. Its zone and its language are fixed.
    "com.fasterxml.jackson.databind.util.StdDateFormat",
)
_RUN_TIME_INITIALIZED = (
    # It reads krb5.conf when it is initialized (udp_preference_limit, kdc_timeout, max_retries).
    "sun.security.krb5.KdcComm",
    "sun.security.krb5.KdcComm$KdcAccessibility",
)
_ARCHITECTURE = {"x86_64": "amd64"}.get(os.uname().machine, os.uname().machine)
_JLINE_ARCHITECTURE = {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
_RESOURCES = (
    # Native code of the codecs, by pattern: its file name holds a version (KAFKA-17227). Snappy's jar says it itself.
    rf"linux/{_ARCHITECTURE}/libzstd-jni-.*\.so",
    rf"net/jpountz/util/linux/{_ARCHITECTURE}/liblz4-java\.so",
    r"kafka/kafka-version\.properties",
    r"kafkanative/defaults\.properties",
    # The launcher's own: the table of tools, and what completes them in shells.
    r"kafkanative/launcher/.*\.(tsv|bash|zsh|fish)",
)
_EXCLUDED_RESOURCES = (
    # Jars that ask for their native code for every system and machine type, of which one can run here: 5 MB of snappy,
    # half a megabyte of the terminal library of `kafka-metadata-shell`.
    rf"org/xerial/snappy/native/(?!Linux/{os.uname().machine}/).*",
    rf"org/jline/nativ/(?!Linux/{_JLINE_ARCHITECTURE}/).*/.*",
)
_EXACT = "ThrowMissingRegistrationErrors="
"""What the driver calls `--exact-reachability-metadata`, for all packages: what is not registered is told, instead of
passing for a class that does not exist."""
_PRESERVED = (
    # What Kafka loads by name, and the libraries whose classes or native code do; tracing sees nothing outside.
    "org.apache.kafka.*",
    "kafka.*",
    "kafkanative.*",
    "org.apache.logging.*",
    "org.apache.log4j.*",
    "org.slf4j.*",
    "com.fasterxml.jackson.*",
    "com.github.luben.zstd.*",
    "com.yammer.metrics.*",
    "net.jpountz.*",
    "org.xerial.snappy.*",
    "org.jose4j.*",
    "joptsimple.*",
    "net.sourceforge.argparse4j.*",
    "org.jline.*",
)


def kafka_options(
    spec: BuildSpec,
    *,
    main_class: str,
    class_path: tuple[Path, ...],
    output: Path,
    build_id: str,
    kafka_version: str,
    more_metadata: tuple[Path, ...] = (),
    objects: tuple[Path, ...] = (),
) -> NativeImageOptions:
    """Return the complete options of one build.

    Args:
        spec: What the user wants.
        main_class: The launcher's main class.
        class_path: The launcher and Kafka's jars.
        output: The executable's path.
        build_id: A UUID that is the same for the same inputs.
        kafka_version: Whose reachability metadata to use.
        more_metadata: Folders with the reachability metadata of plug-ins.
        objects: Object files to link with.
    """
    return NativeImageOptions(
        main_class=main_class,
        class_path=class_path,
        output=output,
        build_id=build_id,
        optimize=spec.optimize,
        march=spec.march or _OLDEST_MACHINES,
        monitoring=_MONITORING,
        url_protocols=_URL_PROTOCOLS,
        metadata_folders=(*filter(None, (metadata_folder(spec, kafka_version),)), *more_metadata),
        hosted=(*_hosted(spec), *(f"NativeLinkerOption={path}" for path in objects)),
        initialize_at_build_time=_BUILD_TIME_INITIALIZED,
    )


def _hosted(spec: BuildSpec) -> tuple[str, ...]:
    always = (
        *_HOSTED,
        *_cpu_features(spec),
        *(f"IncludeResources={pattern}" for pattern in _RESOURCES),
        *(f"ExcludeResources={pattern}" for pattern in _EXCLUDED_RESOURCES),
        *(f"ClassInitialization={name}:run_time" for name in _RUN_TIME_INITIALIZED),
    )
    preserved = ",".join(f"package={name}" for name in _PRESERVED)
    if spec.tracing:
        return (*always, "+MetadataTracingSupport", f"Preserve={preserved}")
    return (*always, _EXACT) if spec.gate else always


def _cpu_features(spec: BuildSpec) -> tuple[str, ...]:
    names = required_cpu_features(spec)
    return (f"CPUFeatures={','.join(names)}",) if names else ()


def required_cpu_features(spec: BuildSpec) -> tuple[str, ...]:
    """Return the features, as GraalVM names them, that a processor must have besides those of the machine type."""
    return () if spec.march == _OLDEST_MACHINES else _CPU_FEATURES.get(os.uname().machine, ())


def options_revision(spec: BuildSpec) -> str:
    """Return a digest that changes when the options change that every build gets."""
    gate = GRAALVM_BEANS if spec.gate else ()
    always = (*_MONITORING, *_URL_PROTOCOLS, _OLDEST_MACHINES, *_BUILD_TIME_INITIALIZED)
    return digest_of_text(*always, *_hosted(spec), *gate)
