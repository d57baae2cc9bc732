from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings as installed
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from abono.domain.customers.errors import GenericTaxId, InvalidTaxId
from abono.domain.customers.rules import compact_tax_id
from abono.domain.fiscal.errors import NoSuchExport, NoSuchFiscalDocument, NoSuchReturn
from abono.domain.fiscal.models import Document, Export, File, Return
from abono.domain.fiscal.rules import standing
from abono.domain.fiscal.states import LIVE, Part, State
from abono.domain.fiscal.types import DocumentInfo, ExportInfo, ReturnInfo, Stands
from abono.domain.invoicing.models import NUMBERED, CreditNote, Invoice, InvoiceLine
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.settings import queries as settings
from abono.domain.settings.fiscal import FISCAL_DOCUMENTS
from abono.domain.settings.types import Scope
from abono.kernel.money import Money
from abono.platform.given import given
from abono.platform.sole import sole

_CNPJ = 14  # characters


def kept() -> bool:
    """Whether anybody ever said that invoices get fiscal documents: all else is asked only then."""
    return settings.ever_set(FISCAL_DOCUMENTS)


def issuer() -> str:
    """The seller's CNPJ, compact; empty where it has none."""
    said = re.sub(r"^\s*CNPJ", "", str(installed.ABONO_SELLER["tax_id"]), flags=re.IGNORECASE)
    try:
        compact = compact_tax_id("BR", said)
    except (InvalidTaxId, GenericTaxId):
        return ""
    return compact if len(compact) == _CNPJ else ""


# How invoices stand


def left(invoice: InvoiceDetail) -> Money:
    """What a document of an invoice would be over now."""
    taken_back = sum(line.credited_minor for line in invoice.lines)
    gone = invoice.sandbox or invoice.state in (InvoiceState.CANCELLED, InvoiceState.DRAFT)
    return Money(0 if gone else invoice.total_minor - taken_back, invoice.currency)


def stands(invoice: InvoiceDetail) -> Stands | None:
    return standings([invoice]).get(invoice.id)


def standings(invoices: Collection[InvoiceDetail]) -> dict[UUID, Stands]:
    """How each of them stands; without those that have no document and need none."""
    if not invoices or not kept():
        return {}
    rows = _whole().filter(invoice_id__in=[one.id for one in invoices]).order_by("id")
    newest = {row.invoice_id: _info(row) for row in rows}
    found = {}
    for one in invoices:
        document = newest.get(one.id)
        how = standing(
            None if document is None else document.state,
            0 if document is None else document.amount.minor,
            left_minor=left(one).minor,
            wanted=_wanted(one),
        )
        if how is not None:
            found[one.id] = Stands(how, document)
    return found


def _wanted(invoice: InvoiceDetail) -> bool:
    if invoice.issued_at is None or invoice.sandbox:
        return False
    when = settings.snapshot().value(FISCAL_DOCUMENTS, at=invoice.issued_at)
    return when == "issued" or (when == "paid" and invoice.paid_at is not None)


# What is to be done


def to_issue(*, before: UUID | None = None, newest: bool = False, limit: int) -> list[UUID]:
    """Invoices of which a document is to be issued and nobody was asked for it, oldest first, or newest."""
    found = _to_issue().filter(**given(id__lt=before)).order_by("-id" if newest else "id")
    return list(found.values_list("id", flat=True)[:limit])


def count_to_issue() -> int:
    return _to_issue().count()


def _to_issue() -> QuerySet[Invoice]:
    """By the setting of their day. What follows from invoices is not written down beside them (ADR 58)."""
    wanted = _days()
    if wanted is None:
        return Invoice.objects.none()
    live = Document.objects.filter(invoice_id=OuterRef("id"), state__in=[one.value for one in LIVE])
    return (
        Invoice.objects.filter(wanted, state__in=NUMBERED, customer__sandbox=False, total_minor__gt=0)
        .filter(~Exists(live))
        .alias(left=_left("id"))
        .filter(left__gt=0)
    )


def _days() -> Q | None:
    """Invoices of the days on which they were to get one; None where there is no such day."""
    key, scope = FISCAL_DOCUMENTS.key, Scope.SELLER
    set_ = [one for one in settings.snapshot().values if (one.key, one.scope) == (key, scope)]
    found: Q | None = None
    for place, one in enumerate(set_):
        if one.value not in ("issued", "paid"):
            continue
        until: datetime | None = set_[place + 1].valid_from if place + 1 < len(set_) else None
        part = Q(issued_at__gte=one.valid_from, **given(issued_at__lt=until))
        if one.value == "paid":
            part &= Q(paid_at__isnull=False)
        found = part if found is None else found | part
    return found


def _left(invoice: str) -> Coalesce:
    """What an invoice asks for, less what credit notes took back."""
    lines = InvoiceLine.objects.filter(invoice_id=OuterRef(invoice)).order_by().values("invoice_id")
    sums = lines.annotate(left=Sum(F("amount_minor") - F("credited_minor"))).values("left")
    return Coalesce(Subquery(sums), 0)


