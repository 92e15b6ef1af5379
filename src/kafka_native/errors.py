"""The whole exception family: one root, one class a family, an exit code for each.

No logic lives here. A message tells what was being done and what happened; `hint` is the one thing to do next;
`details` is evidence that a person may want to read (the last lines of a log, the paths that were looked at).
"""

from __future__ import annotations

__all__ = [
    "BenchError",
    "BrokerError",
    "FetchError",
    "ImageError",
    "KafkaNativeError",
    "NativeBuildError",
    "PrerequisiteError",
    "ReachabilityMetadataError",
    "SettingsError",
    "SystemTestError",
    "ToolchainError",
]


class KafkaNativeError(Exception):
    """Root of every error that this project raises on purpose.

    Args:
        message: What was being done and what happened, in one or two sentences.
        hint: One thing that the user can do about it.
        details: Evidence, possibly many lines.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, details: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the keyword arguments, so that an error crosses process borders whole."""
        return _rebuild, (type(self), self.message, self.hint, self.details)


def _rebuild(kind: type[KafkaNativeError], message: str, hint: str | None, details: str | None) -> KafkaNativeError:
    return kind(message, hint=hint, details=details)


class SettingsError(KafkaNativeError, ValueError):
    """An option, a variable, a property or a file of the user's has a value that cannot be used."""

    exit_code = 2


class PrerequisiteError(KafkaNativeError, OSError):
    """Something that this machine must have is missing: a compiler, a JDK, a package, disk space."""

    exit_code = 3

    def __str__(self) -> str:
        """Return the message (OSError would print its argument tuple)."""
        return self.message


class FetchError(KafkaNativeError, ConnectionError):
    """A download was refused, cut short, or is not what its digest says."""

    exit_code = 4

    def __str__(self) -> str:
        """Return the message (OSError would print its argument tuple)."""
        return self.message


class ToolchainError(KafkaNativeError):
    """The native-image toolchain could not be assembled, or does not work."""

    exit_code = 5


class NativeBuildError(KafkaNativeError):
    """native-image did not produce an executable."""

    exit_code = 6


class ReachabilityMetadataError(NativeBuildError, ValueError):
    """Reachability metadata is malformed, missing or for another version."""


class ImageError(KafkaNativeError):
    """A container image could not be built, does not keep its contract, or could not be released."""

    exit_code = 7


class BrokerError(KafkaNativeError):
    """A broker did not start, died, or did not stop."""

    exit_code = 8


class SystemTestError(KafkaNativeError):
    """A system test failed, or could not be run to its end."""

    exit_code = 9


class BenchError(KafkaNativeError):
    """A measurement could not be made, or would not be worth anything."""

    exit_code = 10
