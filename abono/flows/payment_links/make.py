"""Payment links are made, mailed and revoked: by a member, by the seller's people, by a key (ACC-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from abono.domain.customers.rules import mail_address
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.states import State
from abono.domain.notices.types import Recipient
from abono.domain.payment_links import actions as payment_links
from abono.domain.payment_links import queries
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.flows import locks
from abono.flows.billing.invoices import facts
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.platform.idempotency import Ask

PATH = "/pay/{}/"
"""Where a link leads, behind the host and the language; `entrypoints.portal.payment_link` answers there."""


def address_of(link_id: UUID, language: str) -> str:
    """What opens it, for whom it is meant alone; "" where it is revoked. `language` as addresses have it: "pt-br"."""
    secret = queries.secret_of(link_id)
    return f"{settings.PUBLIC_URL}/{language}{PATH.format(secret)}" if secret else ""


def make_payment_link(
    *,
    invoice_id: UUID,
    customer_id: UUID | None,
    email: str,
    link_id: UUID | None = None,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
) -> PaymentLinkDetail:
    """With its secret (`payment_links.secret`), whoever has it can pay this invoice for thirty days, without signing in.

    customer_id  whose the invoice must be; None for the seller's people and keys
    email        where it is sent at once, in the customer's language; empty for nowhere
    link_id      under which id, where the door chose one: a second press makes no second link
    now          on the customer's clock

    Links that were made before go on to work. Raises NoSuchInvoice, InvoiceNotPayable, UnmailableAddress,
    TooManyPaymentLinks, TooManyMailed, PaymentLinkMadeBefore.
    """
    if ask is not None and "link" in ask.led_to:
        return queries.get(UUID(ask.led_to["link"]))
    address = mail_address(email) if email else ""
    with locks.invoice(invoice_id, customer_id=customer_id) as (contract, invoice):
        if State(invoice.state) is not State.PENDING or not invoice.owed_minor:
            raise InvoiceNotPayable(invoice.title)
        made = payment_links.make(
            link_id=link_id or uuid7(),
            invoice_id=invoice.id,
            customer_id=invoice.customer_id,
            sent_to=address,
            by_hand=True,
            actor=actor,
            now=now,
        )
        if ask is not None:
            ask.note(link=str(made.id))
        if address:
            said = {**facts(contract, invoice), "due_date": invoice.due_date, "payment_link_id": made.id}
            reader = Recipient(address, "", contract.customer.language)
            tell(
                customer_id=invoice.customer_id,
                kind="payment_link",
                key=str(made.id),
                facts=said,
                now=now,
                beside=(reader,),
            )
        return made


def revoke_payment_link(
    *, link_id: UUID, customer_id: UUID | None, actor: str, now: datetime
) -> PaymentLinkDetail:
    """From now on it opens nothing, also for who has it open; a charge that is on its way goes on. A second time changes
    nothing. Raises NoSuchPaymentLink."""
    link = queries.get(link_id, customer_id=customer_id)
    with locks.invoice(link.invoice_id, customer_id=customer_id):
        return payment_links.revoke(link_id=link_id, customer_id=customer_id, actor=actor, now=now)
