"""The payment of a new contract: card fields of the gateway, one charge, help when a card is not accepted (WAL-6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from abono.domain.contracts.types import Draft
from abono.domain.customers import addresses
from abono.domain.customers.rules import printed_tax_id, tax_id_name
from abono.domain.invoicing.errors import AmountChanged
from abono.domain.payments.errors import CardDeclined, NeverReceived
from abono.domain.payments.ports.port import Hint
from abono.domain.payments.pushed.requests import RequestInfo
from abono.entrypoints.portal import card_fields, card_tries
from abono.entrypoints.portal.order import drafts
from abono.entrypoints.portal.order.forms import DetailsForm
from abono.entrypoints.portal.order.summary import summary
from abono.entrypoints.portal.order.views import (
    FREE_ORDERS,
    NOT_SOLD,
    SESSION_PAYS,
    address_of,
    already,
    offer_of,
)
from abono.entrypoints.site import errors, flash
from abono.entrypoints.site.design.cards import card_help, retry_advice
from abono.entrypoints.site.links import order_url
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import refused
from abono.flows.signup import tries
from abono.flows.signup.otherwise import go_on_otherwise
from abono.flows.signup.progress import Stage, progress
from abono.flows.signup.quote import Quote
from abono.flows.signup.sign import sign_contract, takes_pix
from abono.kernel.errors import Refusal
from abono.platform import clock, formats, throttle
from abono.platform.web.csp import allow_frame

NOTHING_CAME_OF_IT = (*NOT_SOLD, AmountChanged, CardDeclined, NeverReceived)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, order_id: str) -> HttpResponse:
    """Show what is paid and the card fields; a POST contracts and pays, once, however often it comes."""
    draft = drafts.find(request, order_id)
    stand = progress(draft)
    if not stand.open:
        return already(request, draft, stand)
    form = DetailsForm(draft.typed, currency=draft.currency)
    if not form.is_valid():
        return _check(draft)
    if request.method == "POST":
        by_pix = request.POST.get("means") == "pix"
        return _contract_by_pix(request, draft, form) if by_pix else _contract(request, draft, form)
    offer = offer_of(draft)
    if offer is None or not offer.stands:
        return _check(draft)
    asked = request.GET.get("declined", "")
    hint = asked if asked in {known.value for known in Hint} else stand.hint
    lost = "unheard" in request.GET or (not asked and stand.stage is Stage.NEVER_RECEIVED)
    retry = request.GET.get("again", "") if asked else stand.retry
    return _page(request, draft, form, offer, hint=hint, retry=retry, never_received=lost, unpaid=stand.asked)


def _check(draft: Draft) -> HttpResponse:
    """Back to the details, to see what is not right any more."""
    return redirect(f"{reverse('public:order-details', args=[draft.public_id])}?check=1")


def _contract(request: HttpRequest, draft: Draft, form: DetailsForm) -> HttpResponse:
    """Contract and pay. Every answer is another page, so that going back or reloading sends nothing again."""
    frame_ref = card_fields.typed(request, draft.public_id)
    if not frame_ref:
        flash.refused(request, _("Type your card first. Nothing was charged."))
        return redirect("public:order-pay", draft.public_id)
    counted = _tries(request, draft, form)
    now = clock.now()
    waits = (throttle.spend(name, free=free, now=now) for name, free in counted)
    if wait := next(filter(None, waits), None):
        tries.note_slowed(where=("order", draft.id), customer_id=None, actor=f"order:{draft.id}", now=now)
        return errors.too_many_cards(
            request, wait=wait, back=reverse("public:order-pay", args=[draft.public_id])
        )
    if (answer := _sign(request, draft, form, frame_ref)) is not None:
        return answer
    for name, _free in counted:
        throttle.give_back(name)
    return redirect("public:order-done", draft.public_id)


def _contract_by_pix(request: HttpRequest, draft: Draft, form: DetailsForm) -> HttpResponse:
    """Contract, and go on to how its Pix is paid."""
    if wait := throttle.spend(f"order-pix:{address_of(request)}", free=FREE_ORDERS, now=clock.now()):
        return errors.too_many(request, wait=wait)
    return _sign(request, draft, form, None) or redirect("public:order-done", draft.public_id)


@posted("public:order-pay", of="order_id")
def otherwise(request: HttpRequest, order_id: str) -> HttpResponse:
    """The Pix that waits is taken back, and the order goes on as it was typed."""
    draft = drafts.find(request, order_id)
    try:
        stand = go_on_otherwise(signup_id=draft.id, moment=clock.moment(0))
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return redirect("public:order-done", order_id)
    return redirect("public:order-pay" if stand.open else "public:order-done", order_id)


def _sign(
    request: HttpRequest, draft: Draft, form: DetailsForm, frame_ref: str | None
) -> HttpResponse | None:
    """Where it leads instead; None where the contract is made."""
    try:
        with _pays(request, draft):
            sign_contract(
                signup_id=draft.id,
                customer=form.customer,
                administrator=form.administrator,
                accepted=request.POST.get("offer", ""),
                frame_ref=frame_ref,
                address=address_of(request),
                buyer_id=drafts.buyer(request),
                sandbox=settings.SANDBOX,
                moment=clock.moment(0),
            )
    except NOT_SOLD:
        return _check(draft)
    except AmountChanged:
        flash.refused(request, _("The order changed since this page was opened. Look at the new total."))
        return redirect("public:order-pay", draft.public_id)
    except CardDeclined as no:
        return redirect(
            f"{reverse('public:order-pay', args=[draft.public_id])}?declined={no.hint}&again={no.retry}"
        )
    except NeverReceived:
        return redirect(f"{reverse('public:order-pay', args=[draft.public_id])}?unheard")
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return redirect("public:order-pay", draft.public_id)
    return None


@contextmanager
def _pays(request: HttpRequest, draft: Draft) -> Iterator[None]:
    """This browser is the one that pays (CON-9), but for a press that nothing came of: then another may be."""
    request.session[SESSION_PAYS] = draft.public_id
    try:
        yield
    except NOTHING_CAME_OF_IT:
        request.session.pop(SESSION_PAYS, None)
        raise


def _tries(request: HttpRequest, draft: Draft, form: DetailsForm) -> list[tuple[str, int]]:
    """What bounds the testing of cards, with tries before the first pause: this order, this customer, this address."""
    return [
        *tries.card_tries(draft.id, form.customer),
        card_tries.of_address(request),
    ]


def _page(
    request: HttpRequest,
    draft: Draft,
    form: DetailsForm,
    offer: Quote,
    *,
    hint: str,
    retry: str,
    never_received: bool,
    unpaid: RequestInfo | None,
) -> HttpResponse:
    frame = card_fields.open_for(request, draft.public_id)
    context = {
        "draft": draft,
        "customer": form.customer,
        "tax_id_name": tax_id_name(form.customer.country, form.customer.tax_id),
        "tax_id": printed_tax_id(form.customer.country, form.customer.tax_id),
        "address": addresses.lines(form.customer.country, form.customer.address),
        "administrator": form.administrator,
        "never_received": never_received,
        "checks": card_help(hint) if hint and not never_received else (),
        "advice": "" if never_received else retry_advice(retry, hint),
        "frame": frame,
        "opened": card_fields.sealed(frame, draft.public_id),
        "fingerprint": offer.fingerprint,
        "goes_on_at": order_url(draft.id, get_language() or "en"),
        "action": _action(offer),
        "pix": takes_pix(offer, form.customer.country),
        "unpaid": None if unpaid is None else unpaid.state.value,
        **summary(offer),
    }
    if frame is None:
        return render(request, "portal/order/pay.html", context, status=503)
    return allow_frame(frame.origin)(render)(request, "portal/order/pay.html", context)


def _action(offer: Quote) -> str:
    """What the button says."""
    if offer.trial is not None:
        return _("Make the contract and begin the trial")
    amount = formats.money(offer.first_total, get_language() or "en")
    return _("Make the contract and pay {amount} today").format(amount=amount)
