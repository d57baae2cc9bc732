"""All work that time makes due: the same for the schedule, for a moved sandbox clock and for tests."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from abono.domain.campaigns import actions as campaigns
from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.metering import actions as metering
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import NoCard, PaymentUnderWay
from abono.flows.billing.renew import renew
from abono.flows.collecting.charge import charge_invoice
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.platform import clock

AGAIN_AFTER = timedelta(hours=1)  # after a charge that the gateway never received

log = logging.getLogger(__name__)


def renew_due(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Renew every contract whose cycle has ended and collect the invoices. Returns how many cycles began.

    Of all customers, the trouble of one is written down and holds up nobody else.
    """
    due = contracts.due_for_renewal(now=now, customer_id=customer_id)
    if customer_id is not None:
        return sum(_renew(contract_id, now=now) for contract_id in due)
    return sum(
        _apart(partial(_renew, contract_id, now=now), f"contract {contract_id}") for contract_id in due
    )


def _renew(contract_id: UUID, *, now: datetime) -> int:
    begun = 0
    while (invoice_id := renew(contract_id=contract_id, now=now)) is not None:
        begun += 1
        collect(invoice_id=invoice_id, now=now)
    return begun


def collect_due(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Collect renewals for which no card was asked yet: the process died before it, there was no card, the
    cycle began while something else was paid, or the gateway was away. Returns how many are asked for now.

    What was declined is no business of this: PAY-8 says when it is tried again.
    """
    waiting = invoices.pending_renewals(customer_id=customer_id)
    tried = payments.tried(waiting, lost_since=clock.now() - AGAIN_AFTER)
    return sum(
        _apart(partial(collect, invoice_id=invoice_id, now=now), f"invoice {invoice_id}")
        for invoice_id in waiting
        if invoice_id not in tried
    )


def collect(*, invoice_id: UUID, now: datetime) -> bool:
    """Ask the customer's card for an issued invoice, without them. A decline leaves it pending.

    Returns False when nobody was asked: there is no card, or somebody pays by hand meanwhile.
    """
    invoice = invoices.get(invoice_id)
    if invoice.total_minor == 0:
        return False
    try:
        charge_invoice(
            invoice_id=invoice_id,
            customer_id=invoice.customer_id,
            method_id=None,
            off_session=True,
            actor="system",
            now=now,
        )
    except (NoCard, PaymentUnderWay, InvoiceNotPayable):
        return False
    return True


def _apart(work: Callable[[], int], what: str) -> int:
    """Do one customer's work; whatever goes wrong is logged, and the next run tries again."""
    try:
        return work()
    except Exception:
        log.exception("due work of %s failed", what)
        return 0


def expire_holds(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Release holds, of sends and of campaigns, that were not settled in time (PKG-5). Returns how many."""
    if customer_id is None:
        return metering.expire(now=now) + campaigns.expire_due(now=now)
    return sum(
        metering.expire(now=now, contract_id=contract.id)
        + campaigns.expire_due(now=now, contract_id=contract.id)
        for contract in contracts.list_for_customer(customer_id)
    )


def run_due_work(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Everything due at `now`, once over. Returns how much there was: zero means quiet."""
    done = expire_holds(now=now, customer_id=customer_id)  # first: what is released is not billed
    done += renew_due(now=now, customer_id=customer_id)
    done += collect_due(now=now, customer_id=customer_id)
    return done + tell_thresholds()


def run_sandboxes() -> int:
    """Due work of every customer with a clock of its own, at that clock's moment (TIM-2)."""
    return sum(
        _apart(partial(_run_sandbox, sandbox.id), f"sandbox {sandbox.id}")
        for sandbox in customers.sandboxes()
    )


def _run_sandbox(customer_id: UUID) -> int:
    return run_due_work(now=customers.now_of(customer_id), customer_id=customer_id)
