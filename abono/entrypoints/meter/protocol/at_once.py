"""The operations over Django's own connection, for deployments without the fast lane: same answers, one by one."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence, Set
from typing import Any

from django.db import connection

from abono.domain.campaigns import hot as campaign_calls
from abono.domain.interactions.hot import OBSERVE
from abono.domain.metering import hot
from abono.entrypoints.meter.protocol.callers import Contract
from abono.kernel.ids import parse
from abono.platform import batches, clock
from abono.platform.use_case import use_case


def run[T](work: Coroutine[Any, Any, T]) -> T:
    """The result of an operation on `ENGINE`, none of whose steps waits for an event loop."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("an operation waited, and there is no event loop")


class _Lane:
    """As few statements as can be, each in a transaction of its own."""

    def __init__(self, call: batches.Call) -> None:
        self._to_call = call

    async def submit(self, events: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        return batches.ask(self._to_call, events, run=_call, now=clock.now())


class _Known:
    """Asks each time."""

    async def contracts(self, names: Set[str]) -> Mapping[str, Contract]:
        ids = {key: name for name in names if (key := parse("ctr", name)) is not None}
        found = _rows(hot.CONTRACTS, [list(ids)]) if ids else []
        return {ids[row[0]]: Contract(row[0], str(row[0]), *row[1:]) for row in found}

    async def routes(self, wanted: Set[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], int]:
        return {(channel, kind, country): number for channel, kind, country, number in _rows(hot.ROUTES, [])}

    async def channels(self, wanted: Set[str]) -> Mapping[str, frozenset[str]]:
        return {code: frozenset(uses) for code, uses in _rows(hot.CHANNELS, [])}


class AtOnce:
    """An engine without connections and caches of its own."""

    def __init__(self) -> None:
        self.holds = _Lane(hot.HOLD.at_once())
        self.settlements = _Lane(hot.SETTLE.at_once())
        self.interactions = _Lane(OBSERVE)
        self.campaign_settlements = _Lane(campaign_calls.SETTLE.at_once())
        self.known = _Known()

    async def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        return _rows(statement, list(arguments))


ENGINE = AtOnce()


@use_case
def _call(statement: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
    [row] = _rows(statement, arguments)
    return list(zip(*row, strict=True))


def _rows(statement: str, arguments: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())
