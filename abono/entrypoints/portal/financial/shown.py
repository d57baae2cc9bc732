"""Invoices as pages show them: what they are for, their status in words, and what can be done with each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from abono.domain.invoicing.labels import fiscal_label
from abono.domain.invoicing.states import FiscalType, Reason, State
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import queries as payments
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
    listed = list(found)
    waiting = payments.being_confirmed([one.id for one in listed if one.state is State.PENDING])
    return [_row(one, one.id in waiting, today, language) for one in listed]


def row(invoice: InvoiceDetail, *, today: date, language: str) -> InvoiceRow:
    (only,) = rows([invoice], today=today, language=language)
    return only


def _row(invoice: InvoiceDetail, confirming: bool, today: date, language: str) -> InvoiceRow:
    types = dict.fromkeys(line.fiscal_type for line in invoice.lines)
    return InvoiceRow(
        invoice=invoice,
        reason=REASONS[invoice.reason],
        fiscal_types=tuple(fiscal_label(kind, language) for kind in types),
        state=status_of(invoice, today),
        confirming=confirming,  # PAY-7
    )


def status_of(invoice: InvoiceDetail, today: date) -> str:
    """Its state, or `overdue` (INV-5)."""
    late = invoice.state is State.PENDING and invoice.due_date is not None and invoice.due_date < today
    return "overdue" if late else invoice.state.value


def fiscal_types(language: str) -> list[tuple[str, str]]:
    """What lists can be filtered by (FIN-2): code and name."""
    return [(kind.value, fiscal_label(kind, language)) for kind in FiscalType]
