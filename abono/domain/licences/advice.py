"""What would have helped those who were refused (LIC-10). Pure: spells of refusals in, a number of licences out."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from abono.domain.licences.types import Spell

TRIES_AGAIN = timedelta(minutes=30)
"""A spell goes on while its person tries again within this time; so long they would have had the licence at the least."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Of `refusals` (spells, not tries) one more licence would have avoided `by_one`, `all_with` more all of them."""

    refusals: int
    by_one: int
    all_with: int


def advice(spells: Iterable[Spell]) -> Advice | None:
    """None where nobody was refused.

    Somebody who is let in on a further licence has it from their first try until they got in as it was, or as long as their
    spell went on; whoever comes meanwhile needs another.
    """
    wanted = sorted((one.first_at, _until(one)) for one in spells)
    if not wanted:
        return None
    return Advice(len(wanted), _avoided(wanted, 1), _at_once(wanted))


def _until(spell: Spell) -> datetime:
    return max(spell.got_in_at or spell.last_at + TRIES_AGAIN, spell.first_at + timedelta(microseconds=1))


def _avoided(wanted: Sequence[tuple[datetime, datetime]], licences: int) -> int:
    """How many find one of so many further licences free; `wanted` in the order in which they come."""
    free_at: list[datetime] = []
    avoided = 0
    for since, until in wanted:
        if free_at and free_at[0] <= since:
            heapq.heapreplace(free_at, until)
        elif len(free_at) < licences:
            heapq.heappush(free_at, until)
        else:
            continue
        avoided += 1
    return avoided


def _at_once(wanted: Sequence[tuple[datetime, datetime]]) -> int:
    """How many of them overlap at the most."""
    there: list[datetime] = []
    most = 0
    for since, until in wanted:
        while there and there[0] <= since:
            heapq.heappop(there)
        heapq.heappush(there, until)
        most = max(most, len(there))
    return most
