"""Whether a node that runs already is the one that the user asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kafka_native.errors import SettingsError
from kafka_native.plugins import PlugInSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka_native.broker.instance import Instance, InstanceRecord
    from kafka_native.broker.spec import NodeSpec

__all__ = ["check_agreement"]

_SECRET = re.compile(r"password|secret|jaas\.config|keystore\.key$|credential|token|private", re.IGNORECASE)
"""Names of properties whose values are not shown: Kafka's of type PASSWORD, and what plug-ins may call theirs."""


def check_agreement(instance: Instance, record: InstanceRecord, spec: NodeSpec) -> None:
    """Accept a running node when all that the spec names is as it says.

    Raises:
        SettingsError: When something differs; it is named.
    """
    differences = list(_differences(record, spec))
    if differences:
        raise SettingsError(
            f"instance {instance.name!r} runs already (pid {record.pid}), but with {'; '.join(differences)}",
            hint=f"stop it first (kafka-native down {instance.name}), or give the new one another name with --name",
        )


def _differences(record: InstanceRecord, spec: NodeSpec) -> Iterator[str]:
    pairs = {
        "engine": (spec.engine, record.engine),
        "host": (spec.host, record.host),
        "port": (spec.port or None, record.port),
        "Kafka version": (spec.kafka_version, record.kafka_version),
        "Kafka folder": (str(spec.kafka_dir.absolute()) if spec.kafka_dir else None, record.kafka_dir),
        "executable": (str(spec.executable.expanduser().absolute()) if spec.executable else None, record.executable),
        "heap": (spec.max_heap, record.max_heap),
        "Java options": (" ".join(spec.java_options) or None, " ".join(record.java_options) or None),
        "profile": (spec.profile, record.profile),
        "plug-ins": (" ".join(spec.plug_ins.words) or None, _plug_ins(record)),
        "cluster id": (spec.cluster_id, record.cluster_id),
        "ephemeral data": (spec.ephemeral or None, record.ephemeral),
    }
    for what, (wanted, actual) in pairs.items():
        if wanted is not None and wanted != actual:
            yield f"{what} {_word(actual)}, not {_word(wanted)}"
    for name, value in spec.properties.items():
        given = record.properties.get(name)
        if value != given:
            yield f"property {name} {_shown(name, given)}, not {_shown(name, value)}"


def _shown(name: str, value: str | None) -> str:
    return "[hidden]" if value is not None and _SECRET.search(name) else _word(value)


def _plug_ins(record: InstanceRecord) -> str | None:
    return " ".join(PlugInSpec.from_json(record.plug_ins).words) or None


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "the default" if value is None else str(value)
