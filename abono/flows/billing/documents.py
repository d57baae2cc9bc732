"""An invoice as a file: its name and its PDF."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.invoicing import documents
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import InvoiceDetail
from abono.flows.billing.outlook import outlook
from abono.kernel.periods import local_date


def file_of(invoice: InvoiceDetail, language: str, *, now: datetime) -> tuple[str, bytes]:
    """File name and PDF of an issued invoice, which says how it stands at `now`, on the customer's clock.

    A draft or cancelled one has none (INV-5). Raises NoSuchInvoice.
    """
    if invoice.state not in (State.PENDING, State.PAID):
        raise NoSuchInvoice()
    today = local_date(now, invoice.time_zone)
    pdf = documents.invoice_pdf(invoice, language, collecting=outlook(invoice), today=today)
    return f"{invoice.title}.pdf", pdf


def invoice_file(
    *, invoice_id: UUID, language: str, real: datetime, customer_id: UUID | None = None
) -> tuple[str, bytes]:
    """The same for an invoice that has to be read first. Raises NoSuchInvoice."""
    invoice = invoices.get(invoice_id, customer_id=customer_id)
    return file_of(invoice, language, now=customers.moment_of(invoice.customer_id, real=real).now)
