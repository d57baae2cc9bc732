"""Writes of fiscal documents. Nobody waits for a lock: a state moves where it is still what it was read as, and the database lets an
invoice have one live document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from abono.domain.fiscal import queries
from abono.domain.fiscal.errors import AnsweredOtherwise, KeyTaken, NothingToIssue, NotIssued, NotToBeIssued
from abono.domain.fiscal.models import Document, Export, File, Return
from abono.domain.fiscal.states import DOCUMENT, Did, Part, Said, State
from abono.domain.fiscal.types import Answer, DocumentInfo, ExportInfo, ReturnInfo
from abono.domain.invoicing.types import InvoiceDetail
from abono.kernel import fiscal_key
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money
from abono.platform import events

_TARGET = {Said.ISSUED: State.ISSUED, Said.REFUSED: State.REFUSED}
_FILLED = ("number", "series", "key", "verification")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An invoice of which a document is to be issued, over `amount`, and what whoever issues is told."""

    invoice: InvoiceDetail
    amount: Money
    asked: dict[str, Any]


def write_export(
    *, number: int, wanted: Sequence[Wanted], cancels: Sequence[DocumentInfo], actor: str, real: datetime
) -> ExportInfo:
    """What is in it is asked for once. An invoice whose document came in the same moment is left out. Raises NothingToIssue."""
    row = Export.objects.create(number=number, documents=0, cancels=0, actor=actor, at=real)
    rows = [
        Document(
            invoice_id=one.invoice.id,
            customer_id=one.invoice.customer_id,
            export=row,
            state=State.EXPORTED.value,
            amount_minor=one.amount.minor,
            currency=one.amount.currency,
            asked=one.asked,
            made_at=real,
        )
        for one in wanted
    ]
    Document.objects.bulk_create(rows, ignore_conflicts=True)
    told, _none = queries.of_export(row.id)
    mine = Document.objects.filter(id__in=[one.id for one in cancels], cancel_export=None)
    row.documents, row.cancels = len(told), mine.update(cancel_export=row)
    if not row.documents and not row.cancels:
        raise NothingToIssue()
    row.save(update_fields=["documents", "cancels"])
    for one in told:
        _note("exported", one, before=None, actor=actor, now=real)
    events.record(
        name="fiscal_export.written",
        subject=("fiscal_export", row.id),
        customer_id=None,
        actor=actor,
        now=real,
        data={"number": number, "documents": row.documents, "cancels": row.cancels},
    )
    return queries.export_info(row)


def answer(
    *, invoice: InvoiceDetail, amount: Money, given: Answer, actor: str, real: datetime
) -> tuple[DocumentInfo, Did]:
    """Keep what whoever issues says, which was checked (`rules.checked`). The same again changes nothing; what was left out before
    is added. Raises NotToBeIssued, NotIssued, AnsweredOtherwise, KeyTaken.

    amount   what a document of the invoice would be over now
    """
    if given.said is Said.CANCELLED:
        return _cancel(invoice, given, actor=actor, real=real)
    known = queries.live(invoice.id)
    if known is None:
        if amount.minor <= 0:
            raise NotToBeIssued(invoice.title)
        made = _begin(invoice, amount, given, actor=actor, real=real)
        if made is not None:
            return made, Did(given.said.value)
        known = queries.live(invoice.id)
    if known is None:
        raise KeyTaken()
    target = _TARGET[given.said]
    if known.state is target:
        return _more(invoice, known, given, actor=actor, real=real)
    if not DOCUMENT.allows(known.state, target):
        raise AnsweredOtherwise(invoice.title, known.number)
    if not _move(known, target, _facts(given), real=real):
        return answer(invoice=invoice, amount=amount, given=given, actor=actor, real=real)
    _attach(known.id, invoice, given, real=real)
    return _told(known.id, target, before=known.state, actor=actor, now=real), Did(given.said.value)


def list_again(*, invoice: InvoiceDetail, actor: str, real: datetime) -> None:
    """A refused document is to be issued anew: the next export has its invoice again. Raises NotIssued."""
    known = queries.live(invoice.id)
    if known is None or known.state is not State.REFUSED:
        raise NotIssued(invoice.title)
    if _move(known, State.LISTED_AGAIN, {}, real=real):
        _told(known.id, State.LISTED_AGAIN, before=known.state, actor=actor, now=real)


def keep_return(
    *, name: str, digest: str, lines: Sequence[tuple[int, str, str]], actor: str, real: datetime
) -> ReturnInfo:
    row = Return.objects.create(name=name[:100], digest=digest, lines=list(lines), actor=actor, at=real)
    events.record(
        name="fiscal_return.taken",
        subject=("fiscal_return", row.id),
        customer_id=None,
        actor=actor,
        now=real,
        data={"lines": len(lines)},
    )
    return queries.return_info(row)


def find_return(digest: str) -> ReturnInfo | None:
    row = Return.objects.filter(digest=digest).first()
    return None if row is None else queries.return_info(row)


