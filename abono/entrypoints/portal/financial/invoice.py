"""One invoice: its lines, its document, and paying it by card (FIN-1, FIN-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State as Contracted
from abono.domain.customers.rules import printed_tax_id, tax_id_name
from abono.domain.fiscal import queries as fiscal_documents
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing.errors import AmountChanged, InvoiceNotPayable
from abono.domain.invoicing.labels import days_of, explanation, fiscal_label, line_label
from abono.domain.invoicing.states import LineKind, Reason, State
from abono.domain.invoicing.totals import below
from abono.domain.invoicing.types import InvoiceDetail, LineDetail, LinePart
from abono.domain.payments import queries as payments
from abono.domain.payments import receipts, refunds
from abono.domain.payments.errors import CardDeclined, NeverReceived, NoCard, PaymentUnderWay
from abono.domain.payments.pushed import requests
from abono.domain.payments.types import Card
from abono.domain.withholding import queries as withholding
from abono.entrypoints.portal import card_tries
from abono.entrypoints.portal.financial.shown import InvoiceRow, row
from abono.entrypoints.portal.financial.unpaid import unpaid
from abono.entrypoints.portal.financial.views import issued
from abono.entrypoints.portal.standing import own_contract
from abono.entrypoints.site import flash
from abono.entrypoints.site.design import fiscal as fiscal_files
from abono.entrypoints.site.design.cards import method_key
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.posted import posted_amount
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.billing.documents import file_of, named_parts
from abono.flows.billing.offered import offers
from abono.flows.collecting.charge import charge_invoice
from abono.flows.paid.withheld import expected
from abono.flows.requests.ask import slip_stands, wanted
from abono.kernel.errors import Refusal
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import clock, formats
from abono.platform.clock import shifted
from abono.platform.web import download

USE = (LineKind.OVERAGE, LineKind.EXTRA_INTERACTIONS)


@dataclass(frozen=True, slots=True)
class Explained:
    """What adds to a line; `sends` is where each send of it is, empty for nowhere."""

    name: str
    amount_minor: int
    sends: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands on the document.

    cycle   of a line for use: the first day of its cycle, by which the usage page knows it; empty where it does not
    """

    label: str
    explanation: str  # how its amount came about; empty where it is the price itself
    fiscal_type: str
    first: date
    last: date  # inclusive
    detail: LineDetail
    cycle: str
    parts: tuple[Explained, ...]


@require_safe
@answered
def page(request: Visitor, invoice_id: str) -> HttpResponse:
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    invoice = issued(visit, invoice_id)
    paid = payments.paid_attempt(invoice.id)
    notes = credit_notes.list_for(invoice.customer_id, invoice_id=invoice.id)
    shown = _row(visit, invoice, now)
    came = receipts.of_invoice(invoice.id)
    withheld = withholding.of_receipts([one.id for one in came if one.withheld])
    context = {
        "row": shown,
        "unpaid": next(iter(unpaid([shown], visit.language)), None),
        "invoice": invoice,
        "tax_id_name": tax_id_name(invoice.buyer.country, invoice.buyer.tax_id) or _("Tax id"),
        "tax_id": printed_tax_id(invoice.buyer.country, invoice.buyer.tax_id),
        "lines": _lines(invoice, visit),
        "below": below(invoice, notes),
        "notes": [(note, Money(note.total_minor, invoice.currency)) for note in notes],
        "paid_with": None if paid is None else _("by payment link") if paid[0].once else paid[1].name,
        "refunds": refunds.of_invoices([invoice.id]),
        "receipts": [(one, withheld.get(one.id, ())) for one in came],
        "asked": [one for one in requests.open_of([invoice.id]) if wanted(one)],
        "fiscal": fiscal_documents.stands(invoice),
        "may_pay": visit.administers,
    }
    return render(request, "portal/financial/invoice.html", context)


@makes_file
@answered
def fiscal(request: Visitor, invoice_id: str, part: str) -> HttpResponse:
    """The XML or the PDF of its fiscal document, as whoever issued it gave it to us (INV-11)."""
    return fiscal_files.file_of(issued(request.visit, invoice_id), part)


