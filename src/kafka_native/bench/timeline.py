"""The time line of one start, from what the launcher writes when it is asked to, and from Kafka's own log.

The launcher marks what happens before the broker exists; the rest are lines that Kafka has logged for years.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.bench.node import RunningNode
    from kafka_native.bench.probe import FirstProduce

__all__ = ["STAGES", "read_stages"]

STAGES = {
    "spawned": "process is there (exec)",
    "main": "run time is ready (main method)",
    "configured": "configuration is read and checked",
    "formatted": "storage is formatted",
    "leader": "Raft leader is elected",
    "controller": "controller accepts connections",
    "registered": "broker is registered",
    "unfenced": "broker is unfenced",
    "listening": "listener accepts connections",
    "started": "Kafka says that it has started",
    "answered": "ApiVersions is answered",
    "leader_known": "topic is created",
    "acknowledged": "first produce is acknowledged",
}
"""All stages, in their usual order, and what has happened then."""

_LOGGED = {
    "leader": re.compile(r"Completed transition to Leader\("),
    "controller": re.compile(r"listenerType=CONTROLLER.*Enabling request processing"),
    "registered": re.compile(r"Successfully registered broker"),
    "unfenced": re.compile(r"The broker has been unfenced"),
    "listening": re.compile(r"listenerType=BROKER.*Enabling request processing"),
    "started": re.compile(r"Kafka Server started"),
}
_TIME = re.compile(r"^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3})\]")


def read_stages(node: RunningNode, produced: FirstProduce) -> dict[str, float]:
    """Return when each stage was reached, in seconds since the first process was spawned, in the order of time.

    A stage that left no trace is missing: an executable without the marks, or another log configuration. Kafka's log
    has milliseconds.

    Args:
        node: A node that answered.
        produced: What its first client saw.
    """
    moments = {"spawned": node.spawned}
    moments |= {name: at - node.started_at for name, at in _marks(_read(node.where.timeline)).items()}
    moments |= {name: at - node.started_at for name, at in _logged(_read(node.where.log_file)).items()}
    moments |= {name: getattr(produced, name) for name in ("answered", "leader_known", "acknowledged")}
    return dict(sorted(((name, round(max(0.0, at), 6)) for name, at in moments.items()), key=lambda each: each[1]))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _marks(text: str) -> dict[str, float]:
    """Read lines `MICROSECONDS STAGE`."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[1]: int(pair[0]) / 1e6 for pair in pairs if len(pair) == 2 and pair[1] in STAGES}  # noqa: PLR2004


def _logged(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in text.splitlines():
        for stage, pattern in _LOGGED.items():
            if stage not in found and pattern.search(line) and (time := _TIME.match(line)):
                found[stage] = datetime.strptime(time.group(1), "%Y-%m-%d %H:%M:%S,%f").astimezone().timestamp()
    return found
