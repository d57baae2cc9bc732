from __future__ import annotations

from uuid import UUID

from abono.domain.payment_links.errors import NoSuchPaymentLink
from abono.domain.payment_links.models import PaymentLink
from abono.domain.payment_links.secret import hashed, secrets
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.platform.sole import sole


def get(link_id: UUID, *, customer_id: UUID | None = None) -> PaymentLinkDetail:
    """With `customer_id`, if it is theirs: any other does not exist for them (ACC-2). Raises NoSuchPaymentLink."""
    row = sole(PaymentLink.objects.filter(id=link_id))
    if row is None or customer_id not in (None, row.customer_id):
        raise NoSuchPaymentLink()
    return detail(row)


def find(text: str) -> PaymentLinkDetail | None:
    """The link with this secret, whatever it is worth by now."""
    row = sole(PaymentLink.objects.filter(hash=hashed(text)))
    return None if row is None else detail(row)


def secret_of(link_id: UUID) -> str:
    """What opens it; empty where there is no such link, it was revoked, or it was made under a key that is not known any
    more."""
    row = PaymentLink.objects.filter(id=link_id, revoked_at=None).first()
    if row is None:
        return ""
    return next((text for text in secrets(link_id) if hashed(text) == bytes(row.hash)), "")


def of_invoice(invoice_id: UUID) -> list[PaymentLinkDetail]:
    """Every link of an invoice, newest first."""
    rows = PaymentLink.objects.filter(invoice_id=invoice_id)
    return [detail(row) for row in rows.order_by("-id")]


def list_for(
    *, customer_id: UUID | None, invoice_id: UUID | None, before: UUID | None, limit: int
) -> list[PaymentLinkDetail]:
    """Links newest first, of a customer or of all; of one invoice, if given; `before` is the last of the page before."""
    rows = PaymentLink.objects.order_by("-id")
    if customer_id is not None:
        rows = rows.filter(customer_id=customer_id)
    if invoice_id is not None:
        rows = rows.filter(invoice_id=invoice_id)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [detail(row) for row in rows[:limit]]


def detail(row: PaymentLink) -> PaymentLinkDetail:
    return PaymentLinkDetail(
        id=row.id,
        invoice_id=row.invoice_id,
        customer_id=row.customer_id,
        made_by=row.made_by,
        sent_to=row.sent_to,
        made_at=row.made_at,
        expires_at=row.expires_at,
        opened_at=row.opened_at,
        revoked_at=row.revoked_at,
    )
