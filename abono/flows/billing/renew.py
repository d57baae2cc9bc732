"""Go on to a contract's next cycle: bill the use of the one that ended and the fees of the one that begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RENEWED, State
from abono.domain.customers import actions as customer_actions
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing.states import LineKind, Reason
from abono.domain.invoicing.types import Buyer, NewLine
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.flows.billing.cycles import open_cycle
from abono.flows.billing.use import usage_lines
from abono.flows.billing.withdraw import withdraw_interims
from abono.flows.tell import tell
from abono.kernel.money import Money
from abono.kernel.periods import Period, cycle, local_date
from abono.kernel.rating import to_micro
from abono.platform import events
from abono.platform.use_case import use_case

DUE_AFTER = timedelta(days=10)


@use_case
def renew(*, contract_id: UUID, now: datetime) -> UUID | None:
    """Begin the next cycle if the current one has ended at `now`, and issue its invoice (INV-1).

    One call goes on by one cycle, so a late run makes what the runs that it missed would have made.
    Returns the invoice to collect; None when nothing was due: a second call changes nothing.
    """
    contract = _lock(contract_id)
    if contract.cycle_end is None or contract.cycle_end > now or State(contract.state) not in RENEWED:
        return None
    assert contract.adhesion_date is not None
    assert contract.cycle_number is not None
    zone = contract.customer.time_zone
    number = contract.cycle_number + 1
    ended, begins = _cycle(contract, number - 1), cycle(contract.adhesion_date, number, zone)
    contracts.begin_cycle(contract, number=number, cycle=begins, actor="system", now=now)
    for ahead in (number, number + 1):  # the one that begins is there already, unless a restore lost it
        open_cycle(contract, cycle=cycle(contract.adhesion_date, ahead, zone))
    _tell_what_expired(contract, ended, now=now)
    for past in _billed_now(number):
        withdraw_interims(contract.id, cycle_number=past, now=now)
    customer = contract.customer
    invoice = invoicing.draft(
        customer_id=contract.customer_id,
        contract_id=contract.id,
        reason=Reason.RENEWAL,
        key=keys.renewal(number),
        currency=contract.currency,
        buyer=Buyer(customer.legal_name, customer.tax_id, customer.country),
        lines=fee_lines(contract, begins) + use_lines(contract, number, zone),
        now=now,
    )
    invoicing.issue(invoice, due_date=local_date(now, zone) + DUE_AFTER, actor="system", now=now)
    tell(
        customer_id=contract.customer_id,
        kind="invoice_issued",
        key=str(invoice.id),
        facts={
            "invoice": invoice.title,
            "total_minor": invoice.total_minor,
            "currency": invoice.currency,
            "number": contract.number,
            "due_date": str(invoice.due_date),
        },
        now=now,
        attachment=invoice.id,
    )
    if invoice.total_minor:
        invoicing.collect_at(invoice, now, now=now)
    else:  # nothing is owed
        invoicing.settle(invoice, actor="system", now=now)
    return invoice.id


def catch_up(*, contract_id: UUID, now: datetime) -> None:
    """Renew until `now` lies in the current cycle: what is paid after a cycle's end is never booked into it,
    also when nobody was there yet to renew it.
    """
    while renew(contract_id=contract_id, now=now) is not None:
        pass


def _lock(contract_id: UUID) -> Contract:
    contract = Contract.objects.get(id=contract_id)
    customer_actions.lock(contract.customer_id)
    return contracts.lock(contract_id)


def _cycle(contract: Contract, number: int) -> Period:
    assert contract.adhesion_date is not None
    return cycle(contract.adhesion_date, number, contract.customer.time_zone)


def fee_lines(contract: Contract, period: Period) -> list[NewLine]:
    """Fixed fees, billed at the start of the cycle that they pay for."""
    price = catalog.plan_price(
        plan_id=contract.plan_id, currency=contract.currency, interval=contract.interval
    )
    plan = Money(price.price_minor, contract.currency)
    package = Money(contract.package.value_minor, contract.currency)
    return [
        NewLine(LineKind.PLAN, contract.plan.name, period, 1, to_micro(plan), plan),
        NewLine(LineKind.PACKAGE, contract.package.code, period, 1, to_micro(package), package),
    ]


def use_lines(contract: Contract, number: int, zone: str) -> list[NewLine]:
    """What was used beyond the allowances of the cycle that ended, and what became known since of the
    one before: a send that was held in it may have been confirmed after its invoice."""
    lines: list[NewLine] = []
    for past in _billed_now(number):
        lines += usage_lines(contract, _cycle(contract, past))
    return lines


def _billed_now(number: int) -> range:
    """The cycles whose use is looked at when cycle `number` begins."""
    return range(max(0, number - 2), number)


def _tell_what_expired(contract: Contract, ended: Period, *, now: datetime) -> None:
    """The statement of PKG-3: what is left at the end of a cycle is lost."""
    past: Balance | None = metering.find_cycle(contract_id=contract.id, cycle_start=ended.start)
    if past is None:
        return
    facts = {
        "number": contract.number,
        "currency": contract.currency,
        "value_micro": past.value_micro,
        "used_micro": past.used_micro,
        "expired_micro": past.unused_micro,
        "cycle_start": ended.start.isoformat(),
        "cycle_end": ended.end.isoformat(),
    }
    events.record(
        name="package.expired",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor="system",
        now=now,
        data=facts,
    )
    tell(
        customer_id=contract.customer_id,
        kind="package_expired",
        key=ended.start.isoformat(),
        facts=facts,
        now=now,
    )