@makes_file
@answered
def pdf(request: Visitor, invoice_id: str) -> HttpResponse:
    """The document, in the language of the page; a cancelled invoice has none (INV-5)."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    name, content = file_of(issued(visit, invoice_id), visit.language, now=now)
    return download.pdf(content, name)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def pay(request: Visitor, invoice_id: str) -> HttpResponse:
    """GET: how much, when, from which card. POST: charge it, once however often it is pressed (FIN-3)."""
    visit, moment = request.visit, clock.moment(request.visit.now_offset_s)
    invoice = issued(visit, invoice_id)
    if request.method != "POST":
        settled = invoice.state is not State.PENDING
        return redirect("portal:invoice", invoice_id) if settled else _ask(request, invoice, moment.now)
    if (wait := card_tries.spend(request, card_tries.Payer.member(visit))) is not None:
        return wait
    card = request.POST.get("card", "")
    try:
        charged = charge_invoice(
            invoice_id=invoice.id,
            customer_id=visit.customer_id,
            method_id=method_key(card) if card else None,
            off_session=False,
            actor=visit.actor,
            moment=moment,
            accepted=posted_amount(request, "sum", invoice.currency),
        ).unless_refused()
    except InvoiceNotPayable:
        if issued(visit, invoice_id).state is not State.PAID:
            raise
        flash.told(
            request, _("This invoice is paid. Nothing was charged again.")
        )  # the second of two presses
    except (AmountChanged, CardDeclined, NeverReceived, NoCard, PaymentUnderWay) as refusal:
        return _ask(request, issued(visit, invoice_id), moment.now, refusal)
    else:
        card_tries.give_back(request, card_tries.Payer.member(visit))
        if not charged.paid:
            return redirect("portal:payment", public("att", charged.attempt_id))
        _tell(request, invoice)
    return redirect("portal:invoice", invoice_id)


def _ask(
    request: Visitor, invoice: InvoiceDetail, now: datetime, refusal: Refusal | None = None
) -> HttpResponse:
    """The confirmation page, with what went wrong on top."""
    said = None if refusal is None else refused(refusal)
    chosen = request.POST.get("card", "")
    cards = payments.wallet(request.visit.customer_id)
    today = local_date(now, request.visit.time_zone)
    context = {
        "row": _row(request.visit, invoice, now),
        "invoice": invoice,
        "cards": [
            _Choice(card, card.name, card.public_id == chosen or (not chosen and card.in_use))
            for card in cards
        ],
        "today": today,
        "withheld": expected(invoice, on=today),
        "opens_sending": invoice.reason is Reason.INTERIM,
        "seller_email": settings.ABONO_SELLER["email"],
        "refusal": said,
        "ways": offers(invoice.contract_id, but=invoice.id, now=now),
        "slip_asked": slip_stands(invoice.id),
    }
    return render(request, "portal/financial/pay.html", context, status=200 if said is None else said.status)


@dataclass(frozen=True, slots=True)
class _Choice:
    card: Card
    name: str
    chosen: bool


def _tell(request: Visitor, invoice: InvoiceDetail) -> None:
    """What happened and what comes next, on the next page."""
    amount = formats.minor(invoice.owed_minor, invoice.currency, request.visit.language)
    if invoice.reason is Reason.INTERIM:
        flash.done(request, _("{amount} paid. Sending is open again.").format(amount=amount))
    elif request.visit.restricted and contracts.get(invoice.contract_id).state is not Contracted.RESTRICTED:
        said = _("{amount} paid. Invoice {number} is settled: licences and sending are open again.")
        flash.done(request, said.format(amount=amount, number=invoice.title))
    else:
        flash.done(
            request,
            _("{amount} paid. Invoice {number} is settled.").format(amount=amount, number=invoice.title),
        )


def _row(visit: Visit, invoice: InvoiceDetail, now: datetime) -> InvoiceRow:
    return row(invoice, today=local_date(now, visit.time_zone), language=visit.language)


def _lines(invoice: InvoiceDetail, visit: Visit) -> list[Line]:
    """Each with its parts and with the way to what it is made of (FIN-4)."""
    seen = own_contract(visit)  # whose usage there is a page for
    own = seen is not None and seen.id == invoice.contract_id
    lines = []
    for line, parts in zip(invoice.lines, named_parts(invoice, visit.language), strict=True):
        first, last = days_of(line, visit.time_zone)
        cycle = first.isoformat() if own and line.kind in USE else ""
        sends = cycle if line.kind is LineKind.OVERAGE else ""
        lines.append(
            Line(
                label=line_label(line.kind, line.name, visit.language),
                explanation=explanation(line, invoice.currency, visit.language),
                fiscal_type=fiscal_label(line.fiscal_type, visit.language),
                first=first,
                last=last,
                detail=line,
                cycle=cycle,
                parts=tuple(_part(part, sends) for part in parts),
            )
        )
    return lines


def _part(part: LinePart, cycle: str) -> Explained:
    query = urlencode({"cycle": cycle, "channel": part.channel})
    return Explained(
        part.name, part.amount_minor, f"{reverse('portal:usage-sends')}?{query}" if cycle else ""
    )
