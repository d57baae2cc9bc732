"""Paying an invoice by Pix or slip: how to pay it, and how it stands, which the page follows by itself (FIN-3, PAY-4)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.states import State
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo
from abono.entrypoints.portal.financial.views import issued
from abono.entrypoints.site import flash
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.documents.slip import paper_of
from abono.flows.requests.ask import ask_for, wanted
from abono.flows.requests.new_date import give_new_date, new_date_for, say_paid
from abono.kernel.due import Means
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.periods import local_date
from abono.platform import clock
from abono.platform.clock import shifted
from abono.platform.web import download

PUSHED = {"pix": Means.PIX, "slip": Means.SLIP}


@posted("portal:pay-invoice", of="invoice_id")
@answered
def make(request: Visitor, invoice_id: str) -> HttpResponse:
    """Pressed twice it is the same."""
    visit, moment = request.visit, clock.moment(request.visit.now_offset_s)
    invoice, means = issued(visit, invoice_id), PUSHED.get(request.POST.get("means", ""))
    if means is None:
        raise Http404("no such means")
    try:
        asked = ask_for(
            invoice_id=invoice.id,
            customer_id=visit.customer_id,
            means=means,
            actor=visit.actor,
            moment=moment,
        )
    except InvoiceNotPayable:
        if issued(visit, invoice_id).state is not State.PAID:
            raise
        flash.told(request, _("This invoice is paid. Nothing was asked for again."))
        return redirect("portal:invoice", invoice_id)
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return redirect("portal:pay-invoice", invoice_id)
    return redirect("portal:payment-request", invoice_id, asked.public_id)


@never_cache
@require_safe
@answered
def page(request: Visitor, invoice_id: str, request_id: str) -> HttpResponse:
    """While money may come the page looks again by itself, also without a script."""
    now, invoice = shifted(request.visit.now_offset_s), issued(request.visit, invoice_id)
    asked = _own(request.visit.customer_id, invoice.id, request_id)
    if request.headers.get("HX-Request"):
        return unless_moved(request, asked)
    context = {
        "asked": asked,
        "state": asked.state.value,
        "invoice": invoice,
        "pix": asked.means is Means.PIX,
        "stale": is_stale(asked),
        "paper": asked.payable and asked.means is Means.SLIP,
        "may_pay": request.visit.administers,
        "paid": invoice.state is State.PAID,
        "on_its_way": _on_its_way(asked, now, invoice.time_zone),
        "new_date": new_date_for(asked, by="customer", now=now) if asked.payable else None,
    }
    return render(request, "portal/financial/asked.html", context)


def is_stale(asked: RequestInfo) -> bool:
    """Whether it can be paid at its bank, still, while its invoice asks for something else."""
    return asked.payable and not wanted(asked)


def unless_moved(request: HttpRequest, asked: RequestInfo) -> HttpResponse:
    """To the script of a page that waits: nothing, or that it shall load anew."""
    answer = HttpResponse(status=204 if asked.state.value == request.GET.get("was") else 200)
    if answer.status_code == 200:
        answer["HX-Refresh"] = "true"
    return answer


@makes_file
@answered
def pdf(request: Visitor, invoice_id: str, request_id: str) -> HttpResponse:
    """The slip's paper, in the language of the page, once it can be paid (PAY-4)."""
    invoice = issued(request.visit, invoice_id)
    name, content = paper_of(_own(request.visit.customer_id, invoice.id, request_id), request.visit.language)
    return download.pdf(content, name)


@posted("portal:invoice", of="invoice_id")
@answered
def move(request: Visitor, invoice_id: str, request_id: str) -> HttpResponse:
    """A new due date for a late slip, once. Pressed twice it is the same."""
    visit, asked = (
        request.visit,
        _own(request.visit.customer_id, issued(request.visit, invoice_id).id, request_id),
    )
    try:
        moved = give_new_date(
            request_id=asked.id,
            customer_id=visit.customer_id,
            by="customer",
            actor=visit.actor,
            moment=clock.moment(visit.now_offset_s),
        )
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return redirect("portal:payment-request", invoice_id, request_id)
    flash.done(request, _("The slip has a new due date. The one before it need not be paid any more."))
    return redirect("portal:payment-request", invoice_id, moved.public_id)


@posted("portal:invoice", of="invoice_id")
@answered
def said(request: Visitor, invoice_id: str, request_id: str) -> HttpResponse:
    """Whoever paid a slip says so: its money is on its way."""
    visit, asked = (
        request.visit,
        _own(request.visit.customer_id, issued(request.visit, invoice_id).id, request_id),
    )
    say_paid(
        request_id=asked.id,
        customer_id=visit.customer_id,
        actor=visit.actor,
        now=shifted(visit.now_offset_s),
    )
    return redirect("portal:payment-request", invoice_id, request_id)


def _on_its_way(asked: RequestInfo, now: datetime, zone: str) -> date | None:
    """By when the money is here that the customer told of; None where that has passed, or nobody did."""
    day = asked.here_by if asked.open else None
    return day if day is not None and local_date(now, zone) <= day else None


def _own(customer_id: UUID, invoice_id: UUID, text: str) -> RequestInfo:
    """A request of the visitor's organization; any other does not exist for them (ACC-2). Raises NoSuchRequest, Http404."""
    key = parse("prq", text)
    if key is None:
        raise Http404(text)
    found = requests.get(key, customer_id=customer_id)
    if found.invoice_id != invoice_id:
        raise Http404(text)
    return found
