"""`toolchain status`, `toolchain install` and `toolchain verify`: see `kafka_native.toolchain`."""

from __future__ import annotations

from kafka_native.cli.output import JsonFlag, facts, print_json
from kafka_native.settings import load_settings

__all__ = ["install_command", "status_command", "verify_command"]


def status_command(*, as_json: JsonFlag = False) -> None:
    """Show what there is to compile with, changing nothing.

    Args:
        as_json: Print one JSON document to stdout.
    """
    _show_status(as_json=as_json)


def install_command(*, as_json: JsonFlag = False) -> None:
    """Assemble a toolchain, unless there is one.

    Args:
        as_json: Print one JSON document to stdout.
    """
    from kafka_native.toolchain import ensure_toolchain  # noqa: PLC0415 - `status` needs less

    ensure_toolchain(load_settings())
    _show_status(as_json=as_json)


def _show_status(*, as_json: bool) -> None:
    from kafka_native.toolchain import toolchain_status  # noqa: PLC0415 - as above

    status = toolchain_status(load_settings())
    if as_json:
        print_json(status.to_json())
        return
    facts(
        {
            "toolchain": status.provider or "none yet; kafka-native toolchain install assembles one",
            "folder": status.home,
            "JDK": status.jdk,
            "missing packages": status.missing_packages,
            "JDKs of this machine": status.jdks,
        }
    )


def verify_command(*, as_json: JsonFlag = False) -> None:
    """Compile and run a small program that touches what native-image gets from C.

    Args:
        as_json: Print one JSON document to stdout.
    """
    from kafka_native.native import verify_toolchain  # noqa: PLC0415 - as above

    report = verify_toolchain(load_settings())
    if as_json:
        print_json(report.to_json())
    else:
        facts({"toolchain": report.toolchain} | report.checks)
