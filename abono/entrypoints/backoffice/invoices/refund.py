"""Money goes back to whoever paid an invoice: typed, seen in words, confirmed (PAY-9)."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.customers import queries as customers
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import refunds
from abono.domain.payments.states import Because
from abono.entrypoints.backoffice.invoices.going_back import goes
from abono.entrypoints.backoffice.invoices.standing_forms import GiveBack
from abono.entrypoints.backoffice.invoices.views import issued
from abono.entrypoints.site import flash
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.acts import CREDIT_NOTE, REFUND
from abono.flows.approvals.ask import ask_refund
from abono.flows.refunds.give_back import GivenBack, Room, give_back, preview_refund, room_of
from abono.kernel.errors import Refusal
from abono.kernel.ids import uuid7
from abono.platform import clock


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: SellersVisitor, invoice_id: str) -> HttpResponse:
    """GET: how much can go back, and of what. POST: what that would do; with `confirm`, it is done."""
    found = issued(invoice_id)
    if request.method != "POST":
        return _show(request, found, None, None)
    form = _form(request.POST, room_of(found))
    if not form.is_valid():
        return _show(request, found, form, None)
    if refunds.is_there(form.cleaned_data["refund"], invoice_id=found.id):  # a second press
        return redirect("backoffice:invoice-standing", invoice_id)
    try:
        seen = preview_refund(invoice_id=found.id, amount_minor=form.cleaned_data["amount"])
        if "confirm" not in request.POST or request.POST.get("seen") != seen.to:
            return _show(request, found, form, seen)
        _give_back(request, found, form, seen)
    except SecondPersonNeeded:
        return _ask_somebody(request, found, form)
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
        return redirect("backoffice:invoice-refund", invoice_id)
    flash.done(request, _("It goes back, and the customer is told. Here you see what became of it."))
    return redirect("backoffice:invoice-standing", invoice_id)


def _form(data: QueryDict | None, room: Room) -> GiveBack:
    return GiveBack(data, refund_id=uuid7(), most=room.most, language=get_language() or "en")


def _give_back(request: SellersVisitor, found: InvoiceDetail, form: GiveBack, seen: GivenBack) -> None:
    give_back(
        invoice_id=found.id,
        amount_minor=form.cleaned_data["amount"],
        because=Because(form.cleaned_data["because"]),
        why=form.cleaned_data["why"],
        to=seen.to,
        refund_id=form.cleaned_data["refund"],
        actor=request.staff.actor,
        moment=customers.moment_of(found.customer_id, real=clock.now()),
    )


def _ask_somebody(request: SellersVisitor, found: InvoiceDetail, form: GiveBack) -> HttpResponse:
    """So much that somebody else has to agree: the same is asked of them."""
    asked = ask_refund(
        invoice_id=found.id,
        amount_minor=form.cleaned_data["amount"],
        because=Because(form.cleaned_data["because"]),
        why=form.cleaned_data["why"],
        refund_id=form.cleaned_data["refund"],
        actor=request.staff.actor,
        now=clock.now(),
    )
    flash.done(request, _("A second person is asked. The money goes back when they agree."))
    return redirect("backoffice:approval", asked.public_id)


def _show(
    request: SellersVisitor, found: InvoiceDetail, typed: GiveBack | None, seen: GivenBack | None
) -> HttpResponse:
    language = get_language() or "en"
    room = room_of(found)
    context = {
        "invoice": found,
        "organization": found.buyer.legal_name,
        "room": room,
        "waiting": approvals.waiting_for(found.id, REFUND, CREDIT_NOTE, customer_id=found.customer_id),
        "form": (typed or _form(None, room)) if room.most else None,
        "says": () if seen is None else [goes(one, language) for one in seen.parts],
        "seen": seen,
        "needs_second": seen is not None
        and seen.needs_second(at=customers.moment_of(found.customer_id, real=clock.now()).now),
    }
    wrong = typed is not None and seen is None
    return render(request, "backoffice/invoices/refund.html", context, status=422 if wrong else 200)
