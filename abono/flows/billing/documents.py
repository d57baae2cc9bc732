"""An invoice as a file: its name and its PDF."""

from __future__ import annotations

from uuid import UUID

from abono.domain.invoicing import documents
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import InvoiceDetail


def file_of(invoice: InvoiceDetail, language: str) -> tuple[str, bytes]:
    """File name and PDF of an issued invoice. A draft or cancelled one has none (INV-5).

    Raises NoSuchInvoice.
    """
    if invoice.state not in (State.PENDING, State.PAID):
        raise NoSuchInvoice()
    return f"{invoice.title}.pdf", documents.invoice_pdf(invoice, language)


def invoice_file(*, invoice_id: UUID, language: str, customer_id: UUID | None = None) -> tuple[str, bytes]:
    """The same for an invoice that has to be read first. Raises NoSuchInvoice."""
    return file_of(invoices.get(invoice_id, customer_id=customer_id), language)
