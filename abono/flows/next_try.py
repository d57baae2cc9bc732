"""Which card is asked for an invoice next, and when (PAY-8): told on pages and in notices, and done as told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from abono.domain.contracts.models import Contract
from abono.domain.customers.models import Customer
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.actions import COLLECT
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import queries as payments
from abono.domain.payments.retries import Terms, Try, next_try
from abono.domain.settings import queries as settings
from abono.domain.settings.restriction import RETRY_DAYS
from abono.domain.settings.types import Whose
from abono.kernel.due import Means
from abono.kernel.periods import day_start, local_date
from abono.platform import agenda

MOMENT = timedelta(microseconds=1)


def left_alone_until(customer: Customer, *, now: datetime) -> date | None:
    """The local day on which nobody waits for them any more; None where nobody does."""
    until: date | None = customer.left_alone_until
    return until if until is not None and local_date(now, customer.time_zone) < until else None


def terms_of(contract: Contract, *, now: datetime) -> Terms:
    customer: Customer = contract.customer
    until = customer.left_alone_until
    return Terms(
        days=settings.value(RETRY_DAYS, whose=Whose(contract.plan.code, contract.id), at=now),
        zone=customer.time_zone,
        not_before=None if until is None else day_start(until, customer.time_zone),
    )


def first_for(contract: Contract, *, now: datetime) -> Try | None:
    """What is asked for an invoice that is issued now; None where no card may be."""
    return _next(contract, None, after=now, now=now)


def next_for(contract: Contract, invoice: Invoice, *, due_at: datetime | None, now: datetime) -> Try | None:
    """What is asked for an issued invoice for which something was to be asked at `due_at`; None: for which that is not known."""
    return _next(contract, invoice, after=(due_at or now) - MOMENT, now=now)


def plan(contract: Contract, invoice: Invoice, *, after: datetime, now: datetime) -> Try | None:
    """Write down what is asked next; where that is none, that it waits for another card. The caller holds the invoice.

    after   as of `next_try`
    """
    found = _next(contract, invoice, after=after, now=now)
    invoicing.collect_at(invoice, None if found is None else found.at, now=now)
    return found


def _next(contract: Contract, invoice: Invoice | None, *, after: datetime, now: datetime) -> Try | None:
    cards = payments.to_ask([contract.customer_id])[contract.customer_id]
    invoice_id = None if invoice is None else invoice.id
    known = payments.declined(cards, invoice_id=invoice_id, now=now) if cards else {}
    return next_try(
        [(one, known[one.id]) for one in cards], terms_of(contract, now=now), now=now, after=after
    )


def is_asked_for(invoice: Invoice) -> bool:
    """Whether it is collected from a card by itself, once there is a moment or a card for that."""
    return Means(invoice.means) is Means.CARD and agenda.find(COLLECT.name, subject=invoice.id) is not None
