"""Invoices of a contract: what each of them says beside its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from abono.domain.contracts.many import ContractRow
from abono.domain.contracts.models import Contract
from abono.domain.customers import addresses
from abono.domain.customers import queries as customers
from abono.domain.customers.rules import invoice_series
from abono.domain.customers.types import Organization
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.rows import InvoiceRow
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.types import Buyer, NewLine
from abono.domain.payment_links import actions as payment_links
from abono.flows.restriction.debt import followed_at
from abono.flows.tell import Telling, about_to_tell, tell_each
from abono.kernel.due import Means, overdue_from, reminders
from abono.kernel.periods import local_date


def draft(
    contract: Contract,
    *,
    reason: Reason,
    key: str,
    lines: Sequence[NewLine],
    now: datetime,
    replaces: UUID | None = None,
    change_id: UUID | None = None,
    run_id: UUID | None = None,
) -> Invoice:
    """Write the draft of an invoice to the contract's customer, as that is at this moment."""
    customer = customers.organization(contract.customer)
    invoice = invoicing.draft(
        customer_id=contract.customer_id,
        contract_id=contract.id,
        reason=reason,
        key=key,
        series=invoice_series(customer.id, sandbox=customer.sandbox),
        currency=contract.currency,
        buyer=buyer_of(customer),
        lines=lines,
        now=now,
        replaces=replaces,
        change_id=change_id,
        run_id=run_id,
    )
    invoice.customer = contract.customer  # the same, read already
    return invoice


def buyer_of(organization: Organization) -> Buyer:
    """To whom an invoice is made out, as they are now."""
    return Buyer(
        organization.legal_name,
        organization.tax_id,
        organization.country,
        addresses.lines(organization.country, organization.address),
    )


def issue(
    contract: Contract,
    invoice: Invoice,
    *,
    told: str,
    due_date: date,
    means: Means = Means.CARD,
    actor: str,
    now: datetime,
    why: str = "",
    more: Mapping[str, object] | None = None,
    paid: bool = False,
) -> None:
    """Issue a draft and tell the customer of it. Call it last in a transaction: the number comes after all else.

    told    kind of the notice, whose key is the invoice
    why     the reason, kept in the record, where a person issues it
    more    facts for it beside those of the invoice
    paid    nothing of it is owed: it is settled with that
    """
    invoice.customer = contract.customer
    about_to_tell(invoice.customer_id)
    said = {**facts(contract, invoice), "due_date": due_date, **(more or {})}
    if not paid and Reason(invoice.reason) is not Reason.INTERIM:
        follow_unpaid(contract, invoice, due_date, means, now=now)
    invoicing.issue(invoice, due_date=due_date, means=means, actor=actor, now=now, why=why, paid=paid)
    tell_issued(invoice, said, told=told, now=now)


def follow_unpaid(
    contract: Contract, invoice: Invoice, due_date: date, means: Means = Means.CARD, *, now: datetime
) -> None:
    """Have it followed from its issue on (END-1)."""
    at = unpaid_followed_at(contract, due_date, means, now=now)
    if at is not None:
        invoicing.follow_up_at(invoice.id, at, customer=contract.customer, now=now)


def unpaid_followed_at(
    contract: Contract, due_date: date, means: Means = Means.CARD, *, now: datetime
) -> datetime | None:
    """When what is issued now is looked at first, if nobody pays it; None where it is not."""
    issued = local_date(now, contract.customer.time_zone)
    late_from = overdue_from(due_date, means)
    return followed_at(contract, late_from, reminders(issued, due_date, means).values(), now=now)


def tell_issued(invoice: Invoice, said: Mapping[str, object], *, told: str, now: datetime) -> None:
    """The notice of an invoice that has its number.

    said   `facts` of it as it was issued, and what its kind needs beside
    """
    tell_each(told, [issue_told(invoice, said)], now=now)


def issue_told(invoice: Invoice, said: Mapping[str, object]) -> Telling:
    """That notice, to be told with others."""
    return Telling(invoice.customer_id, str(invoice.id), {**said, "invoice": invoice.title}, invoice.id)


def make_link(invoice: Invoice, link_id: UUID, *, now: datetime) -> None:
    """The payment link that a notice of an unpaid invoice brings for whoever pays without an account (ACC-3). The caller
    holds the customer."""
    payment_links.make(
        link_id=link_id,
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        by_hand=False,
        actor="system",
        now=now,
    )


def facts(contract: Contract | ContractRow, invoice: Invoice | InvoiceRow) -> dict[str, object]:
    """What a notice about an invoice says of it. `total_minor` is what is asked for; where that is not the total of the
    invoice, its total and what was taken off stand beside it."""
    taken_off = {
        "full_minor": invoice.total_minor,
        "credited_minor": invoice.credited_minor,
        "credit_used_minor": invoice.credit_used_minor,
        "part_minor": invoice.received_minor,
    }
    lessened = invoice.credited_minor or invoice.credit_used_minor or invoice.received_minor
    return {
        **(taken_off if lessened else {}),
        "invoice": invoice.title,
        "invoice_id": str(invoice.id),
        "number": contract.number,
        "total_minor": invoice.owed_minor,
        "currency": invoice.currency,
    }
