"""Issue an invoice that is collected by itself: credit pays what it can of it, then the card in use is asked (INV-6, INV-9)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import queries as payments
from abono.flows.billing.credit import draw
from abono.flows.billing.due import due_on
from abono.flows.billing.invoices import issue, make_link
from abono.flows.billing.offered import paid_by
from abono.kernel.due import Means
from abono.kernel.ids import uuid7
from abono.kernel.periods import local_date


def bill(contract: Contract, invoice: Invoice, *, actor: str, now: datetime, why: str = "") -> None:
    """Issue a draft for which nothing waits, and tell the customer how it is paid. The caller holds the contract, and calls
    this last in its transaction: the number comes after all else.

    why   the reason, kept in the record, where a person issues it
    """
    draw(invoice, actor=actor, now=now)
    if invoice.owed_minor:
        invoicing.collect_at(invoice, now, now=now)
    means = paid_by(contract, now=now)
    if means is Means.CARD:
        card = payments.card_in_use(contract.customer_id)
        how = how_it_is_paid(contract, None if card is None else card.name, now=now)
    else:
        how = {"means": means.value}
    link = {"payment_link_id": uuid7()} if "no_card" in how and invoice.owed_minor else {}
    issue(
        contract,
        invoice,
        told="invoice_issued",
        due_date=due_on(contract, means=means, now=now),
        means=means,
        actor=actor,
        now=now,
        why=why,
        more={**how, **link},
        paid=not invoice.owed_minor,
    )
    if link:
        make_link(invoice, link["payment_link_id"], now=now)


def how_it_is_paid(contract: Contract, card: str | None, *, now: datetime) -> dict[str, object]:
    """For its notice: the card that is charged, and on which day; or that there is none."""
    if card is None:
        return {"no_card": True}
    return {"card": card, "charge_date": local_date(now, contract.customer.time_zone)}
