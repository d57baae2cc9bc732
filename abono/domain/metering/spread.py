"""A batch taken apart: on a cluster one statement does the events of one contract, where its rows live (docs/citus.md).

On a plain server nothing is taken apart. Which of both it is a process asks once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection

from abono.domain.metering.hot import Call

# Works where there is no such extension, too.
DISTRIBUTED = (
    "SELECT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
    " WHERE t.tgrelid = 'metering_cycle'::regclass AND p.proname = 'citus_truncate_trigger')"
)

type Event = tuple[Any, ...]  # an element for each column of a call
type Answer = tuple[Any, ...]  # an element of each array that it returns


@cache
def distributed() -> bool:
    """Whether Django's database is a cluster on which metering is distributed."""
    with connection.cursor() as cursor:
        cursor.execute(DISTRIBUTED)
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Part:
    """Events that one statement can do, and their places in the batch."""

    key: Hashable
    places: Sequence[int]
    events: Sequence[Event]


def parts(call: Call, events: Sequence[Event]) -> list[Part]:
    """The events apart by what `call.alone` can do, in an order that all callers share: they lock in it."""
    places: dict[tuple[Any, ...], list[int]] = {}
    for place, event in enumerate(events):
        places.setdefault(tuple(event[column] for column in call.key), []).append(place)
    return [Part(key, places[key], [events[place] for place in places[key]]) for key in sorted(places)]


def together(found: Iterable[tuple[Part, Sequence[Answer]]]) -> list[Answer]:
    """The answers to all parts, in the order of the batch."""
    placed = (
        (place, answer) for part, answers in found for place, answer in zip(part.places, answers, strict=True)
    )
    return [answer for _place, answer in sorted(placed, key=_place_of)]


def ask(
    call: Call, events: Sequence[Event], *, run: Callable[[str, list[Any]], Sequence[Answer]]
) -> Sequence[Answer]:
    """Have the events done by as few calls of `run` as can be, with a statement and its arguments."""
    if call.alone is None or not distributed():
        return run(call.statement, call.arguments(zip(*events, strict=True)))
    alone = call.alone
    return together(
        (part, run(alone.statement, alone.arguments(zip(*part.events, strict=True))))
        for part in parts(call, events)
    )


def _place_of(placed: tuple[int, Answer]) -> int:
    return placed[0]
