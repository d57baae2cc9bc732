"""Issue an invoice that is collected by itself: credit pays what it can of it, then the card in use is asked (INV-6, INV-9)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.payments import queries as payments
from abono.domain.payments.retries import Try
from abono.domain.payments.types import Card
from abono.flows.billing.credit import draw
from abono.flows.billing.due import charged_on, due_on
from abono.flows.billing.invoices import issue, make_link
from abono.flows.billing.offered import paid_by
from abono.flows.billing.under_mandate import mandate_of
from abono.flows.next_try import first_for
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
        in_use = payments.card_in_use(contract.customer_id)
        how = how_it_is_paid(contract, in_use, first_for(contract, now=now))
    else:
        how = {"means": means.value}
    mandate = mandate_of(contract, invoice, at=now) if means is Means.PIX and invoice.owed_minor else None
    due_date = due_on(contract, means=means, now=now)
    if mandate is not None and invoice.owed_minor <= mandate.most.minor:
        due_date = charged_on(contract, now=now)
        how["debit_date"] = due_date
    elif mandate is not None:
        how["most_minor"] = mandate.most.minor
    by_hand = means is Means.CARD and "charge_date" not in how
    link = {"payment_link_id": uuid7()} if by_hand and invoice.owed_minor else {}
    issue(
        contract,
        invoice,
        told="invoice_issued",
        due_date=due_date,
        means=means,
        actor=actor,
        now=now,
        why=why,
        more={**how, **link},
        paid=not invoice.owed_minor,
    )
    if link:
        make_link(invoice, link["payment_link_id"], now=now)


def how_it_is_paid(contract: Contract, in_use: Card | None, first: Try | None) -> dict[str, object]:
    """For its notice: the card that is charged, and on which day; or that there is none, or none that machines may ask."""
    if first is not None:
        day = local_date(first.at, contract.customer.time_zone)
        return {"card": first.card.name, "charge_date": day}
    return {"no_card": True} if in_use is None else {"stopped_card": in_use.name}
