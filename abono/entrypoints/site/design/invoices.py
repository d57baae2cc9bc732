"""What an invoice is for and how it stands, in the words of customers' pages and of the seller's."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext_lazy as _

from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.types import InvoiceDetail, InvoiceHead
from abono.entrypoints.site.design.words import Text

REASONS: dict[Reason, Text] = {
    Reason.FIRST: _("First invoice"),
    Reason.RENEWAL: _("Monthly invoice"),
    Reason.INTERIM: _("Overage so far"),
    Reason.CHANGE: _("Plan or package changed"),
    Reason.ONE_OFF: _("One-off invoice"),
}


def status_of(invoice: InvoiceHead, today: date) -> str:
    """Its state, or `overdue`, or `credited` where nothing of it is left, or `refunded` where all of it went back (INV-5)."""
    if invoice.refunded:
        return "refunded"
    if isinstance(invoice, InvoiceDetail) and invoice.taken_back_whole:
        return "credited"
    return "overdue" if invoice.overdue(today) else invoice.state.value