def _begin(
    invoice: InvoiceDetail, amount: Money, given: Answer, *, actor: str, real: datetime
) -> DocumentInfo | None:
    """A document that came without an export; None where the invoice has one by now, or the key is another's."""
    target, key = _TARGET[given.said], uuid7()
    row = Document(
        id=key,
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        state=target.value,
        amount_minor=amount.minor,
        currency=amount.currency,
        made_at=real,
        answered_at=real,
        **_facts(given),
    )
    Document.objects.bulk_create([row], ignore_conflicts=True)
    if not Document.objects.filter(id=key).exists():
        return None
    _attach(key, invoice, given, real=real)
    return _told(key, target, before=None, actor=actor, now=real)


def _cancel(invoice: InvoiceDetail, given: Answer, *, actor: str, real: datetime) -> tuple[DocumentInfo, Did]:
    known = queries.newest(invoice.id)
    if known is None or known.state not in (State.ISSUED, State.CANCELLED):
        raise NotIssued(invoice.title)
    number = given.number.strip()
    if (number and number != known.number) or (given.key and given.key != known.key):
        raise AnsweredOtherwise(invoice.title, known.number)
    if known.state is State.CANCELLED or not _move(known, State.CANCELLED, {"why": given.why}, real=real):
        return known, Did.KNOWN
    return _told(known.id, State.CANCELLED, before=State.ISSUED, actor=actor, now=real), Did.CANCELLED


def _more(
    invoice: InvoiceDetail, known: DocumentInfo, given: Answer, *, actor: str, real: datetime
) -> tuple[DocumentInfo, Did]:
    """The same state was said before: what was left out then is added, and nothing is changed. Raises AnsweredOtherwise, KeyTaken."""
    if known.state is not State.ISSUED:
        return known, Did.KNOWN
    said = _facts(given)
    there = {name: getattr(known, name) for name in _FILLED}
    if any(said[name] and there[name] and said[name] != there[name] for name in _FILLED):
        raise AnsweredOtherwise(invoice.title, known.number)
    new = {name: said[name] for name in _FILLED if said[name] and not there[name]}
    if "key" in new:
        new["key_kind"] = said["key_kind"]
    if new and not _filled(known.id, new):
        raise AnsweredOtherwise(invoice.title, known.number)
    if not _attach(known.id, invoice, given, real=real) and not new:
        return known, Did.KNOWN
    return _told(known.id, State.ISSUED, before=known.state, actor=actor, now=real, what="added"), Did.ADDED


def _facts(given: Answer) -> dict[str, Any]:
    if given.said is not Said.ISSUED:
        return {"why": given.why.strip()}
    key = fiscal_key.read(given.key, brazil=False)
    return {
        "number": given.number,
        "series": given.series,
        "key": key.text,
        "key_kind": key.kind.value,
        "verification": given.verification.strip(),
        "issued_on": given.issued_on,
        "why": "",
    }


def _move(known: DocumentInfo, target: State, facts: Mapping[str, Any], *, real: datetime) -> bool:
    """False where somebody else moved it meanwhile. Raises KeyTaken."""
    DOCUMENT.require(known.state, target)
    mine = Document.objects.filter(id=known.id, state=known.state.value)
    try:
        with transaction.atomic():
            return bool(mine.update(state=target.value, answered_at=real, **facts))
    except IntegrityError as taken:
        raise KeyTaken() from taken


def _filled(document_id: UUID, new: Mapping[str, Any]) -> bool:
    empty = dict.fromkeys(new, "")
    try:
        with transaction.atomic():
            mine = Document.objects.filter(id=document_id, state=State.ISSUED.value, **empty)
            return bool(mine.update(**new))
    except IntegrityError as taken:
        raise KeyTaken() from taken


def _attach(document_id: UUID, invoice: InvoiceDetail, given: Answer, *, real: datetime) -> bool:
    """Keep its files. Returns whether one is new. Raises AnsweredOtherwise where another one is there."""
    came = {part: content for part, content in ((Part.XML, given.xml), (Part.PDF, given.pdf)) if content}
    new = False
    for part, content in came.items():
        digest = sha256(content).hexdigest()
        there = File.objects.filter(document_id=document_id, part=part.value)
        if not there.exists():
            row = File(
                document_id=document_id,
                part=part.value,
                content=content,
                size=len(content),
                digest=digest,
                at=real,
            )
            File.objects.bulk_create([row], ignore_conflicts=True)
            new = True
        if there.values_list("digest", flat=True).get() != digest:
            raise AnsweredOtherwise(invoice.title, given.number)
    return new


def _told(
    document_id: UUID, state: State, *, before: State | None, actor: str, now: datetime, what: str = ""
) -> DocumentInfo:
    found = queries.document(document_id)
    _note(what or state.value, found, before=before, actor=actor, now=now)
    return found


def _note(name: str, one: DocumentInfo, *, before: State | None, actor: str, now: datetime) -> None:
    events.record(
        name=f"fiscal_document.{name}",
        subject=("invoice", one.invoice_id),
        customer_id=one.customer_id,
        actor=actor,
        now=now,
        before=None if before is None else {"state": before.value},
        after={"state": one.state.value},
        why=one.why,
        data={
            "document": one.public_id,
            "number": one.number,
            "series": one.series,
            "key": one.key,
            "amount_minor": one.amount.minor,
            "currency": one.amount.currency,
            **({} if one.export_id is None else {"export": public("fsx", one.export_id)}),
        },
    )
