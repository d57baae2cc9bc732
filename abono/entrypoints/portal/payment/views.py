"""One payment while its answer is awaited: what it is for, how it stands, what to do; it follows by itself (PAY-7)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import queries as payments
from abono.domain.payments.states import OPEN, State
from abono.domain.payments.types import AttemptInfo
from abono.entrypoints.portal.order import drafts
from abono.entrypoints.portal.pay import opened
from abono.entrypoints.site.design.cards import card_help, retry_advice
from abono.entrypoints.site.design.invoices import REASONS
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.remembered import remember_language
from abono.entrypoints.site.visit import Visit, Visitor
from abono.kernel.ids import parse


@never_cache
@require_safe
@answered
def page(request: Visitor, payment_id: str) -> HttpResponse:
    """How a payment stands. While its answer is awaited the page looks again by itself, also without a script."""
    attempt, invoice = _own(request.visit, payment_id)
    waits = attempt.state in OPEN
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=204 if waits else 200)
        if not waits:
            answer["HX-Refresh"] = "true"
        return answer
    declined = attempt.state is State.DECLINED
    context = {
        "attempt": attempt,
        "state": attempt.state.value,
        "invoice": invoice,
        "reason": REASONS[invoice.reason],
        "waits": waits,
        "checking": attempt.state is State.DIFFERS,
        "card": _("by payment link") if attempt.once else payments.card_of(attempt.id).name,
        "checks": card_help(attempt.decline_hint) if declined else (),
        "advice": retry_advice(attempt.decline_retry, attempt.decline_hint) if declined else "",
        "may_pay": request.visit.administers,
    }
    response = render(request, "portal/payment/page.html", context)
    if attempt.challenge_url:  # from the bank they come back to an address without a language
        remember_language(response)
    return response


@never_cache
@require_safe
def back(request: HttpRequest, payment_id: str) -> HttpResponse:
    """Where a browser comes back to from the bank's page: to its order, to the payment link that it paid with, else to the
    payment, which needs a sign-in."""
    attempt = payments.get_attempt(_key(payment_id))
    if attempt is None:
        raise Http404(payment_id)
    _customer, contract_id = invoices.whose(attempt.invoice_id)
    for draft in drafts.own(request):
        if draft.contract_id == contract_id:
            return redirect("public:order-done", draft.public_id)
    if (link := opened.with_payment(request, attempt.id)) is not None:
        return redirect("public:pay", link)
    return redirect("portal:payment", payment_id)


def _own(visit: Visit, public_id: str) -> tuple[AttemptInfo, InvoiceDetail]:
    """A payment of the visitor's organization and what it is for; any other does not exist for them (ACC-2)."""
    attempt = payments.get_attempt(_key(public_id))
    if attempt is None:
        raise Http404(public_id)
    return attempt, invoices.get(attempt.invoice_id, customer_id=visit.customer_id)


def _key(text: str) -> UUID:
    key = parse("att", text)
    if key is None:
        raise Http404(text)
    return key
