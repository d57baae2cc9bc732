"""Licences in the fast lane: people come in, are still there and go, and who is in (LIC-1…4, LIC-7…9)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from msgspec.structs import replace

from abono.domain.contracts.errors import NoSuchContract
from abono.domain.identity.keys import Key
from abono.domain.licences import hot
from abono.domain.licences.actions import Answered, answered
from abono.domain.licences.queries import lease
from abono.domain.licences.types import Status
from abono.entrypoints.meter.engine import Engine
from abono.entrypoints.meter.protocol import leases as wire
from abono.entrypoints.meter.protocol import mistakes
from abono.flows.licences.facts import Claim, Fact
from abono.flows.licences.look import Batch, Given, before, look, members_of, person_of
from abono.flows.licences.said import FULL, Said
from abono.platform import clock
from abono.platform.web import problems

POSTS: dict[str, Any] = {
    "/v1/leases": wire.CLAIMS,
    "/v1/lease-heartbeats": wire.HEARTBEATS,
    "/v1/lease-releases": wire.RELEASES,
}
PAGE, MOST_ON_A_PAGE = 100, 1_000
LONGEST_PERSON = 200
IN_A_TURN = 25  # facts that are looked at, or signed: a millisecond or two, before who asks for something else has a turn
_BEATS = "/v1/lease-heartbeats"


async def take(
    engine: Engine, path: str, facts: Sequence[Fact], key: Key, now: datetime
) -> list[wire.LeaseResult]:
    """Have each done by itself, and say in order what became of it. Raises Busy before, Unavailable after the attempt."""
    given = await engine.known.given_of_leases({fact.contract for fact in facts}, key, now)
    if members := members_of(facts, given.contracts):
        given = replace(given, addresses=await engine.known.addresses(members))
    said = await _said(engine, facts, given, beats=path == _BEATS)
    if given.addresses:
        await _said_before(engine, facts, said, given, beats=path == _BEATS)
    full = {fact.contract for fact, one in zip(facts, said, strict=True) if one.word in FULL}
    helpers: dict[str, list[str]] = {}
    if full:
        helpers = await engine.known.administrators({name: given.contracts[name] for name in full})
    return [
        wire.result(
            one,
            helpers.get(fact.contract, []),
            may_wait=isinstance(fact, Claim) and not fact.wait,
        )
        for fact, one in zip(facts, said, strict=True)
    ]


async def _said_before(
    engine: Engine, facts: Sequence[Fact], said: list[Said], given: Given, *, beats: bool
) -> None:
    """What becomes of those who may be in under an address that they had before, in place of what was said."""
    places, given = before(facts, said, given)
    while places:
        told = await _said(engine, [facts[n] for n in places], given, beats=beats)
        for n, one in zip(places, told, strict=True):
            said[n] = one
        places, given = before(facts, said, given)


async def _said(engine: Engine, facts: Sequence[Fact], given: Given, *, beats: bool) -> list[Said]:
    """All done by one call of a lane; before it and after it others have their turns between parts of a large batch."""
    if len(facts) <= IN_A_TURN:
        batch = look(facts, given, at_once=True)
        return batch.say(await _done(engine, batch.rows, beats=beats), now=clock.now())
    parts: list[Batch] = []
    for first in range(0, len(facts), IN_A_TURN):
        await asyncio.sleep(0)
        parts.append(look(facts[first : first + IN_A_TURN], given, at_once=True))
    told = iter(await _done(engine, [row for part in parts for row in part.rows], beats=beats))
    said: list[Said] = []
    for part in parts:
        await asyncio.sleep(0)
        said += part.say(islice(told, len(part.rows)), now=clock.now())
    return said


async def _done(engine: Engine, events: list[hot.Event], *, beats: bool) -> list[Answered]:
    """Heartbeats go by a lane of their own, which takes no pool; what of them takes a closer look, and all else, by the other."""
    if not events:
        return []
    if not beats:
        return [answered(row) for row in await engine.lanes["leases"].submit(events)]
    told = [answered(row) for row in await engine.lanes["lease_heartbeats"].submit(events)]
    later = [n for n, one in enumerate(told) if one.status is Status.LATER]
    if later:
        rows = await engine.lanes["leases"].submit([events[n] for n in later])
        for n, row in zip(later, rows, strict=True):
            told[n] = answered(row)
    return told


async def listed(engine: Engine, key: Key, query: bytes, now: datetime) -> wire.LeasesAnswer:
    """GET /v1/leases?contract=&after=&limit=: who is in. Raises Problem (404: no_contract, 422)."""
    asked = _asked(query)
    name = asked.get("contract", "")
    contract = (await engine.known.contracts({name})).get(name)
    if contract is None or not key.reaches(contract.customer_id):
        raise problems.refused(NoSuchContract())
    limit, after = int(asked.get("limit", PAGE)), person_of(asked.get("after", ""))
    at = now + timedelta(seconds=contract.offset_s)
    [counts] = await engine.rows(hot.IN_USE, contract.text, at)
    rows = await engine.rows(hot.LEASES, contract.text, at, after, limit + 1)
    people = [lease(row) for row in rows[:limit]]
    in_use, set_aside, owned, waiting = counts
    return wire.LeasesAnswer(
        contract=name,
        server_time=at,
        in_use=in_use,
        set_aside=set_aside,
        owned=owned,
        waiting=waiting,
        leases=[
            wire.LeaseInUse(
                one.person, list(one.ids), one.device, one.kept_for, one.since, one.until, one.active_at
            )
            for one in people
        ],
        next=people[-1].person if len(rows) > limit else None,
    )


def _asked(query: bytes) -> dict[str, str]:
    """What the address asks for. Raises Problem (422)."""
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    asked = dict(given)
    wrong = [
        {"where": f"query.{name}"[:80], "message": mistakes.UNKNOWN_FIELD}
        for name in asked
        if name not in ("contract", "after", "limit")
    ]
    if "contract" not in asked:
        wrong.append({"where": "query.contract", "message": mistakes.MISSING_FIELD})
    limit = asked.get("limit", "1")
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 4 and 1 <= int(limit) <= MOST_ON_A_PAGE):
        wrong.append({"where": "query.limit", "message": f"Expected `int` <= {MOST_ON_A_PAGE}"})
    after = asked.get("after", "")
    if "\0" in after or len(after) > LONGEST_PERSON or len(given) != len(asked):
        wrong.append({"where": "query", "message": mistakes.IMPOSSIBLE})
    if wrong:
        raise problems.invalid(wrong)
    return asked
