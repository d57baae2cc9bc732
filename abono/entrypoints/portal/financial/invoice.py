"""One invoice: its lines, its document, and paying it by card (FIN-1, FIN-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.labels import days_of, fiscal_label, line_label
from abono.domain.invoicing.states import LineKind, Reason, State
from abono.domain.invoicing.types import InvoiceDetail, LineDetail
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import CardDeclined, NeverReceived, NoCard, PaymentUnderWay
from abono.domain.payments.types import Card
from abono.entrypoints.portal import card_tries
from abono.entrypoints.portal.financial.shown import InvoiceRow, row
from abono.entrypoints.portal.financial.unpaid import unpaid
from abono.entrypoints.portal.financial.views import issued
from abono.entrypoints.site import flash
from abono.entrypoints.site.access import Visit, Visitor
from abono.entrypoints.site.design.cards import method_key
from abono.entrypoints.site.refusals import answered, refused
from abono.flows.billing.documents import file_of
from abono.flows.collecting.charge import charge_invoice
from abono.kernel.errors import Refusal
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import clock, formats
from abono.platform.clock import shifted

USE = (LineKind.OVERAGE, LineKind.EXTRA_INTERACTIONS)


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands on the document."""

    label: str
    fiscal_type: str
    first: date
    last: date  # inclusive
    detail: LineDetail

    @property
    def cycle(self) -> str:
        """Of a line for use: the first day of its cycle, by which the usage page knows it (FIN-4). Else empty."""
        return self.first.isoformat() if self.detail.kind in USE else ""


@require_safe
@answered
def page(request: Visitor, invoice_id: str) -> HttpResponse:
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    invoice = issued(visit, invoice_id)
    paid = payments.paid_attempt(invoice.id)
    shown = _row(visit, invoice, now)
    context = {
        "row": shown,
        "unpaid": next(iter(unpaid([shown], visit.language)), None),
        "invoice": invoice,
        "lines": [_line(line, visit) for line in invoice.lines],
        "paid_with": None if paid is None else paid[1].name,
        "may_pay": visit.profile == "administrator",
    }
    return render(request, "portal/financial/invoice.html", context)


@require_safe
@answered
def pdf(request: Visitor, invoice_id: str) -> HttpResponse:
    """The document, in the language of the page; a cancelled invoice has none (INV-5)."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    name, content = file_of(issued(visit, invoice_id), visit.language, now=now)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def pay(request: Visitor, invoice_id: str) -> HttpResponse:
    """GET: how much, when, from which card. POST: charge it, once however often it is pressed (FIN-3)."""
    visit, moment = request.visit, clock.moment(request.visit.now_offset_s)
    invoice = issued(visit, invoice_id)
    if request.method != "POST":
        settled = invoice.state is not State.PENDING
        return redirect("portal:invoice", invoice_id) if settled else _ask(request, invoice, moment.now)
    if (wait := card_tries.spend(request, whose=visit.customer.public_id)) is not None:
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
        ).unless_refused()
    except InvoiceNotPayable:
        if issued(visit, invoice_id).state is not State.PAID:
            raise
        flash.told(
            request, _("This invoice is paid. Nothing was charged again.")
        )  # the second of two presses
    except (CardDeclined, NeverReceived, NoCard, PaymentUnderWay) as refusal:
        return _ask(request, invoice, moment.now, refusal)
    else:
        card_tries.give_back(request, whose=visit.customer.public_id)
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
    context = {
        "row": _row(request.visit, invoice, now),
        "invoice": invoice,
        "cards": [
            _Choice(card, card.name, card.public_id == chosen or (not chosen and card.in_use))
            for card in cards
        ],
        "today": local_date(now, request.visit.time_zone),
        "opens_sending": invoice.reason is Reason.INTERIM,
        "seller_email": settings.ABONO_SELLER["email"],
        "refusal": said,
    }
    return render(request, "portal/financial/pay.html", context, status=200 if said is None else said.status)


@dataclass(frozen=True, slots=True)
class _Choice:
    card: Card
    name: str
    chosen: bool


def _tell(request: Visitor, invoice: InvoiceDetail) -> None:
    """What happened and what comes next, on the next page."""
    amount = formats.minor(invoice.total_minor, invoice.currency, request.visit.language)
    if invoice.reason is Reason.INTERIM:
        flash.done(request, _("{amount} paid. Sending is open again.").format(amount=amount))
    else:
        flash.done(
            request,
            _("{amount} paid. Invoice {number} is settled.").format(amount=amount, number=invoice.title),
        )


def _row(visit: Visit, invoice: InvoiceDetail, now: datetime) -> InvoiceRow:
    return row(invoice, today=local_date(now, visit.time_zone), language=visit.language)


def _line(line: LineDetail, visit: Visit) -> Line:
    first, last = days_of(line, visit.time_zone)
    return Line(
        label=line_label(line.kind, line.name, visit.language),
        fiscal_type=fiscal_label(line.fiscal_type, visit.language),
        first=first,
        last=last,
        detail=line,
    )
