"""A contract is restricted for what is overdue for too long, and lifted the moment that this is settled (END-1, END-2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceHead
from abono.domain.restrictions import actions as restrictions
from abono.domain.restrictions.queries import of_debt, standing
from abono.domain.restrictions.states import Cause
from abono.domain.settings import queries as settings
from abono.domain.settings.restriction import RESTRICT_AFTER
from abono.domain.settings.types import Whose
from abono.flows.next_try import left_alone_until
from abono.flows.restriction.close import close
from abono.flows.restriction.days import look_next
from abono.flows.restriction.granted import grant
from abono.flows.tell import tell
from abono.kernel.periods import day_start, local_date

_DAY = timedelta(days=1)


def restricts_on(contract: Contract, late_from: date, *, now: datetime) -> date:
    """The local day on which an invoice that is overdue from then on restricts its contract; not while its customer is left
    alone."""
    days = settings.value(RESTRICT_AFTER, whose=Whose(contract.plan.code, contract.id), at=now)
    last = late_from + timedelta(days=days - 1)
    return max(last, left_alone_until(contract.customer, now=now) or last)


def restricted_for_debt(contract: Contract) -> bool:
    """Whether something that is overdue restricts it now."""
    return State(contract.state) is State.RESTRICTED and of_debt(contract.id) is not None


def follow(
    contract: Contract, invoice_id: UUID, late_from: date, reminded_on: Iterable[date], *, now: datetime
) -> None:
    """Have an unpaid invoice looked at on its next day after this one: that on which somebody is reminded of it, or on which
    it restricts its contract, after which there is none. What is restricted for another one already has no such day, until
    that is lifted."""
    at = followed_at(contract, late_from, reminded_on, now=now)
    if at is not None:
        invoicing.follow_up_at(invoice_id, at, customer=contract.customer, now=now)


def followed_at(
    contract: Contract, late_from: date, reminded_on: Iterable[date], *, now: datetime
) -> datetime | None:
    """When that day begins."""
    zone = contract.customer.time_zone
    last, today = restricts_on(contract, late_from, now=now), local_date(now, zone)
    days = list(reminded_on) if restricted_for_debt(contract) else [*reminded_on, last]
    alone = left_alone_until(contract.customer, now=now)
    following = [day for day in days if max(today + _DAY, alone or today) <= day <= last]
    return day_start(min(following), zone) if following else None


def restrict_for_debt(contract: Contract, invoice: InvoiceHead, *, now: datetime) -> bool:
    """If its day has come. The caller holds the contract. False where nothing was changed."""
    today = local_date(now, contract.customer.time_zone)
    if invoice.late_from is None or today < restricts_on(contract, invoice.late_from, now=now):
        return False
    if State(contract.state) not in RUNNING:
        return False
    by_seller_too = any(one.cause is Cause.FRAUD for one in standing(contract.id))
    if not close(contract, Cause.DEBT, actor="system", now=now):
        return False
    ends = look_next(contract, now=now)
    tell(
        customer_id=contract.customer_id,
        kind="contract_restricted",
        key=f"{invoice.id}:{now.isoformat()}",
        facts={
            "number": contract.number,
            "cause": Cause.DEBT.value,
            "invoice": invoice.title,
            "invoice_id": str(invoice.id),
            "total_minor": invoice.owed_minor,
            "currency": invoice.currency,
            "by_seller_too": by_seller_too,
            "ends_date": ends,
        },
        now=now,
    )
    return True


def relieve(contract: Contract, *, actor: str, now: datetime) -> None:
    """Something of what was owed is settled, given up or contested: lift the restriction if nothing else is overdue for so
    long. The caller holds the contract."""
    if State(contract.state) is not State.RESTRICTED:
        return
    today = local_date(now, contract.customer.time_zone)
    late = [(one, one.late_from) for one in invoices.open_of(contract.id) if one.late_from is not None]
    if any(restricts_on(contract, late_from, now=now) <= today for _one, late_from in late):
        return
    if restrictions.lift(contract, Cause.DEBT, actor=actor, now=now):
        lifted(contract, Cause.DEBT, now=now)
        for one, late_from in late:  # more days may be given than when it was looked at last
            follow(contract, one.id, late_from, one.reminded_on.values(), now=now)


def lifted(contract: Contract, cause: Cause, *, why: str = "", now: datetime) -> None:
    """That one cause is gone; whether the contract runs again is said with it, and what it has then."""
    granted = grant(contract)
    tell(
        customer_id=contract.customer_id,
        kind="contract_released",
        key=f"{contract.id}:{cause.value}:{now.isoformat()}",
        facts={
            "number": contract.number,
            "cause": cause.value,
            "runs": State(contract.state) is not State.RESTRICTED,
            **({"why": why} if why else {}),
            **({"granted_minor": granted.minor, "currency": granted.currency} if granted else {}),
        },
        now=now,
    )
