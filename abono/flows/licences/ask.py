"""Licences by Django's connection: the same that the fast lane does for programs (LIC-1…4, LIC-7…9)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.contracts import hot as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.hot import Contract
from abono.domain.identity import hot as identity
from abono.domain.identity import signing
from abono.domain.identity.hot import Addresses, Member
from abono.domain.licences import actions as licences
from abono.domain.licences import hot
from abono.domain.licences.types import Policy
from abono.domain.settings import queries as settings
from abono.flows.licences.facts import Beat, Fact
from abono.flows.licences.look import Given, before, look, members_of
from abono.flows.licences.policy import policies
from abono.flows.licences.said import Said
from abono.kernel.ids import public


def ask_licences(facts: Sequence[Fact], *, customer_id: UUID | None, now: datetime) -> list[Said]:
    """Have each done by itself and say, in order, what became of it.

    customer_id   whose contracts it may speak of (ACC-2); None for the seller
    now           real time
    """
    known = contracts_of([fact.contract for fact in facts], customer_id=customer_id)
    addresses = addresses_of(members_of(facts, known), now=now)
    given = Given(known, settings.snapshot(), now, signing.keyring(), addresses)
    said = _said(facts, given)
    places, given = before(facts, said, given)
    while places:
        for n, one in zip(places, _said([facts[n] for n in places], given), strict=True):
            said[n] = one
        places, given = before(facts, said, given)
    return said


def _said(facts: Sequence[Fact], given: Given) -> list[Said]:
    batch = look(facts, given)
    told: list[licences.Answered] = []
    for beats, rows in _runs(batch.facts, batch.places, batch.rows):
        told += licences.beat(rows) if beats else licences.decide(rows)
    return batch.say(told, now=given.now)


def contract_of(contract_id: UUID, *, customer_id: UUID | None) -> Contract:
    """The contract, if it is theirs (ACC-2). Raises NoSuchContract."""
    found = list(contracts_of([public("ctr", contract_id)], customer_id=customer_id).values())
    if not found:
        raise NoSuchContract()
    return found[0]


def contracts_of(names: Sequence[str], *, customer_id: UUID | None) -> dict[str, Contract]:
    """Contracts by public id, of that customer or of all."""
    ids = contracts.ids(set(names))
    with connection.cursor() as cursor:
        cursor.execute(contracts.CONTRACTS, [list(ids)])
        found = contracts.by_name(ids, cursor.fetchall())
    return {name: one for name, one in found.items() if customer_id in (None, one.customer_id)}


def addresses_of(members: Collection[Member], *, now: datetime) -> dict[Member, Addresses]:
    """Of those who are members. `now` is real time."""
    if not members:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(identity.ADDRESSES, identity.of_members(members, now=now))
        return identity.by_member(cursor.fetchall())


def policy_of(contract: Contract, *, now: datetime) -> Policy:
    """The settings that hold for a contract now."""
    return policies(settings.snapshot(), now=now)(contract)


def _runs(
    facts: Sequence[Fact], places: list[int], rows: list[hot.Event]
) -> list[tuple[bool, list[hot.Event]]]:
    """Rows that one call can do, in order: heartbeats apart from what takes the pool."""
    runs: list[tuple[bool, list[hot.Event]]] = []
    for n, row in zip(places, rows, strict=True):
        beats = isinstance(facts[n], Beat)
        if not runs or runs[-1][0] != beats:
            runs.append((beats, []))
        runs[-1][1].append(row)
    return runs
