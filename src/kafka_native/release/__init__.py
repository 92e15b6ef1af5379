"""What leaves the house: bills of materials, scans for vulnerabilities, release to registries, and promotion.

It works on images that are made already, whoever made them; it neither builds nor runs any.
"""

from kafka_native.image.references import parse_reference
from kafka_native.release.ignoring import load_ignore_rules
from kafka_native.release.images import load_images
from kafka_native.release.inventory import Inventory
from kafka_native.release.pages import write_reports
from kafka_native.release.promotion import load_test_record, plan_promotion, promote
from kafka_native.release.pushing import plan_release, release
from kafka_native.release.registry import connect
from kafka_native.release.sarif import to_sarif
from kafka_native.release.sbom import render_sbom
from kafka_native.release.scan import FailOn, ScanReport, scan
from kafka_native.release.subject import take_inventory

__all__ = [
    "FailOn",
    "Inventory",
    "ScanReport",
    "connect",
    "load_ignore_rules",
    "load_images",
    "load_test_record",
    "parse_reference",
    "plan_promotion",
    "plan_release",
    "promote",
    "release",
    "render_sbom",
    "scan",
    "take_inventory",
    "to_sarif",
    "write_reports",
]
