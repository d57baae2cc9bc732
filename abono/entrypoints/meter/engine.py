"""The parts of the fast lane that live as long as the process: connections, lanes, caches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connections
from msgspec.structs import replace
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from abono.domain.identity.keys import Key
from abono.domain.licences import hot as licences
from abono.domain.metering import hot
from abono.domain.uncovered import hot as uncovered
from abono.entrypoints.meter import doors
from abono.entrypoints.meter.cluster import Cluster
from abono.entrypoints.meter.counts import Counts
from abono.entrypoints.meter.health import Health
from abono.entrypoints.meter.known import Known
from abono.entrypoints.meter.lanes import CLUSTER_LANES, Lanes
from abono.entrypoints.meter.ways_out import Remembered
from abono.flows.usage.case import Batch, Case, Fact, Given, look, together
from abono.flows.usage.facts import Send
from abono.flows.usage.hold import HOLD, ids_of, opened, refused, replayed, restricted, with_outcomes
from abono.flows.usage.observe import OBSERVE
from abono.flows.usage.said import Said, Word, final
from abono.flows.usage.settle import SETTLE, SETTLE_CAMPAIGNS
from abono.flows.usage.told import TELL, alone, put, unheld
from abono.platform.postgres import roles
from abono.platform.postgres.batches import Call
from abono.platform.postgres.roles import Role

READERS = 3
IN_A_TURN = 250  # facts that are looked at, half a millisecond, before who asks for a balance has a turn
LANES: dict[str, tuple[Case[Any], int]] = {  # what can be told, and how many statements go at a time
    "holds": (HOLD, 2),
    "settlements": (SETTLE, 1),
    "interactions": (OBSERVE, 1),
    "campaign_settlements": (SETTLE_CAMPAIGNS, 2),
    "told": (TELL, 1),
}
LICENCES: dict[str, tuple[Call, int]] = {  # the same of licences
    "leases": (licences.DECIDE.at_once(), 2),
    "lease_heartbeats": (licences.BEAT.at_once(), 1),
}
_ENDS = frozenset({"settlements", "campaign_settlements"})
# A row that somebody keeps locked costs those who want it an error, not everybody the lane.
_GUARDS = "-c synchronous_commit=on -c lock_timeout=2s -c statement_timeout=15s"


@dataclass(slots=True)
class Engine:
    lanes: dict[str, Lanes]  # by the name of what they take in
    known: Known
    counts: Counts
    health: Health
    reads: AsyncConnectionPool
    writes: AsyncConnectionPool
    ways_out: Remembered = field(init=False)

    def __post_init__(self) -> None:
        self.ways_out = Remembered(self.rows)

    @classmethod
    async def start(cls) -> Engine:
        """Connect; the database may come up later, callers are told to wait until it does."""
        conninfo = database()
        writes = _pool(
            conninfo, most=4 * CLUSTER_LANES
        )  # as many as there are lanes; opened when they are needed
        reads = _pool(conninfo, most=READERS)
        await asyncio.gather(writes.open(), reads.open())
        cluster = Cluster(reads)
        lanes = {
            name: Lanes(writes, doors.call(call), lanes=count, cluster=cluster)
            for name, (call, count) in {
                **{name: (case.call, count) for name, (case, count) in LANES.items()},
                **LICENCES,
            }.items()
        }
        return cls(
            lanes=lanes,
            known=Known(reads, conninfo),
            counts=Counts(reads),
            health=Health(reads, lanes),
            reads=reads,
            writes=writes,
        )

    async def take(self, name: str, facts: Sequence[Any], key: Key, now: datetime) -> list[Said]:
        """Have every fact done by itself, and say what became of each, in order.

        Raises Busy before, Unavailable after the attempt.
        """
        given = await self.known.given({fact.contract for fact in facts}, key, now)
        batch, given, said = await self._done(name, facts, given)
        if final(said):
            return said
        if name == "holds":
            said = await self._ended(batch, said)
            if closed := restricted(said):
                await self._held_before(facts, said, closed, given)
            if noes := refused(facts, said, given):
                await self._write(uncovered.REFUSED, *noes)
        elif name in _ENDS and (left := unheld(facts, said)):
            _batch, _given, told = await self._done("told", [alone(facts[n]) for n in left], given)
            put(said, left, told)
        if any(Word.SENDING_BLOCKED in (one.word, one.why) for one in said):
            said = await self.ways_out.told(said, [given.contracts.get(fact.contract) for fact in facts], now)
        return said

    async def _done[F: Fact](
        self, name: str, facts: Sequence[F], given: Given
    ) -> tuple[Batch[F], Given, list[Said]]:
        """Each looked at, with a newer catalog where that might let something pass, and done."""
        case, _lanes = LANES[name]
        batch = look(case, facts, given) if len(facts) <= IN_A_TURN else await _in_turns(case, facts, given)
        if batch.unsure and (newer := await self.known.ways(other_than=given.ways)) is not given.ways:
            given = replace(given, ways=newer)
            batch = await _in_turns(case, facts, given)
        said = batch.say(await self.lanes[name].submit(batch.rows) if batch.rows else ())
        return batch, given, said

    async def _ended(self, batch: Batch[Send], said: list[Said]) -> list[Said]:
        before = replayed(batch, said)
        return said if before is None else with_outcomes(said, await self.rows(hot.OUTCOMES, *before))

    async def _held_before(
        self, facts: Sequence[Send], said: list[Said], closed: Sequence[int], given: Given
    ) -> None:
        """What was held before its contract was restricted gets its first answer, in its place (PKG-9)."""
        sends = [facts[n] for n in closed]
        found = await self.rows(hot.KNOWN, *ids_of(sends, given))
        places = [closed[n - 1] for (n,) in found]
        if places:
            batch, _given, told = await self._done("holds", [facts[n] for n in places], opened(given))
            put(said, places, await self._ended(batch, told))

    async def _write(self, statement: str, *arguments: object) -> None:
        async with self.writes.connection() as connection:
            await connection.execute(doors.through(statement), arguments)

    async def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """What a reading statement finds."""
        connection = await self.reads.getconn()  # a statement is a transaction of its own: nothing to end
        try:
            return await (await connection.execute(doors.through(statement), arguments)).fetchall()
        finally:
            await self.reads.putconn(connection)

    async def stop(self) -> None:
        """Answer all that was accepted, then let go of the database."""
        await asyncio.gather(*(lanes.stop() for lanes in self.lanes.values()))
        await self.known.stop()
        await self.counts.stop()
        await asyncio.gather(self.writes.close(), self.reads.close())


async def _in_turns[F: Fact](case: Case[F], facts: Sequence[F], given: Given) -> Batch[F]:
    """Each looked at; between parts of a large batch others have their turn."""
    parts: list[Batch[F]] = []
    for first in range(0, len(facts), IN_A_TURN):
        parts.append(look(case, facts[first : first + IN_A_TURN], given))
        await asyncio.sleep(0)
    return together(parts)


def database() -> str:
    """Where Django's default database is, for connections of our own under the fast lane's role."""
    given = connections["default"].settings_dict
    options = dict(given["OPTIONS"])
    process, lane = (
        roles.option(settings.DATABASE_ROLES, one) for one in (settings.DATABASE_ROLE, Role.METER)
    )
    said = options.get("options", "")
    others = said.replace(process, "") if process else said  # who signs in for the lane may not take its role
    options["options"] = " ".join(filter(None, (others, _GUARDS, lane)))
    if own := settings.DATABASE_SIGN_INS.get(Role.METER.value):
        return make_conninfo(**{**conninfo_to_dict(own), **options})
    core = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return make_conninfo(**{key: given[name] for key, name in core.items() if given[name]}, **options)


def _pool(conninfo: str, *, most: int) -> AsyncConnectionPool:
    return AsyncConnectionPool(
        conninfo,
        min_size=1,
        max_size=most,
        timeout=5,  # then the caller hears 503
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 0},
    )
