"""An invoice as a file: its name and its PDF."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext, override

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import route_name
from abono.domain.catalog.types import ChannelInfo
from abono.domain.customers import queries as customers
from abono.domain.interactions.types import EVERY_CHANNEL
from abono.domain.invoicing import credit_notes, documents
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.states import NUMBERED
from abono.domain.invoicing.types import CreditNoteDetail, InvoiceDetail, LinePart
from abono.flows.billing.outlook import outlook
from abono.flows.charges.explained import Part, explained
from abono.flows.document_lock import as_asked
from abono.kernel.periods import local_date
from abono.platform import formats


def file_of(
    invoice: InvoiceDetail, language: str, *, now: datetime, for_seller: bool = False
) -> tuple[str, bytes]:
    """File name and PDF of an issued invoice, which says how it stands at `now`, on the customer's clock.

    for_seller   open, whatever password the organization's documents have (FIN-6)

    A draft or cancelled one has none (INV-5). Raises NoSuchInvoice, DocumentPasswordLost.
    """
    if invoice.state not in NUMBERED:
        raise NoSuchInvoice()
    today = local_date(now, invoice.time_zone)
    pdf = documents.invoice_pdf(
        invoice,
        language,
        parts=named_parts(invoice, language),
        notes=credit_notes.list_for(invoice.customer_id, invoice_id=invoice.id),
        collecting=outlook(invoice),
        today=today,
    )
    return f"{invoice.title}.pdf", as_asked(pdf, customer_id=invoice.customer_id, for_seller=for_seller)


def draft_file(draft: InvoiceDetail, language: str, *, real: datetime) -> tuple[str, bytes]:
    """File name and PDF of what a draft would say; for the seller's eyes."""
    at = customers.moment_of(draft.customer_id, real=real).now
    return f"draft-{draft.contract_number}.pdf", documents.draft_pdf(draft, language, at=at)


def credit_note_file(note: CreditNoteDetail, language: str, *, for_seller: bool = False) -> tuple[str, bytes]:
    """File name and PDF of a credit note (INV-4). Raises DocumentPasswordLost."""
    pdf = documents.credit_note_pdf(note, invoices.get(note.invoice.id), language)
    return f"{note.title}.pdf", as_asked(pdf, customer_id=note.invoice.customer_id, for_seller=for_seller)


def named_parts(invoice: InvoiceDetail, language: str) -> list[list[LinePart]]:
    """What makes up each line (FIN-4), as page and paper say it."""
    found = explained(invoice)
    channels = catalog.channels(language=language) if any(found) else ()
    return [
        [LinePart(_name(part, channels, language), part.channel, part.amount_minor) for part in parts]
        for parts in found
    ]


def _name(part: Part, channels: Iterable[ChannelInfo], language: str) -> str:
    with override(language):
        together = gettext("All channels")
    name = (
        together
        if part.channel == EVERY_CHANNEL
        else route_name(channels, part.channel, part.kind, part.country, language)
    )
    return name if part.quantity is None else f"{formats.number(part.quantity, language)} × {name}"


def invoice_file(
    *,
    invoice_id: UUID,
    language: str,
    real: datetime,
    customer_id: UUID | None = None,
    for_seller: bool = False,
) -> tuple[str, bytes]:
    """The same for an invoice that has to be read first. Raises NoSuchInvoice, DocumentPasswordLost."""
    invoice = invoices.get(invoice_id, customer_id=customer_id)
    now = customers.moment_of(invoice.customer_id, real=real).now
    return file_of(invoice, language, now=now, for_seller=for_seller)
