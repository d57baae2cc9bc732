from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from abono.domain.payment_links import rules
from abono.domain.payment_links.errors import (
    NoSuchPaymentLink,
    PaymentLinkMadeBefore,
    TooManyMailed,
    TooManyPaymentLinks,
)
from abono.domain.payment_links.models import PaymentLink
from abono.domain.payment_links.queries import detail
from abono.domain.payment_links.secret import hashed, secret
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.platform import events
from abono.platform.events import Personal
from abono.platform.use_case import use_case


def make(
    *,
    link_id: UUID,
    invoice_id: UUID,
    customer_id: UUID,
    sent_to: str = "",
    by_hand: bool,
    actor: str,
    now: datetime,
) -> PaymentLinkDetail:
    """Write down a link of an invoice whose customer the caller holds. Its secret is `secret(link_id)`.

    by_hand   somebody asked for it; else it goes with a notice, and is no reason to refuse one

    Raises PaymentLinkMadeBefore, TooManyPaymentLinks, TooManyMailed.
    """
    alive = PaymentLink.objects.filter(invoice_id=invoice_id, revoked_at=None, expires_at__gt=now)
    if by_hand and alive.count() >= rules.MOST_OPEN:
        raise TooManyPaymentLinks(rules.MOST_OPEN)
    lately = PaymentLink.objects.filter(customer_id=customer_id, made_at__gt=now - rules.MAILED_WITHIN)
    if sent_to and lately.exclude(sent_to="").count() >= rules.MOST_MAILED:
        raise TooManyMailed(rules.MOST_MAILED)
    try:
        with transaction.atomic():
            row = PaymentLink.objects.create(
                id=link_id,
                invoice_id=invoice_id,
                customer_id=customer_id,
                hash=hashed(secret(link_id)),
                made_by=actor,
                sent_to=sent_to,
                made_at=now,
                expires_at=now + rules.LASTS,
            )
    except IntegrityError as taken:
        raise PaymentLinkMadeBefore() from taken
    personal = Personal(after={"sent_to": sent_to}) if sent_to else None
    _record("made", row, actor=actor, now=now, personal=personal)
    return detail(row)


@use_case
def note_opened(*, link_id: UUID, now: datetime) -> None:
    """Somebody came with the secret. The first time is an event."""
    of_it = PaymentLink.objects.filter(id=link_id)
    if of_it.filter(opened_at=None).update(opened_at=now):
        row = of_it.get()
        _record("opened", row, actor=detail(row).actor, now=now)
    else:
        of_it.update(opened_at=now)


def revoke(*, link_id: UUID, customer_id: UUID | None, actor: str, now: datetime) -> PaymentLinkDetail:
    """From now on it opens nothing; a second time changes nothing. The caller holds its customer.

    customer_id   whose it must be; None for the seller's people and keys

    Raises NoSuchPaymentLink.
    """
    row = PaymentLink.objects.filter(id=link_id).first()
    if row is None or customer_id not in (None, row.customer_id):
        raise NoSuchPaymentLink()
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        _record("revoked", row, actor=actor, now=now)
    return detail(row)


def _record(
    what: str, row: PaymentLink, *, actor: str, now: datetime, personal: Personal | None = None
) -> None:
    events.record(
        name=f"payment_link.{what}",
        subject=("payment_link", row.id),
        customer_id=row.customer_id,
        actor=actor,
        now=now,
        personal=personal,
        data={"invoice": str(row.invoice_id), "expires_at": row.expires_at.isoformat()},
    )
