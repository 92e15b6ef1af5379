"""The environment variables of the pytest runs: ours, without what would change which tests run or what they mean."""

from __future__ import annotations

import os

from kafka_native.settings import PREFIX

__all__ = ["pytest_variables"]

_GATE = f"{PREFIX}GATE"
_NOT_PASSED_ON = ("PYTEST_ADDOPTS", _GATE)


def pytest_variables(*, gate: bool = False) -> dict[str, str]:
    """Return all variables of a run.

    Args:
        gate: Whether a missing registration of reachability metadata is fatal to the broker.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED_ON}
    return kept | ({_GATE: "1"} if gate else {})
