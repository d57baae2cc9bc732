"""The end of a contract: what was used is billed, and what is left of its credit goes back (END-3, END-5, INV-9)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import cancellations
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.credit import queries as balances
from abono.domain.invoicing import keys
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.domain.metering import actions as metering
from abono.domain.metering import queries as cycles
from abono.domain.restrictions import actions as restrictions
from abono.domain.restrictions.states import Cause
from abono.flows import locks
from abono.flows.billing.expired import tell_what_expired
from abono.flows.billing.invoices import draft
from abono.flows.billing.review import bill_after_review
from abono.flows.billing.withdraw import withdraw_interims
from abono.flows.campaigns.end_all import end_campaigns
from abono.flows.charges.fees import fitting, unbilled
from abono.flows.charges.late import late_lines
from abono.flows.charges.lines import billed_now, to_repair, use_lines
from abono.flows.endings.credit_left import pay_back_at
from abono.flows.tell import tell
from abono.kernel.periods import last_date

WHY = "cancelled"
"""The reason of the end."""


def end_due(*, contract_id: UUID, now: datetime) -> UUID | None:
    """End a cancelled contract whose last cycle is over; a late run makes what one in time would have made. Returns the last
    invoice, if there was anything to bill; a second call changes nothing. Raises NoSuchContract."""
    with locks.contract(contract_id) as contract:
        if State(contract.state) not in RUNNING or not contract.has_run_out(now):
            return None
        assert contract.cycle_end is not None
        return finish(contract, at=contract.cycle_end, why=WHY, now=now)


def finish(contract: Contract, *, at: datetime, why: str, now: datetime) -> UUID | None:
    """End it at a moment of its cycle, or with that. The caller holds the contract, and calls this last in its transaction."""
    metering.close(contract_id=contract.id, at=at)
    end_campaigns(contract, actor="system", now=now)
    invoice = _last_invoice(contract, now=now)
    cancellations.end(contract, since=at, actor="system", reason=why, now=now)
    for cause in Cause:
        restrictions.lift(contract, cause, actor="system", now=now)
    credit_minor = balances.balance(contract.id)
    left_minor = max(credit_minor - (0 if invoice is None else invoice.total_minor), 0)
    _tell(contract, invoice, left_minor, at=at, why=why, now=now)
    if credit_minor:
        pay_back_at(contract, now, now=now)
    if invoice is None:
        return None
    bill_after_review(contract, invoice, now=now)
    return invoice.id


def _last_invoice(contract: Contract, *, now: datetime) -> Invoice | None:
    """Use, and fees that were not billed ahead; nothing of a cycle that does not come."""
    assert contract.cycle_number is not None
    number, opened = contract.cycle_number + 1, cycles.cycles(contract.id)
    for past in opened:
        if past.cycle == contract.cycle and not contract.in_trial(past.cycle):
            tell_what_expired(contract, past, last=True, now=now)
    for ended_number in billed_now(number):
        withdraw_interims(contract, cycle_number=ended_number, now=now)
    use = use_lines(contract, number, opened=opened)
    use += late_lines(contract)
    lines = fitting(contract, use, unbilled(contract, to_repair(contract, number, opened)))
    if not lines:
        return None
    return draft(contract, reason=Reason.RENEWAL, key=keys.renewal(number), lines=lines, now=now)


def _tell(
    contract: Contract, invoice: Invoice | None, left_minor: int, *, at: datetime, why: str, now: datetime
) -> None:
    tell(
        customer_id=contract.customer_id,
        kind="contract_ended",
        key=str(contract.id),
        facts={
            "number": contract.number,
            "last_date": last_date(at, contract.customer.time_zone),
            "currency": contract.currency,
            "total_minor": 0 if invoice is None else invoice.total_minor,
            **({"left_minor": left_minor} if left_minor else {}),
            **({"for_debt": True} if why != WHY else {}),
        },
        now=now,
    )
