"""System tests: the feature walk, which runs one scenario a feature of Kafka and makes a table of the outcomes."""

from kafka_native.systest.collecting import check_tests
from kafka_native.systest.loading import find_results, load_report
from kafka_native.systest.merging import merge_reports
from kafka_native.systest.report import ReportFiles, render_markdown, write_report
from kafka_native.systest.results import Column, Row, RowResult, Run, Target, WalkReport
from kafka_native.systest.running import end_brokers
from kafka_native.systest.spec import Selection, WalkSpec
from kafka_native.systest.walk import collect_selected, walk

__all__ = [
    "Column",
    "ReportFiles",
    "Row",
    "RowResult",
    "Run",
    "Selection",
    "Target",
    "WalkReport",
    "WalkSpec",
    "check_tests",
    "collect_selected",
    "end_brokers",
    "find_results",
    "load_report",
    "merge_reports",
    "render_markdown",
    "walk",
    "write_report",
]
