"""`kafka-native image test`: what must hold of any image with this contract, seen on real containers."""

from kafka_native.image.sanity.report import ReportFiles, write_report
from kafka_native.image.sanity.results import SanityReport, ScenarioResult
from kafka_native.image.sanity.run import SanitySpec, Scenario, check_image, scenarios

__all__ = [
    "ReportFiles",
    "SanityReport",
    "SanitySpec",
    "Scenario",
    "ScenarioResult",
    "check_image",
    "scenarios",
    "write_report",
]
