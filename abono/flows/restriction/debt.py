"""A contract is restricted for what is overdue for too long, and lifted the moment that this is settled (END-1, END-2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceHead
from abono.domain.restrictions import actions as restrictions
from abono.domain.restrictions.states import Cause
from abono.domain.settings import queries as settings
from abono.domain.settings.restriction import RESTRICT_AFTER
from abono.domain.settings.types import Whose
from abono.flows.tell import tell
from abono.kernel.periods import local_date

RESTRICTABLE = (State.ACTIVE, State.RESTRICTED, State.ENDING)


def restricts_on(contract: Contract, invoice: InvoiceHead, *, now: datetime) -> date | None:
    """The local day on which it is overdue for so long that its contract is restricted; None for a draft."""
    if invoice.late_from is None:
        return None
    days = settings.value(RESTRICT_AFTER, whose=Whose(contract.plan.code, contract.id), at=now)
    return invoice.late_from + timedelta(days=days - 1)


def restrict_for_debt(contract: Contract, invoice: InvoiceHead, *, now: datetime) -> bool:
    """If its day has come. The caller holds the contract. False where nothing was changed."""
    day = restricts_on(contract, invoice, now=now)
    today = local_date(now, contract.customer.time_zone)
    if day is None or today < day or not invoice.overdue(today):
        return False
    if State(contract.state) not in RESTRICTABLE:
        return False
    if not restrictions.restrict(contract, Cause.DEBT, actor="system", now=now):
        return False
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
    days = (
        restricts_on(contract, one, now=now) for one in invoices.open_of(contract.id) if one.overdue(today)
    )
    if any(day is not None and day <= today for day in days):
        return
    if restrictions.lift(contract, Cause.DEBT, actor=actor, now=now):
        tell_lifted(contract, Cause.DEBT, now=now)


def tell_lifted(contract: Contract, cause: Cause, *, why: str = "", now: datetime) -> None:
    """That one cause is gone; whether the contract runs again is said with it."""
    tell(
        customer_id=contract.customer_id,
        kind="contract_released",
        key=f"{contract.id}:{cause.value}:{now.isoformat()}",
        facts={
            "number": contract.number,
            "cause": cause.value,
            "runs": State(contract.state) is not State.RESTRICTED,
            **({"why": why} if why else {}),
        },
        now=now,
    )
