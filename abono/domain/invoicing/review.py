"""Drafts at which somebody looks before they are issued (INV-10)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.invoicing.actions import ISSUE
from abono.domain.invoicing.models import Invoice
from abono.platform import agenda, events


def park(invoice: Invoice, *, why: str, actor: str, now: datetime) -> None:
    """A draft is not issued by itself any more. The caller holds it."""
    agenda.withdraw(ISSUE, subject=invoice.id)
    invoice.parked_why = why
    invoice.save(update_fields=["parked_why"])
    events.record(
        name="invoice.parked",
        subject=("invoice", invoice.id),
        customer_id=None,  # who does not know of the draft
        actor=actor,
        now=now,
        why=why,
        data={"total_minor": invoice.total_minor, "currency": invoice.currency},
    )


def go_on(invoice: Invoice) -> None:
    """A draft is issued now: neither later nor parked. The caller holds it."""
    agenda.withdraw(ISSUE, subject=invoice.id)
    invoice.parked_why = ""
    invoice.save(update_fields=["parked_why"])
