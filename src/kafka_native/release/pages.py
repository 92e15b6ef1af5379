"""Reports of a release and of a promotion as files: JSON for programs, a page for people."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from kafka_native._system.files import explain_os_errors, write_json, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from kafka_native.release.promotion import PromotionReport
    from kafka_native.release.pushing import ReleaseReport

__all__ = ["write_reports"]


def write_reports(folder: Path, name: str, report: ReleaseReport | PromotionReport) -> None:
    """Write `NAME.json` and `NAME.html` into a folder.

    Args:
        folder: Where to; it is made when missing.
        name: "release" or "promotion".
        report: What happened.

    Raises:
        PrerequisiteError: When the folder cannot be written.
    """
    values = report.to_json()
    with explain_os_errors(f"writing the report {folder / name}.json", folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / f"{name}.json", values)
        write_text(folder / f"{name}.html", _page(f"{name.title()} of {values['candidate']}", values))


def _page(title: str, values: dict[str, Any]) -> str:
    import jinja2  # noqa: PLC0415 - only reports need templates

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    text = (resources.files("kafka_native.release") / "release.html.j2").read_text(encoding="utf-8")
    lists = ("platforms", "tested")
    facts = {key.replace("_", " "): _words(value) for key, value in values.items() if key not in lists}
    rows = {key: values.get(key) for key in lists}
    return environment.from_string(text).render(title=title, facts=facts, **rows)


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
