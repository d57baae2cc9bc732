"""What holds of a contract from when: a list that only grows, from which every cycle is billed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from abono.domain.catalog.types import PackageInfo, PlanInfo
from abono.domain.contracts.models import Change, Contract, Term
from abono.domain.contracts.types import MONTH
from abono.platform import events
from abono.platform.postgres.arrays import columns


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


def read(contracts: Iterable[Contract]) -> None:
    """The timelines of many contracts, in one statement."""
    of = {one.id: one for one in contracts}
    for contract in of.values():
        contract.timeline = []
    begin = F("begins_at").asc(nulls_first=True)
    rows = Term.objects.filter(contract_id__in=of).select_related("plan", "package")
    for row in rows.order_by(begin, "position"):
        row.contract = of[row.contract_id]
        row.contract.timeline.append(row)


def change(
    contract: Contract,
    *,
    begins_at: datetime,
    plan_id: UUID | None = None,
    package_id: UUID | None = None,
    extra_licences: int | None = None,
    interval: str | None = None,
    unit: str | None = None,
    of: Change | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Let another plan, package, number of extra licences or interval hold from a moment on; what later terms say of the same is replaced.

    unit   by which its fees count within the cycle in which it begins
    of     the change of which plan and package are, as it was read

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
    _add(contract, written, of)
    enter(contract, actor=actor, now=now)


def _add(contract: Contract, written: list[Term], of: Change | None) -> None:
    """To the timeline as it was read, where plans and packages were read with it or the change; else it is read anew."""
    read: list[Term | Change] = [*contract.timeline, *([] if of is None else [of])]
    plans = {one.plan_id: one.plan for one in read}
    packages = {one.package_id: one.package for one in read}
    if not all(one.plan_id in plans and one.package_id in packages for one in written):
        del contract.timeline
        return
    for one in written:
        one.plan, one.package = plans[one.plan_id], packages[one.package_id]
    terms = [*contract.timeline, *written]
    first = datetime.min.replace(tzinfo=UTC)
    contract.timeline = sorted(terms, key=lambda one: (one.begins_at or first, one.position))


def enter(contract: Contract, *, actor: str, now: datetime) -> None:
    """Put the last term in force that begins before the contract's cycle ends, and tell if that changes anything."""
    if _enter(contract, actor=actor, now=now):
        contract.save(update_fields=["term"])


def enter_each(contracts: Iterable[Contract], *, actor: str, now: datetime) -> None:
    """The same of many, in one statement."""
    entered = [one for one in contracts if _enter(one, actor=actor, now=now)]
    if entered:
        with connection.cursor() as cursor:
            cursor.execute(_ENTER, columns((str(one.id), str(one.term_id)) for one in entered))


_ENTER = """
UPDATE contracts_contract c SET term_id = n.term_id
  FROM (SELECT unnest(%s::uuid[]) AS id, unnest(%s::uuid[]) AS term_id) n WHERE c.id = n.id
"""


def _enter(contract: Contract, *, actor: str, now: datetime) -> bool:
    """For who saves it. Whether another term is in force."""
    assert contract.cycle is not None
    term = [one for one in contract.timeline if one.begins_at is None or one.begins_at < contract.cycle.end][
        -1
    ]
    if term.id == contract.term_id:
        return False
    before, contract.term = named(contract.term), term
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
    return True


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


def signed(plan: PlanInfo, package: PackageInfo, extra_licences: int) -> dict[str, object]:
    """The same of a new contract."""
    plan_named, package_named = (f"{one.code} v{one.version}" for one in (plan, package))
    return {"plan": plan_named, "package": package_named, "extra_licences": extra_licences}


def ahead() -> QuerySet[Term]:
    """Terms that wait for the next cycle of their contract."""
    return Term.objects.filter(begins_at__gte=F("contract__cycle_end"))
