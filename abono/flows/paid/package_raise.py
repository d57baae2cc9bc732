"""Put the bigger package in place once its difference is paid (CHG-5, LIM-4)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts import changes, terms
from abono.domain.contracts.models import Contract, Term
from abono.domain.contracts.states import ChangeState
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import actions as metering
from abono.flows.billing.allowance import allowance
from abono.flows.billing.cycles import cycle_of, open_cycle
from abono.flows.billing.renew import catch_up
from abono.flows.billing.withdraw import withdraw_interims
from abono.flows.tell import tell
from abono.kernel.periods import Period


def apply_package_raise(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Give the current cycle and the next one the new value.

    Use so far stays; new sends have the new prices; blocked sending resumes at this moment. Money that
    comes when the cycle of the raise is over raises the current one, which had the old package's fee.
    """
    catch_up(contract, now=now)
    assert invoice.change_id is not None
    change = changes.get(invoice.change_id)
    current, number = contract.cycle, contract.cycle_number
    before, was_minor = contract.package.code, contract.package.value_minor
    assert current is not None
    assert number is not None
    since = max(now, current.start)  # the answer may be of a moment before the cycle began
    if since in current:
        invoicing.move_period(invoice, Period(since, current.end))
    terms.change(contract, begins_at=since, package_id=change.package_after_id, actor=actor, now=now)
    changes.end(change, ChangeState.APPLIED, actor=actor, now=now)
    _raise_cycle(contract.term, current)
    upcoming = cycle_of(contract, number + 1)
    if not open_cycle(contract, upcoming):  # its sends were faster than its renewal
        _raise_cycle(contract.at(upcoming.start), upcoming)
    withdraw_interims(contract, cycle_number=number, now=now)
    tell(
        customer_id=contract.customer_id,
        kind="package_raised",
        key=invoice.key,
        facts={
            "number": contract.number,
            "before": before,
            "after": contract.package.code,
            "currency": contract.currency,
            "paid_minor": invoice.total_minor,
            "was_minor": was_minor,
            "becomes_minor": contract.package.value_minor,
        },
        now=now,
    )


def _raise_cycle(term: Term, period: Period) -> None:
    gives = allowance(term, cycle=period)
    metering.raise_cycle(
        contract_id=term.contract_id,
        at=period.start,
        package_id=term.package_id,
        value_micro=gives.value_micro,
        ceiling_micro=gives.ceiling_micro,
    )
