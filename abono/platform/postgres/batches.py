"""SQL functions that take a batch of events as arrays: how columns become arguments, and a batch one statement or several."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from abono.platform.postgres import citus
from abono.platform.postgres.arrays import literal

type Event = tuple[Any, ...]  # an element for each column of a call
type Answer = tuple[Any, ...]  # an element of each array that it returns


@dataclass(frozen=True, slots=True)
class Call:
    """A statement that calls one of the functions for many events, and how their columns become its arguments.

    It returns one row of arrays, an element per event.
    alone   the same for events that are equal in the columns `key`: on a cluster no statement does more
    """

    statement: str
    pack: Callable[..., list[Any]]
    alone: Call | None = None
    key: tuple[int, ...] = (0,)
    ahead: bool = (
        False  # in place of moments come the seconds by which a clock is ahead of `now`: see at_once
    )

    def arguments(self, columns: Iterable[Iterable[Any]], *, now: datetime | None = None) -> list[Any]:
        """`now` is real time, which only calls `at_once` need."""
        if self.ahead:
            assert now is not None
            contracts, offsets, *rest = columns
            columns = (contracts, _moments(offsets, now), *rest)
        return self.pack(*columns)

    def at_once(self) -> Call:
        """The same for events of this very moment: in place of it comes by how many seconds their clock is ahead."""
        return replace(self, ahead=True, alone=self.alone and self.alone.at_once())


def once[T: Hashable](column: Iterable[T]) -> tuple[Iterable[T], str]:
    """The different elements of a column, and the place of each of its elements among them, from 1."""
    places: dict[T, str] = {}
    found: list[str] = []
    for element in column:
        place = places.get(element)
        if place is None:
            place = places[element] = str(len(places) + 1)
        found.append(place)
    return places, literal(found)


def _moments(offsets: Iterable[int], now: datetime) -> Iterator[datetime]:
    """The present of clocks that are ahead by `offsets` seconds."""
    known: dict[int, datetime] = {}
    for offset in offsets:
        yield known.get(offset) or known.setdefault(offset, now + timedelta(seconds=offset))


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


def _run(statement: str, arguments: list[Any]) -> list[Answer]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(zip(*cursor.fetchone(), strict=True))


def ask(
    call: Call,
    events: Sequence[Event],
    *,
    now: datetime | None = None,
    run: Callable[[str, list[Any]], Sequence[Answer]] = _run,
) -> Sequence[Answer]:
    """Have the events done on Django's connection, by as few calls of `run` as can be; an answer for each."""
    if call.alone is None or not citus.distributed():
        return run(call.statement, call.arguments(zip(*events, strict=True), now=now))
    alone = call.alone
    return together(
        (part, run(alone.statement, alone.arguments(zip(*part.events, strict=True), now=now)))
        for part in parts(call, events)
    )


def answers(call: Call, *columns: Iterable[Any]) -> tuple[Any, ...]:
    """As `ask`, by columns: one array per answer, an element per event. There is one event or more."""
    return tuple(zip(*ask(call, list(zip(*columns, strict=True))), strict=True))


def _place_of(placed: tuple[int, Answer]) -> int:
    return placed[0]
