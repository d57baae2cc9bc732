"""Invoices as pages show them: what they are for, their status in words, and what can be done with each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from abono.domain.fiscal.types import Stands
from abono.domain.invoicing.labels import fiscal_label, paid_day
from abono.domain.invoicing.states import NUMBERED, FiscalType, Outlook, State
from abono.domain.invoicing.types import Collecting, InvoiceDetail, InvoiceHead
from abono.entrypoints.site.design.invoices import REASONS
from abono.entrypoints.site.design.words import Text
from abono.flows.billing.outlook import outlooks
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice in a list. `state` is a word of `words.status("invoice", …)`, overdue among them."""

    invoice: InvoiceHead
    reason: Text
    fiscal_types: tuple[str, ...]  # of one that was read whole
    state: str
    collecting: Collecting | None  # how its money is coming; None where nothing is to be paid
    paid_date: date | None  # local day; of one that was read whole
    fiscal: Stands | None = None  # how it stands with its fiscal document (INV-11)

    @property
    def confirming(self) -> bool:
        """A payment of it is on its way or looked at: it cannot be paid again meanwhile (PAY-7, PAY-12)."""
        return self.collecting is not None and self.collecting.outlook.undecided

    @property
    def checking(self) -> bool:
        """Another sum than was asked for was taken: somebody looks at it (PAY-12)."""
        return self.collecting is not None and self.collecting.outlook is Outlook.CHECKING

    @property
    def payment(self) -> str:
        """A word of `words.status("payment", …)`, while one is confirming."""
        return "differs" if self.checking else "unknown"

    @property
    def late_from(self) -> date | None:
        """The first day on which it is overdue."""
        return self.invoice.late_from

    @property
    def total(self) -> Money:
        return Money(self.invoice.total_minor, self.invoice.currency)

    @property
    def owed(self) -> Money:
        """What is still to be paid of it, credit notes and credit taken off."""
        return Money(self.invoice.owed_minor, self.invoice.currency)

    @property
    def lessened(self) -> bool:
        """Whether less is to be paid than its total says."""
        return self.invoice.state is State.PENDING and self.owed != self.total

    @property
    def payable(self) -> bool:
        return self.invoice.state is State.PENDING and not self.confirming

    @property
    def has_document(self) -> bool:
        """A cancelled invoice is not handed out (INV-5)."""
        return self.invoice.state in NUMBERED


def rows(
    found: Iterable[InvoiceHead],
    *,
    today: date,
    language: str,
    collecting: Mapping[UUID, Collecting] | None = None,
    fiscal: Mapping[UUID, Stands] | None = None,
) -> list[InvoiceRow]:
    """The rows of a list. `today` is the customer's local day: an invoice is overdue from the day after it was due.

    collecting   how the money of all that are pending is coming, where the caller knows it
    """
    listed = list(found)
    known = outlooks(listed) if collecting is None else collecting
    stands = fiscal or {}
    return [_row(one, known.get(one.id), stands.get(one.id), today, language) for one in listed]


def row(invoice: InvoiceHead, *, today: date, language: str) -> InvoiceRow:
    (only,) = rows([invoice], today=today, language=language)
    return only


def _row(
    invoice: InvoiceHead, collecting: Collecting | None, fiscal: Stands | None, today: date, language: str
) -> InvoiceRow:
    whole = invoice if isinstance(invoice, InvoiceDetail) else None
    types = dict.fromkeys(line.fiscal_type for line in whole.lines) if whole else {}
    return InvoiceRow(
        invoice=invoice,
        reason=REASONS[invoice.reason],
        fiscal_types=tuple(fiscal_label(kind, language) for kind in types),
        state=invoice.status_on(today).value,
        collecting=collecting,
        paid_date=paid_day(whole) if whole else None,
        fiscal=fiscal,
    )


def fiscal_types(language: str) -> list[tuple[str, str]]:
    """What lists can be filtered by (FIN-2): code and name."""
    return [(kind.value, fiscal_label(kind, language)) for kind in FiscalType]
