"""Take back what was issued of one invoice: by page, by API, or as a line of a file (INV-11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.fiscal import actions, queries, rules, xml
from abono.domain.fiscal.errors import NoFiscalDocuments, NotToBeIssued
from abono.domain.fiscal.states import Did, Said
from abono.domain.fiscal.types import Answer, DocumentInfo
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.flows.tell import tell
from abono.kernel.periods import local_date
from abono.platform.use_case import use_case


@use_case
def answer(*, invoice_id: UUID, given: Answer, actor: str, real: datetime) -> tuple[DocumentInfo, Did]:
    """Keep it, and tell the customer of a document that was issued, once. The same again changes nothing.

    Raises NoSuchInvoice, NoFiscalDocuments, NotToBeIssued, NotIssued, AnsweredOtherwise, KeyTaken, and what `rules.checked` and
    `rules.with_xml` raise."""
    if not queries.kept():
        raise NoFiscalDocuments()
    invoice = invoices.get(invoice_id)
    if invoice.sandbox or not invoice.title:
        raise NotToBeIssued(invoice.title)
    right = _checked(invoice, given, real=real)
    document, did = actions.answer(
        invoice=invoice, amount=queries.left(invoice), given=right, actor=actor, real=real
    )
    if did is Did.ISSUED:
        _tell(invoice, document, real=real)
    return document, did


@use_case
def list_again(*, invoice_id: UUID, actor: str, real: datetime) -> None:
    """What the tax office refused is to be issued anew, by the next export. Raises NoSuchInvoice, NotIssued."""
    actions.list_again(invoice=invoices.get(invoice_id), actor=actor, real=real)


def _checked(invoice: InvoiceDetail, given: Answer, *, real: datetime) -> Answer:
    if given.said is Said.ISSUED and given.xml is not None:
        read = xml.read(given.xml, most=rules.MOST_XML_BYTES)
        given = rules.with_xml(given, read, tax_id=invoice.buyer.tax_id)
    today = local_date(real, settings.value(SELLER_TIME_ZONE, at=real))
    return rules.checked(given, issuer=queries.issuer(), today=today)


def _tell(invoice: InvoiceDetail, document: DocumentInfo, *, real: datetime) -> None:
    tell(
        customer_id=invoice.customer_id,
        kind="fiscal_document_issued",
        key=document.public_id,
        facts={
            "number": invoice.contract_number,
            "invoice": invoice.title,
            "invoice_id": str(invoice.id),
            "fiscal_number": document.number,
            "total_minor": document.amount.minor,
            "currency": document.amount.currency,
        },
        now=customers.moment_of(invoice.customer_id, real=real).now,
    )
