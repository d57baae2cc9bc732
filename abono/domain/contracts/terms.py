"""What holds of a contract from when: a list that only grows, from which every cycle is billed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from abono.domain.contracts.models import Contract, Term
from abono.domain.contracts.types import MONTH
from abono.platform import events


def begin_with(
    contract: Contract,
    *,
    plan_id: UUID,
    package_id: UUID,
    interval: str,
    extra_licences: int = 0,
    position: int = 1,
    actor: str,
    now: datetime,
) -> Term:
    """What a contract is for from its beginning, not yet written: the contract refers to it."""
    term = Term(
        contract=contract,
        position=position,
        plan_id=plan_id,
        package_id=package_id,
        extra_licences=extra_licences,
        interval=interval,
        actor=actor,
        written_at=now,
    )
    contract.term = term
    return term


def change(
    contract: Contract,
    *,
    begins_at: datetime,
    plan_id: UUID | None = None,
    package_id: UUID | None = None,
    extra_licences: int | None = None,
    interval: str | None = None,
    unit: str | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Let another plan, package, number of extra licences or interval hold from a moment on; what later terms say of the same is replaced.

    unit   by which its fees count within the cycle in which it begins

    A moment of the current cycle changes what is in force. The caller holds the contract.
    """
    later = {
        one.begins_at for one in contract.timeline if one.begins_at is not None and one.begins_at > begins_at
    }
    last = len(contract.timeline)
    written = []
    for position, moment in enumerate([begins_at, *sorted(later)], start=last + 1):
        held = contract.at(moment)
        written.append(
            Term(
                contract=contract,
                position=position,
                begins_at=moment,
                plan_id=plan_id or held.plan_id,
                package_id=package_id or held.package_id,
                extra_licences=held.extra_licences if extra_licences is None else extra_licences,
                interval=interval or held.interval,
                unit=unit if unit is not None and moment == begins_at else held.unit,
                actor=actor,
                written_at=now,
            )
        )
    Term.objects.bulk_create(written)
    del contract.timeline
    enter(contract, actor=actor, now=now)


def enter(contract: Contract, *, actor: str, now: datetime) -> None:
    """Put the last term in force that begins before the contract's cycle ends, and tell if that changes anything."""
    assert contract.cycle is not None
    term = [one for one in contract.timeline if one.begins_at is None or one.begins_at < contract.cycle.end][
        -1
    ]
    if term.id == contract.term_id:
        return
    before, contract.term = named(contract.term), term
    contract.save(update_fields=["term"])
    if named(term) != before:
        events.record(
            name="contract.terms_changed",
            subject=("contract", contract.id),
            customer_id=contract.customer_id,
            actor=actor,
            now=now,
            before=before,
            after=named(term),
            data={"number": contract.number},
        )


def named(term: Term) -> dict[str, object]:
    """What a contract is for, as events tell of it."""
    return {
        "plan": str(term.plan),
        "package": str(term.package),
        "extra_licences": term.extra_licences,
        **({} if term.interval == MONTH else {"interval": term.interval}),
    }


def holds(term: Term) -> tuple[object, ...]:
    """What a contract is for by a term, to be compared."""
    return term.plan_id, term.package_id, term.extra_licences, term.interval


def ahead() -> QuerySet[Term]:
    """Terms that wait for the next cycle of their contract."""
    return Term.objects.filter(begins_at__gte=F("contract__cycle_end"))
