"""All work that time makes due: the same for the schedule, for a moved sandbox clock and for tests."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.metering import actions as metering
from abono.domain.payments.errors import NoCard, PaymentUnderWay
from abono.flows.charge_invoice import charge_invoice
from abono.flows.renew import renew
from abono.flows.tell_thresholds import tell_thresholds


def renew_due(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Renew every contract whose cycle has ended and collect the invoices. Returns how many cycles began."""
    begun = 0
    for contract_id in contracts.due_for_renewal(now=now, customer_id=customer_id):
        while (invoice_id := renew(contract_id=contract_id, now=now)) is not None:
            begun += 1
            collect(invoice_id=invoice_id, now=now)
    return begun


def collect(*, invoice_id: UUID, now: datetime) -> None:
    """Ask the customer's card for an issued invoice, without them. A decline leaves it pending."""
    invoice = invoices.get(invoice_id)
    if invoice.total_minor == 0:
        return
    try:
        charge_invoice(
            invoice_id=invoice_id,
            customer_id=invoice.customer_id,
            method_id=None,
            off_session=True,
            actor="system",
            now=now,
        )
    except (NoCard, PaymentUnderWay):
        return


def expire_holds(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Release holds that were not settled in time (PKG-5). Returns how many."""
    if customer_id is None:
        return metering.expire(now=now)
    return sum(
        metering.expire(now=now, contract_id=contract.id)
        for contract in contracts.list_for_customer(customer_id)
    )


def run_due_work(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Everything due at `now`, once over. Returns how much there was: zero means quiet."""
    done = expire_holds(now=now, customer_id=customer_id)  # first: what is released is not billed
    done += renew_due(now=now, customer_id=customer_id)
    return done + tell_thresholds()


def run_sandboxes() -> int:
    """Due work of every customer with a clock of its own, at that clock's moment (TIM-2)."""
    return sum(
        run_due_work(now=customers.now_of(sandbox.id), customer_id=sandbox.id)
        for sandbox in customers.sandboxes()
    )
