"""Polls the members of a consumer group, which take part in rebalances only while they are polled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..adapters import Member, Record

__all__ = ["poll_until", "share_of"]


def poll_until(members: Sequence[Member], count: int) -> list[Record]:
    """Poll all members until so many records came, and return them."""
    came: list[Record] = []

    def enough() -> bool:
        for member in members:
            came.extend(member.poll())
        return len(came) >= count

    wait_until(enough, f"{count} records come")
    return came


def share_of(members: Sequence[Member], partitions: int) -> list[set[int]]:
    """Poll all members until each has partitions, none of which is left out or given twice; return who has which."""

    def shares() -> list[set[int]]:
        for member in members:
            member.poll()
        found = [member.partitions() for member in members]
        together = sorted(each for share in found for each in share)
        return found if all(found) and together == list(range(partitions)) else []

    return wait_until(shares, f"{len(members)} members share {partitions} partitions")
