"""The names under which the image's executable is found: each is a link, and makes it that tool of Kafka."""

from __future__ import annotations

from kafka_native.settings import bundled

__all__ = ["tool_links"]

_TABLE = "src/java/launcher/resources/kafkanative/launcher/tools.tsv"
"""The launcher's own table of tools; the first cell of a line is a tool's name."""


def tool_links() -> tuple[str, ...]:
    """Return the file names, as Apache's distribution has them and, without `.sh`, as Confluent's has them."""
    table = bundled(_TABLE)
    lines = table.read_text(encoding="utf-8").splitlines() if table.is_file() else []
    names = ["server-start", *(line.partition("\t")[0] for line in lines if line and not line.startswith("#"))]
    return tuple(f"kafka-{name}{suffix}" for name in names for suffix in (".sh", ""))
