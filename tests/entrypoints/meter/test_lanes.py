from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import psycopg
import pytest
from django.db import connection, transaction
from psycopg_pool import AsyncConnectionPool

from abono.entrypoints.meter import lanes
from abono.entrypoints.meter.engine import database
from abono.entrypoints.meter.lanes import Busy, Lanes, Unavailable
from abono.platform.postgres.arrays import literal
from abono.platform.postgres.batches import Call
from tests.domain.metering.world import CENT
from tests.entrypoints.meter.client import Program, Tenant

LOCK = 4_711


def _plain(*columns: Iterable[str]) -> list[str]:
    return [*map(literal, columns)]


ECHO = Call("SELECT %s::integer[], %s::text[]", _plain)
BEHIND_A_LOCK = Call(f"SELECT %s::integer[], %s::text[] FROM pg_advisory_xact_lock({LOCK})", _plain)

pytestmark = pytest.mark.django_db(transaction=True)


@asynccontextmanager
async def _pool() -> AsyncIterator[AsyncConnectionPool]:
    async with AsyncConnectionPool(
        database(), min_size=2, max_size=4, open=False, kwargs={"autocommit": True}
    ) as pool:
        yield pool


@asynccontextmanager
async def _locked() -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """The lock of BEHIND_A_LOCK is taken; yields what frees it."""
    async with await psycopg.AsyncConnection.connect(database(), autocommit=True) as holder:
        await holder.execute(f"SELECT pg_advisory_lock({LOCK})")
        yield lambda: holder.execute(f"SELECT pg_advisory_unlock({LOCK})")


async def _turns(count: int = 5) -> None:
    """Let other tasks go as far as they can."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_each_caller_gets_the_answers_to_its_own_events():
    async def story() -> None:
        async with _pool() as pool:
            lane = Lanes(pool, ECHO, lanes=2)
            events = [[(f"{n}", f"t{n}")] * (n % 7 + 1) for n in range(200)]
            answers = await asyncio.gather(*(lane.submit(one) for one in events))
            await lane.stop()
        assert answers == [[(n, f"t{n}")] * (n % 7 + 1) for n in range(200)]

    asyncio.run(story())


def test_what_one_request_spoils_the_others_do_not_suffer():
    async def story() -> None:
        async with _pool() as pool:
            lane = Lanes(pool, ECHO, lanes=1)
            events = [[("x" if n == 3 else f"{n}", "t")] for n in range(8)]
            answers = await asyncio.gather(*(lane.submit(one) for one in events), return_exceptions=True)
            await lane.stop()
        assert isinstance(answers[3], psycopg.DataError)
        assert [answers[n] for n in range(8) if n != 3] == [[(n, "t")] for n in range(8) if n != 3]

    asyncio.run(story())


def test_when_too_much_waits_callers_are_sent_away_and_memory_does_not_grow(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(lanes, "MAX_WAITING", 10)

    async def story() -> None:
        async with _pool() as pool, _locked() as free:
            lane = Lanes(pool, BEHIND_A_LOCK, lanes=1)
            first = asyncio.create_task(lane.submit([("0", "t")]))
            await _turns()  # in flight: it does not wait any more
            waiting = [asyncio.create_task(lane.submit([(f"{n}", "t")] * 2)) for n in range(5)]
            await _turns()
            with pytest.raises(Busy):
                await lane.submit([("9", "t")])
            assert (lane.waiting, lane.oldest_ms < 10_000) == (10, True)
            await free()
            assert await first == [(0, "t")]
            assert [await one for one in waiting] == [[(n, "t")] * 2 for n in range(5)]
            assert (lane.waiting, lane.oldest_ms) == (0, 0)
            await lane.stop()

    asyncio.run(story())


def test_a_stop_answers_what_was_accepted_and_takes_nothing_new():
    async def story() -> None:
        async with _pool() as pool, _locked() as free:
            lane = Lanes(pool, BEHIND_A_LOCK, lanes=2)
            accepted = [asyncio.create_task(lane.submit([(f"{n}", "t")])) for n in range(20)]
            await _turns()
            stopping = asyncio.create_task(lane.stop())
            await _turns()
            with pytest.raises(Busy):
                await lane.submit([("99", "t")])
            await free()
            await stopping
            assert all(task.done() for task in accepted)
            assert [await task for task in accepted] == [[(n, "t")] for n in range(20)]

    asyncio.run(story())


def test_a_caller_that_went_away_harms_nobody():
    async def story() -> None:
        async with _pool() as pool, _locked() as free:
            lane = Lanes(pool, BEHIND_A_LOCK, lanes=1)
            callers = [asyncio.create_task(lane.submit([(f"{n}", "t")])) for n in range(3)]
            await _turns()
            callers[1].cancel()
            await free()
            assert await callers[0] == [(0, "t")]
            assert await callers[2] == [(2, "t")]
            await lane.stop()

    asyncio.run(story())


def test_a_lost_connection_is_told_and_the_next_call_is_served():
    async def story() -> None:
        async with _pool() as pool, _locked() as free:
            lane = Lanes(pool, BEHIND_A_LOCK, lanes=1)
            asked = asyncio.create_task(lane.submit([("1", "t")]))
            async with await psycopg.AsyncConnection.connect(database(), autocommit=True) as killer:
                await killer.execute("SET ROLE NONE")  # the lane's own may end nobody
                while True:
                    cursor = await killer.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
                        " AND NOT granted",
                        [LOCK],
                    )
                    if await cursor.fetchone():
                        break
            with pytest.raises(Unavailable):
                await asked
            await free()
            assert await lane.submit([("2", "t")]) == [(2, "t")]
            await lane.stop()

    asyncio.run(story())


@pytest.mark.rule("PKG-7", part="several customers")
@pytest.mark.skipif("FAKETIME" in os.environ, reason="under a moved clock no timeout of the server fires")
def test_a_contract_that_somebody_keeps_locked_does_not_hold_the_others_up(
    api: Program, padaria: Tenant, luna: Tenant
):
    async def both() -> list[int]:
        first = api.call("POST", "/v1/holds", [_body(padaria)], {"authorization": f"Bearer {padaria.key}"})
        second = api.call("POST", "/v1/holds", [_body(luna)], {"authorization": f"Bearer {luna.key}"})
        return [answer.status for answer in await asyncio.gather(first, second)]

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM metering_cycle WHERE contract_id = %s FOR UPDATE", [padaria.contract_id]
        )
        assert api.run(both()) == [503, 200]
    assert (padaria.balance().held_micro, luna.balance().held_micro) == (0, 10 * CENT)


def _body(tenant: Tenant) -> bytes:
    return json.dumps(tenant.sms("a")).encode()
