"""Invoices as pages show them: what they are for, their status in words, and what can be done with each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from abono.domain.invoicing.labels import fiscal_label
from abono.domain.invoicing.states import FiscalType, Reason, State
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import queries as payments
from abono.domain.payments.states import OPEN
from abono.entrypoints.site.design.words import Text
from abono.kernel.money import Money

REASONS: dict[Reason, Text] = {
    Reason.FIRST: _("First invoice"),
    Reason.RENEWAL: _("Monthly invoice"),
    Reason.INTERIM: _("Overage so far"),
    Reason.PACKAGE_RAISE: _("Package raised"),
}


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice in a list. `state` is a word of `words.status("invoice", …)`, overdue among them."""

    invoice: InvoiceDetail
    reason: Text
    fiscal_types: tuple[str, ...]
    state: str
    confirming: bool  # a payment of it is on its way: it cannot be paid again meanwhile

    @property
    def total(self) -> Money:
        return Money(self.invoice.total_minor, self.invoice.currency)

    @property
    def payable(self) -> bool:
        return self.invoice.state is State.PENDING and not self.confirming

    @property
    def has_document(self) -> bool:
        """A cancelled invoice is not handed out (INV-5)."""
        return self.invoice.state in (State.PENDING, State.PAID)


def rows(found: Iterable[InvoiceDetail], *, today: date, language: str) -> list[InvoiceRow]:
    """The rows of a list. `today` is the customer's local day: an invoice is overdue from the day after it was due."""
    return [row(invoice, today=today, language=language) for invoice in found]


def row(invoice: InvoiceDetail, *, today: date, language: str) -> InvoiceRow:
    types = dict.fromkeys(line.fiscal_type for line in invoice.lines)
    return InvoiceRow(
        invoice=invoice,
        reason=REASONS[invoice.reason],
        fiscal_types=tuple(fiscal_label(kind, language) for kind in types),
        state=status_of(invoice, today),
        confirming=invoice.state is State.PENDING and being_confirmed(invoice.id),
    )


def status_of(invoice: InvoiceDetail, today: date) -> str:
    """Its state, or `overdue` (INV-5)."""
    late = invoice.state is State.PENDING and invoice.due_date is not None and invoice.due_date < today
    return "overdue" if late else invoice.state.value


def being_confirmed(invoice_id: UUID) -> bool:
    """Whether a payment of it waits for the gateway's clear answer (PAY-7)."""
    newest = payments.newest_attempt(invoice_id)
    return newest is not None and newest.state in OPEN


def fiscal_types(language: str) -> list[tuple[str, str]]:
    """What lists can be filtered by (FIN-2): code and name."""
    return [(kind.value, fiscal_label(kind, language)) for kind in FiscalType]
