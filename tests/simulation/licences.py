"""Licences of simulated contracts in the database: who signs, what programs ask, and what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from django.db import connection, transaction

from abono.domain.contracts.models import Contract, Term
from abono.domain.contracts.states import State
from abono.domain.customers.models import Customer
from abono.domain.licences import actions, hot
from abono.domain.licences.check import LICENCES
from abono.domain.licences.types import Status
from tests.simulation.model_licences import Answer, Pool
from tests.simulation.steps import Lease, Own, Step, Terms
from tests.simulation.world import LONG_AGO, World


def sign(world: World, ids: Sequence[UUID], contracts: Sequence[Terms]) -> None:
    """The contracts of a story, each of a customer of its own, of which a cycle runs as long as the story."""
    signed = list(zip(ids, contracts, strict=False))
    terms = [
        Term(id=uuid4(), contract_id=one, position=1, **_term(world, terms.package, terms.owned, LONG_AGO))
        for one, terms in signed
    ]
    with transaction.atomic():
        Customer.objects.bulk_create(
            Customer(
                **{
                    "id": one,
                    "legal_name": "Padaria Sol",
                    "country": "BR",
                    "tax_id": one.hex[:14],
                    "language": "en",
                },
                **{"time_zone": "America/Sao_Paulo", "address": {}, "created_at": LONG_AGO},
            )
            for one, _ in signed
        )
        Contract.objects.bulk_create(
            Contract(
                **{"id": one, "number": one.hex[:16], "customer_id": one, "term": term, "currency": "BRL"},
                **{"state": State.ACTIVE.value, "signed_at": LONG_AGO, "adhesion_date": LONG_AGO.date()},
                **{"cycle_number": 0, "cycle_start": LONG_AGO, "cycle_end": terms.cycles[-1].end},
            )
            for (one, terms), term in zip(signed, terms, strict=True)
        )
        Term.objects.bulk_create(terms)
        for one, given in signed:
            if given.kept:
                actions.keep(one, dict(given.kept), now=given.cycles[0].start)


def own(
    world: World, contract_id: UUID, at: datetime, licences: int, kept: tuple[tuple[str, int], ...] | None
) -> None:
    """From now on so many, and so many of them kept for groups."""
    position = Term.objects.filter(contract_id=contract_id).count() + 1
    Term.objects.create(
        contract_id=contract_id, position=position, begins_at=at, **_term(world, "small", licences, at)
    )
    if kept is not None:
        actions.keep(contract_id, dict(kept), now=at)


def _term(world: World, package: str, licences: int, at: datetime) -> dict[str, Any]:
    return {
        "plan_id": world.plan,
        "package_id": world.packages[package],
        "extra_licences": licences,
        "actor": "test",
        "written_at": at,
    }


def rows(ids: Sequence[UUID], contracts: Sequence[Terms], call: Lease) -> list[hot.Event]:
    policies = [one.policy for one in (*contracts, contracts[0])]
    return [
        hot.event(
            str(ids[one.contract]),
            one.at,
            policies[one.contract],
            one.op,
            one.person,
            one.name,
            groups=one.groups,
            idle_s=one.idle_s,
        )
        for one in call.events
    ]


def fast(lane: psycopg.Connection[Any], rows: Sequence[hot.Event], *, beats: bool) -> list[Answer]:
    """As the fast lane has it done."""
    found: list[Answer] = [("", None, None)] * len(rows)
    later = list(range(len(rows)))
    if beats:
        status, _until = _one(lane, hot.BEAT, rows)
        found = [(Status(one).name, None, None) for one in status]
        later = [n for n, one in enumerate(status) if one == Status.LATER]
    if later:
        status, _until, place, _in_use, _owned, why = _one(lane, hot.DECIDE, [rows[n] for n in later])
        for n, one, position, because in zip(later, status, place, why, strict=True):
            found[n] = Status(one).name, position, because
    return found


def _one(lane: psycopg.Connection[Any], call: Any, rows: Sequence[hot.Event]) -> tuple[Any, ...]:
    with lane.cursor(binary=True) as cursor:
        found = cursor.execute(call.statement, call.arguments(zip(*rows, strict=True))).fetchone()
    assert found is not None
    return tuple(found)


def hold(ids: Iterable[UUID]) -> None:
    """What those who come in wait for, and those who are in."""
    some = sorted(set(ids))
    with connection.cursor() as cursor:
        cursor.execute("SELECT licences_lock_v1(%s)", [some])
        cursor.execute(
            "SELECT FROM licences_lease WHERE contract_id = ANY (%s) ORDER BY contract_id, person FOR UPDATE",
            [some],
        )


def moments(step: Step) -> dict[int, datetime]:
    """Contracts whose licences a step is about, and when."""
    found: dict[int, datetime] = {}
    for call in (step.call, step.beside):
        if isinstance(call, Lease):
            found |= {one.contract: one.at for one in call.events}
        elif isinstance(call, Own):
            found[call.contract] = call.at
    return found


@dataclass(frozen=True)
class People:
    """Everybody of whom there is a lease, those of them who are in, and who waits, in order."""

    held: list[str]
    live: list[tuple[str, tuple[str, ...], datetime, str | None]]
    line: list[tuple[str, datetime | None]]

    def beyond(self, cap: int) -> int:
        """How many are in, or have a licence set aside, more than may (LIC-2)."""
        return max(len(self.live) + sum(aside is not None for _, aside in self.line) - cap, 0)


def stored(contract_id: UUID, *, at: datetime) -> People:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 0, person, ids, until, kept_for, NULL::timestamptz FROM licences_lease WHERE contract_id = %s"
            " UNION ALL"
            " SELECT number, person, ids, until, kept_for, set_aside_until FROM licences_place WHERE contract_id = %s"
            " ORDER BY 1, 2",
            [contract_id, contract_id],
        )
        rows = cursor.fetchall()
    return People(
        [person for number, person, *_ in rows if not number],
        [
            (person, tuple(ids), until, kept_for)
            for number, person, ids, until, kept_for, _ in rows
            if not number and until > at
        ],
        [(person, aside) for number, person, _, until, _, aside in rows if number and (aside or until) > at],
    )


def expected(pool: Pool, *, at: datetime) -> People:
    """The same of the model."""
    return People(
        sorted(one.person for one in pool.held),
        sorted((one.person, tuple(one.ids), one.until, one.kept_for) for one in pool.held if one.until > at),
        [(one.person, one.set_aside_until) for one in pool.line if (one.set_aside_until or one.until) > at],
    )


def wrong() -> list[object]:
    """What the books say of pools that is not so."""
    with connection.cursor() as cursor:
        found = []
        for what, query in LICENCES.items():
            cursor.execute(query)
            found += [(what, row) for row in cursor.fetchall()]
    return found