def to_cancel(*, told: bool | None = None, limit: int) -> list[DocumentInfo]:
    """Documents that are issued, or on their way, of invoices that are over another amount since; oldest first.

    told   only those of which whoever issues was told that, or was not
    """
    notes = CreditNote.objects.filter(invoice_id=OuterRef("invoice_id"))
    states = [State.EXPORTED.value, State.ISSUED.value]
    found = _whole().filter(
        Q(invoice__state=InvoiceState.CANCELLED.value) | Exists(notes),
        state__in=states,
        **({} if told is None else {"cancel_export__isnull": not told}),
    )
    changed = found.alias(left=_left("invoice_id")).filter(
        Q(invoice__state=InvoiceState.CANCELLED.value) | ~Q(left=F("amount_minor"))
    )
    return [_info(row) for row in changed.order_by("id")[:limit]]


def refused(*, limit: int) -> list[DocumentInfo]:
    """Documents that the tax office did not take, oldest first."""
    return [_info(row) for row in _whole().filter(state=State.REFUSED.value).order_by("id")[:limit]]


# Documents and what is kept with them


def document(document_id: UUID) -> DocumentInfo:
    return _info(_whole().get(id=document_id))


def live(invoice_id: UUID) -> DocumentInfo | None:
    """The one of an invoice that is neither cancelled nor listed again."""
    row = sole(_whole().filter(invoice_id=invoice_id, state__in=[one.value for one in LIVE]))
    return None if row is None else _info(row)


def newest(invoice_id: UUID) -> DocumentInfo | None:
    row = _whole().filter(invoice_id=invoice_id).order_by("-id").first()
    return None if row is None else _info(row)


def of_invoice(invoice_id: UUID) -> list[DocumentInfo]:
    """All that it ever had, newest first."""
    return [_info(row) for row in _whole().filter(invoice_id=invoice_id).order_by("-id")]


def content(invoice_id: UUID, part: Part) -> tuple[DocumentInfo, bytes]:
    """A file of an invoice's newest document, as it came. Raises NoSuchFiscalDocument."""
    document = newest(invoice_id)
    if document is None or part not in document.parts:
        raise NoSuchFiscalDocument()
    row = File.objects.get(document_id=document.id, part=part.value)
    return document, bytes(row.content)


def export(export_id: UUID) -> ExportInfo:
    """Raises NoSuchExport."""
    row = sole(Export.objects.filter(id=export_id))
    if row is None:
        raise NoSuchExport()
    return export_info(row)


def exports(*, before: UUID | None = None, limit: int) -> list[ExportInfo]:
    """Newest first."""
    rows = Export.objects.filter(**given(id__lt=before)).order_by("-id")
    return [export_info(row) for row in rows[:limit]]


def of_export(export_id: UUID) -> tuple[list[DocumentInfo], list[DocumentInfo]]:
    """Its documents that are to be issued, and those that are to be cancelled, in their order."""
    told = _whole().filter(export_id=export_id).order_by("id")
    cancels = _whole().filter(cancel_export_id=export_id).order_by("id")
    return [_info(row) for row in told], [_info(row) for row in cancels]


def returned(return_id: UUID) -> ReturnInfo:
    """Raises NoSuchReturn."""
    row = sole(Return.objects.filter(id=return_id))
    if row is None:
        raise NoSuchReturn()
    return return_info(row)


def returns(*, limit: int) -> list[ReturnInfo]:
    """Newest first."""
    return [return_info(row) for row in Return.objects.order_by("-id")[:limit]]


def _whole() -> QuerySet[Document]:
    """Which files of a document there are comes with it; what is in them does not."""
    files = File.objects.filter(document_id=OuterRef("id")).values_list("part", flat=True)
    return Document.objects.annotate(parts_there=ArraySubquery(files))


def _info(row: Document) -> DocumentInfo:
    return DocumentInfo(
        id=row.id,
        public_id=row.public_id,
        invoice_id=row.invoice_id,
        customer_id=row.customer_id,
        state=State(row.state),
        amount=Money(row.amount_minor, row.currency),
        number=row.number,
        series=row.series,
        key=row.key,
        verification=row.verification,
        issued_on=row.issued_on,
        why=row.why,
        asked=row.asked,
        export_id=row.export_id,
        parts=frozenset(Part(part) for part in vars(row)["parts_there"]),
    )


def export_info(row: Export) -> ExportInfo:
    return ExportInfo(row.id, row.public_id, row.number, row.documents, row.cancels, row.actor, row.at)


def return_info(row: Return) -> ReturnInfo:
    lines = tuple((int(line), str(reference), str(did)) for line, reference, did in row.lines)
    return ReturnInfo(row.id, row.public_id, row.name, lines, row.actor, row.at)
