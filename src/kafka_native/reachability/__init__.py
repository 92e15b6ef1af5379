"""Reachability metadata: what it says, how that of several runs becomes one, and where each Kafka version's lies.

It makes none: `kafka_native.metadata` runs the tests that do.
"""

from kafka_native.reachability.merging import Merged, merge
from kafka_native.reachability.model import (
    Entry,
    Fact,
    ReachabilityMetadata,
    load_reachability_metadata,
    parse_reachability_metadata,
)
from kafka_native.reachability.provenance import Provenance, load_provenance, render_provenance
from kafka_native.reachability.rendering import in_order, label, render
from kafka_native.reachability.versions import (
    FILE_NAME,
    PROVENANCE_FILE_NAME,
    configs_for,
    load_runs,
    version_dir,
    write_version,
)

__all__ = [
    "FILE_NAME",
    "PROVENANCE_FILE_NAME",
    "Entry",
    "Fact",
    "Merged",
    "Provenance",
    "ReachabilityMetadata",
    "configs_for",
    "in_order",
    "label",
    "load_provenance",
    "load_reachability_metadata",
    "load_runs",
    "merge",
    "parse_reachability_metadata",
    "render",
    "render_provenance",
    "version_dir",
    "write_version",
]
