"""Licences of a cycle: how many were in at once, who was refused, and what would have helped (LIC-10)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Query, Router, Schema

from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.identity.keys import READ
from abono.domain.licences import queries as licences
from abono.domain.licences.advice import advice
from abono.domain.licences.types import Spell
from abono.domain.metering.types import Balance
from abono.entrypoints.api.contracts.cycles import named
from abono.entrypoints.api.protocol import shown
from abono.entrypoints.api.protocol.auth import ApiRequest
from abono.entrypoints.api.protocol.cursors import PageQuery, read_cursor, write_cursor
from abono.entrypoints.api.protocol.declare import answers
from abono.entrypoints.api.protocol.fields import ContractId, Day
from abono.entrypoints.api.protocol.whose import own
from abono.platform import clock

router = Router(tags=["licences"])
REFUSALS_READ = 10_000  # refusals, the newest ones, that advice is made of
_PLACE = 8  # bytes of how many are left


class LicencePeak(Schema):
    """The most who were in at once from `from_at` on, up to the next hour or the cycle's end."""

    from_at: datetime
    peak: int


class LicenceAdvice(Schema):
    """One more licence would have avoided `by_one` of the refusals, `all_with` more all of them."""

    refusals: int
    by_one: int
    all_with: int


class CycleLicences(Schema):
    in_use: Annotated[int | None, Field(description="Now; null of a cycle that is over.")]
    peak: Annotated[int, Field(description="The most of the cycle; 0 where nobody was in.")]
    over: Annotated[int, Field(description="The most beyond what was owned at that moment.")]
    peaks: Annotated[list[LicencePeak], Field(description="Of each hour in which somebody was in.")]
    advice: Annotated[
        LicenceAdvice | None,
        Field(description="Of the newest 10,000 refusals; null where nobody was refused."),
    ]


class LicenceRefusal(Schema):
    """One spell of refusals of one person: tries with less than half an hour between them, until they get in."""

    person: Annotated[
        str, Field(max_length=200, description="As it was asked for; empty: those beyond 1,000 in 24 hours.")
    ]
    first_at: datetime
    last_at: datetime
    tries: int
    in_use: Annotated[int, Field(description="At the last try, as `owned`.")]
    owned: int
    waited: Annotated[bool, Field(description="In the queue.")]
    got_in_at: datetime | None


class LicenceRefusalList(Schema):
    items: list[LicenceRefusal]
    next_cursor: shown.Cursor | None


@router.get(
    "/contracts/{contract_id}/cycles/{day}/licences", **answers({200: CycleLicences}, 404, 422, scope=READ)
)
def read_cycle_licences(request: ApiRequest, contract_id: ContractId, day: Day) -> CycleLicences:
    """How one cycle used licences, by its first local day. Moments are on the customer's clock."""
    contract, balance, now = _cycle(request, contract_id, day)
    start, end = balance.cycle.start, balance.cycle.end
    used = licences.used(contract.id, since=start, until=end, at=now)
    spells = licences.spells(contract.id, since=start, until=end, limit=REFUSALS_READ) if used.refused else []
    helpful = advice(spells)
    return CycleLicences(
        in_use=used.in_now if start <= now < end else None,
        peak=max((peak for _at, peak in used.peaks), default=0),
        over=licences.most_over(contract.id, since=start, until=end),
        peaks=[LicencePeak(from_at=at, peak=peak) for at, peak in used.peaks],
        advice=None
        if helpful is None
        else LicenceAdvice(refusals=helpful.refusals, by_one=helpful.by_one, all_with=helpful.all_with),
    )


@router.get(
    "/contracts/{contract_id}/cycles/{day}/licence-refusals",
    **answers({200: LicenceRefusalList}, 404, 422, scope=READ),
)
def list_licence_refusals(
    request: ApiRequest, contract_id: ContractId, day: Day, query: Query[PageQuery]
) -> LicenceRefusalList:
    """Who was refused a licence in one cycle, newest first."""
    contract, balance, _now = _cycle(request, contract_id, day)
    raw = read_cursor("l", query.cursor, length=_PLACE)
    found, left = licences.refusals(
        contract.id,
        since=balance.cycle.start,
        until=balance.cycle.end,
        left=None if raw is None else int.from_bytes(raw),
        limit=query.limit,
    )
    return LicenceRefusalList(
        items=[_refusal(one) for one in found],
        next_cursor=write_cursor("l", left.to_bytes(_PLACE)) if left else None,
    )


def _cycle(request: ApiRequest, contract_id: ContractId, day: Day) -> tuple[ContractInfo, Balance, datetime]:
    """Raises NoSuchContract, NoCycle."""
    contract = own(request, contract_id)
    customer = customers.get(contract.customer_id)
    now = customer.moment(clock.now()).now
    return contract, named(contract, day, customer.time_zone, now), now


def _refusal(one: Spell) -> LicenceRefusal:
    return LicenceRefusal(
        person=one.person,
        first_at=one.first_at,
        last_at=one.last_at,
        tries=one.tries,
        in_use=one.in_use,
        owned=one.owned,
        waited=one.waited,
        got_in_at=one.got_in_at,
    )
