"""Clients as parameters of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..adapters import CLIENTS, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..adapters import Admin


@pytest.fixture(params=CLIENTS, ids=[each.name for each in CLIENTS])
def client(request: pytest.FixtureRequest) -> Client:
    """Return each of the client libraries."""
    chosen: Client = request.param
    return chosen


@pytest.fixture
def admin(client: Client, servers: str) -> Iterator[Admin]:
    """Return the admin client of each client library."""
    with client.admin(servers) as connected:
        yield connected
