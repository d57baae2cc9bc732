"""The invoice as a PDF (FIN-1): the same invoice that stands the same, in the same language, is the same file, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import cast

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from abono.domain.invoicing import paper
from abono.domain.invoicing.labels import (
    REGRETTED,
    coded,
    days_of,
    explanation,
    fiscal_label,
    line_label,
    paid_day,
    reason_label,
)
from abono.domain.invoicing.states import NUMBERED, Outlook, Reason, State, Status
from abono.domain.invoicing.totals import below
from abono.domain.invoicing.types import (
    Collecting,
    CreditNoteDetail,
    InvoiceDetail,
    LineDetail,
    LinePart,
)
from abono.kernel.periods import local_date
from abono.platform import formats


def invoice_pdf(
    invoice: InvoiceDetail,
    language: str,
    *,
    parts: Sequence[Sequence[LinePart]],
    notes: Sequence[CreditNoteDetail] = (),
    collecting: Collecting | None,
    today: date,
) -> bytes:
    """The document of an issued invoice, A4, tagged for screen readers (PDF/UA-1).

    parts        of each line, in their order (FIN-4)
    notes        its credit notes
    collecting   how its money is coming, as things stand; None for one that is paid
    today        the customer's local day, as of which an unpaid invoice says how it stands

    Raises ValueError for a draft, which has no number yet, and for a cancelled one, which is not handed out (INV-5).
    """
    if invoice.state not in NUMBERED or invoice.issued_at is None:
        raise ValueError(f"an invoice that is {invoice.state.value} has no document")
    with override(language):
        written = _written(invoice, language, parts, collecting, today)
        written["below"] = [
            {"label": one.label, "amount": formats.money(one.amount, language)}
            for one in below(invoice, notes)
        ]
        return paper.made("invoice", written, at=invoice.issued_at)


def draft_pdf(draft: InvoiceDetail, language: str, *, at: datetime) -> bytes:
    """What the document of a draft would say. It has no number, asks for nothing and says so.

    at   the moment as of which it is looked at
    """
    with override(language):
        written = _written(draft, language, [()] * len(draft.lines), None, local_date(at, draft.time_zone))
        heading = _("Draft of an invoice")
        written |= paper.head(
            heading=heading,
            title=_("Draft"),
            buyer=draft.buyer,
            sandbox=draft.sandbox,
            facts=[paper.pair(_("Contract"), draft.contract_number)],
            language=language,
        )
        nothing = _("This is a draft: it is not issued, and nothing is to be paid yet.")
        pay = {"title": heading, "sentences": [nothing], "address": ""}
        return paper.made("invoice", {**written, "status": _("Not issued"), "below": [], "pay": pay}, at=at)


def credit_note_pdf(note: CreditNoteDetail, invoice: InvoiceDetail, language: str) -> bytes:
    """The document of a credit note on `invoice`, made out as its invoice is: the same note in the same language is the same file."""
    with override(language):
        return paper.made("invoice", _written_note(note, invoice, language), at=note.issued_at)


def _written(
    invoice: InvoiceDetail,
    language: str,
    parts: Sequence[Sequence[LinePart]],
    collecting: Collecting | None,
    today: date,
) -> dict[str, object]:
    """Every word and figure of the page, ready to be set. The active language is `language`."""
    return {
        **paper.head(
            heading=_("Invoice {number}").format(number=invoice.title),
            title=invoice.title,
            buyer=invoice.buyer,
            sandbox=invoice.sandbox,
            facts=_facts(invoice, language),
            language=language,
        ),
        "paid": invoice.state is State.PAID,
        "status": _status(invoice, language, today),
        "lines": [
            _line(line, of_line, invoice, language)
            for line, of_line in zip(invoice.lines, parts, strict=True)
        ],
        "total": formats.minor(invoice.total_minor, invoice.currency, language),
        "pay": _how_to_pay(invoice, language, collecting, today),
        "questions": _("Questions? Write to {email} and name the number of this invoice.").format(
            email=settings.ABONO_SELLER["email"]
        ),
        "words": {
            "kind": _("Invoice"),
            "whose": _("Billed to"),
            "status": _("Status"),
            "description": _("Description"),
            "quantity": _("Quantity"),
            "unit_price": _("Unit price"),
            "amount": _("Amount"),
            "total": _("Total"),
            "page": _("Page"),
        },
    }


def _written_note(note: CreditNoteDetail, invoice: InvoiceDetail, language: str) -> dict[str, object]:
    """The same page for a credit note: its lines with what they cost and what is taken back of them."""
    written = _written(invoice, language, [()] * len(invoice.lines), None, note.issued_date)
    words = {
        "kind": _("Credit note"),
        "quantity": "",
        "unit_price": _("On the invoice"),
        "amount": _("Taken back"),
    }
    return {
        **written,
        **paper.head(
            heading=_("Credit note {number}").format(number=note.title),
            title=note.title,
            buyer=invoice.buyer,
            sandbox=invoice.sandbox,
            facts=[
                paper.pair(_("Issued on"), formats.long_day(note.issued_date, language)),
                paper.pair(_("On invoice"), invoice.title),
                paper.pair(_("Contract"), invoice.contract_number),
            ],
            language=language,
        ),
        "status": "",
        "lines": [
            {
                **_line(line, (), invoice, language),
                "quantity": "",
                "unit_price": formats.minor(line.amount_minor, invoice.currency, language),
                "amount": formats.minor(amount_minor, invoice.currency, language),
            }
            for line, amount_minor in note.lines
        ],
        "total": formats.minor(note.total_minor, invoice.currency, language),
        "below": [],
        "pay": {
            "title": _("Why, and what it does"),
            "sentences": _what_it_does(note, language),
            "address": "",
        },
        "questions": _("Questions? Write to {email} and name the number of this credit note.").format(
            email=settings.ABONO_SELLER["email"]
        ),
        "words": {**cast(dict[str, str], written["words"]), **words},
    }


def _what_it_does(note: CreditNoteDetail, language: str) -> list[str]:
    """As it was when the credit note was issued."""
    said = [_("Reason: {why}").format(why=reason_label(note.why, language))]
    if note.lowered_minor:
        lowered = formats.minor(note.lowered_minor, note.invoice.currency, language)
        said.append(_("{amount} of the invoice is not to be paid any more.").format(amount=lowered))
    if note.credit_minor:
        granted = formats.minor(note.credit_minor, note.invoice.currency, language)
        if note.why == REGRETTED:
            text = _("{amount} was paid already: it goes back to whoever paid it.")
        else:
            text = _("{amount} was paid already: it is credit of the contract, and pays its next invoice.")
        said.append(text.format(amount=granted))
    return said


def _facts(invoice: InvoiceDetail, language: str) -> list[dict[str, str]]:
    facts = []
    if invoice.issued_date is not None:
        facts.append(paper.pair(_("Issued on"), formats.long_day(invoice.issued_date, language)))
    if invoice.due_date is not None:
        facts.append(paper.pair(_("Due on"), formats.long_day(invoice.due_date, language)))
    facts.append(paper.pair(_("Contract"), invoice.contract_number))
    if invoice.replaces is not None:
        facts.append(paper.pair(_("Replaces invoice"), invoice.replaces.title))
    return facts


def _status(invoice: InvoiceDetail, language: str, today: date) -> str:
    if invoice.state is State.DRAFT:
        return ""
    match invoice.status_on(today):
        case Status.REFUNDED:
            return pgettext("invoice", "Refunded")
        case Status.CREDITED:
            return _("Taken back")
        case Status.WRITTEN_OFF:
            return pgettext("invoice", "Written off")
        case Status.DISPUTED:
            return pgettext("invoice", "Disputed")
        case Status.OVERDUE:
            return _("Overdue")
        case Status.PART_PAID:
            return pgettext("invoice", "Part paid")
    paid = paid_day(invoice)
    if paid is None:
        return _("Pending")
    return _("Paid on {day}").format(day=formats.long_day(paid, language))


def _line(
    line: LineDetail, parts: Iterable[LinePart], invoice: InvoiceDetail, language: str
) -> dict[str, object]:
    first, last = days_of(line, invoice.time_zone)
    decimals = formats.decimals_of((one.unit_price_micro for one in invoice.lines), invoice.currency)
    return {
        "label": line_label(line.kind, line.name, language),
        "period": f"{formats.day(first, language)} – {formats.day(last, language)}",
        "fiscal": coded(fiscal_label(line.fiscal_type, language), line),
        "explanation": explanation(line, invoice.currency, language),
        "quantity": formats.number(line.quantity, language),
        "unit_price": formats.micro(line.unit_price_micro, invoice.currency, language, decimals=decimals),
        "amount": formats.minor(line.amount_minor, invoice.currency, language),
        "parts": [
            {"name": part.name, "amount": formats.minor(part.amount_minor, invoice.currency, language)}
            for part in parts
        ],
    }


def _how_to_pay(
    invoice: InvoiceDetail, language: str, collecting: Collecting | None, today: date
) -> dict[str, object]:
    """What is true on the day on which the document is made, which it names."""
    if invoice.taken_back_whole:
        nothing = _("Credit notes took back all of this invoice; there is nothing left to do.")
        return {"title": _("Nothing to pay"), "sentences": [nothing], "address": ""}
    if invoice.state is State.WRITTEN_OFF:
        nothing = _("We do not ask for what is left of this invoice any more.")
        return {"title": _("Nothing to pay"), "sentences": [nothing], "address": ""}
    if invoice.state is State.DISPUTED:
        nothing = _(
            "This invoice is disputed: until that is decided, nothing of it is asked for or given back."
        )
        return {"title": _("Nothing to pay for now"), "sentences": [nothing], "address": ""}
    if invoice.state is State.PAID:
        thanks = _("This invoice is paid; there is nothing left to do. Thank you.")
        return {"title": pgettext("invoice", "Paid"), "sentences": [thanks], "address": ""}
    title = _("How to pay, as of {day}").format(day=formats.long_day(today, language))
    sentences = _ways_to_pay(collecting or Collecting(Outlook.BY_HAND), invoice.time_zone, language)
    if invoice.reason is Reason.INTERIM:
        sentences.append(_("Sending resumes as soon as it is paid."))
    return {"title": title, "sentences": sentences, "address": settings.PUBLIC_URL}


def _ways_to_pay(collecting: Collecting, zone: str, language: str) -> list[str]:
    by_hand = _("Sign in, open Settings › Financial information and pay this invoice with a card.")
    match collecting.outlook:
        case Outlook.SCHEDULED if collecting.at is not None:
            day = formats.long_day(local_date(collecting.at, zone), language)
            charged = _("We charge it on {day} to {card}, the card in use in My Wallet.")
            return [charged.format(day=day, card=collecting.card), _("You need not do anything.")]
        case Outlook.AGAIN if collecting.at is not None:
            day = formats.long_day(local_date(collecting.at, zone), language)
            asked = _("It was declined; we ask {card} again on {day}.").format(card=collecting.card, day=day)
            return [asked, by_hand]
        case Outlook.DEBITED if collecting.at is not None:
            day = formats.long_day(local_date(collecting.at, zone), language)
            return [
                _("Your bank pays it by automatic Pix on {day}.").format(day=day),
                _("You need not do anything."),
            ]
        case Outlook.STOPPED:
            return [_("{card} is not charged by itself any more.").format(card=collecting.card), by_hand]
        case Outlook.CONFIRMING:
            return [
                _("A payment of this invoice is being confirmed. You will not be charged twice."),
                _("You need not do anything."),
            ]
        case Outlook.CHECKING:
            return [
                _("We are checking a payment of this invoice. Please do not pay again: we write to you."),
            ]
        case Outlook.DECLINED:
            return [_("{card} was declined, and nothing was charged.").format(card=collecting.card), by_hand]
        case Outlook.NO_CARD:
            return [_("There is no card in My Wallet to charge it to. Add one there: it is charged then.")]
    return [by_hand]
