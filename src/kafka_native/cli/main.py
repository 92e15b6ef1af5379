"""The entry point: runs a command, and turns what went wrong into a message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

from kafka_native import reporting
from kafka_native.cli.output import print_error
from kafka_native.errors import KafkaNativeError
from kafka_native.tools import is_tool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

__all__ = ["main"]

_INTERRUPTED = 128 + signal.SIGINT
_BUG_HINT = "this is a bug in kafka-native; please report it with the lines above"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        arguments: The words after `kafka-native`; those of this process when None.

    Returns:
        0, or the exit code of the error's family (see `errors`); 130 after Ctrl-C, 1 for a bug.
    """
    _unwind_on_signals()
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except KafkaNativeError as error:
        print_error(error.message, details=error.details, hint=error.hint)
        return error.exit_code
    except KeyboardInterrupt:
        print_error("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep the interpreter from complaining when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001 - the last resort
        print_error("something unexpected happened", details=traceback.format_exc(), hint=_BUG_HINT)
        return 1


def _run(arguments: list[str]) -> int:
    from kafka_native.cli.terminal import terminal_reporter  # noqa: PLC0415 - as below

    if arguments and is_tool(arguments[0]):
        from kafka_native.cli.tool_commands import run_tool  # noqa: PLC0415 - as below; a tool needs nothing else

        with reporting.use(terminal_reporter()):  # it may have to wait until an executable is built
            run_tool(arguments[0], arguments[1:])
    from kafka_native.cli.app import app, load_listed  # noqa: PLC0415 - so that Ctrl-C while it loads is caught as well

    if arguments != ["--version"]:
        load_listed(arguments)
    with reporting.use(terminal_reporter()):
        result = app(arguments, result_action="return_value")
    sys.stdout.flush()
    return result if isinstance(result, int) else 0


def _unwind_on_signals() -> None:
    """Let SIGTERM and a closed terminal unwind the stack as Ctrl-C does, so that nothing half-made or running stays."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _exit)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
