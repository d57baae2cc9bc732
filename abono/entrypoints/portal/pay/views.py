"""Paying one invoice with a payment link, without signing in: who is paid, the number, the sum, its day, and a card (ACC-3).

Nothing else of the organization is here: once the link is known the database works for its customer alone, and the
page is drawn from what `_shown` names. Whatever opens nothing has one answer, so that nobody learns what there is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.customers import queries as customers
from abono.domain.invoicing.errors import AmountChanged, InvoiceNotPayable
from abono.domain.invoicing.labels import paid_day
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.payment_links import actions, queries
from abono.domain.payment_links.errors import NoSuchPaymentLink
from abono.domain.payment_links.states import State
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import CardDeclined, CardUnclear, NeverReceived, PaymentUnderWay
from abono.domain.payments.pushed import requests
from abono.domain.payments.states import State as AttemptState
from abono.entrypoints.portal import card_fields, card_tries
from abono.entrypoints.portal.financial.asked import PUSHED, is_stale, unless_moved
from abono.entrypoints.portal.pay import opened
from abono.entrypoints.site import errors, flash
from abono.entrypoints.site.posted import posted_amount
from abono.entrypoints.site.refusals import refused
from abono.entrypoints.site.remembered import remember_language
from abono.flows.billing.offered import Offer, offers
from abono.flows.paid.withheld import Expected, expected
from abono.flows.payment_links.pay import Standing, pay_by_link, standing
from abono.flows.requests.ask import ask_for, slip_stands
from abono.kernel.due import Means
from abono.kernel.errors import Refusal
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import clock, throttle
from abono.platform.postgres import scope
from abono.platform.web.csp import allow_frame

_RESTS = (InvoiceState.DISPUTED, InvoiceState.WRITTEN_OFF)
FREE_GUESSES = 20  # from one address before the first pause; a link that is right does not count


def _unlisted(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Kept by no cache and no search engine."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        response = view(request, *args, **named)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return never_cache(answer)


@_unlisted
@require_safe
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """From what was given out to a clean address: the secret goes no further, into no log and no other page."""
    guesses = f"payment-link:{request.META.get('REMOTE_ADDR', '')}"
    if wait := throttle.spend(guesses, free=FREE_GUESSES, now=clock.now()):
        return errors.too_many(request, wait=wait)
    found = queries.find(secret)
    if found is None:
        return _closed(request)
    throttle.give_back(guesses)
    stand = _standing(found)
    if not _good(stand):
        return _closed(request, stand)
    now = customers.moment_of(found.customer_id, real=clock.now()).now
    actions.note_opened(link_id=found.id, now=now)
    if opened.find(request, found.public_id) is None:  # else what was paid with it here is kept
        opened.remember(request, found)
    return redirect("public:pay", found.public_id)


@_unlisted
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, link_id: str) -> HttpResponse:
    """GET: what is to be paid as things stand, or how that went. POST: pay it, once however often it is pressed."""
    found = opened.find(request, link_id)
    stand = None if found is None else _standing(found)
    if stand is None or not _good(stand):
        return _closed(request, stand)
    if request.method == "POST":
        return _pay(request, stand)
    if request.headers.get("HX-Request"):
        return _still(stand)
    return _show(request, stand, _how_it_ended(request, stand))


@_unlisted
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: HttpRequest, link_id: str, means: str) -> HttpResponse:
    """POST: ask for the invoice's money by Pix or slip; pressed twice it is the same. GET: how to pay it, and how it stands."""
    found, wanted = opened.find(request, link_id), PUSHED.get(means)
    stand = None if found is None else _standing(found)
    if stand is None or wanted is None or not _good(stand):
        return _closed(request, stand)
    if request.method == "POST":
        return _ask(request, stand, wanted)
    asked_for = requests.of_invoice(stand.invoice.id)
    newest = next((one for one in asked_for if one.means is wanted), None)
    if newest is None or stand.state is State.PAID:
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Refresh": "true"})
        return redirect("public:pay", stand.link.public_id)
    if request.headers.get("HX-Request"):
        return unless_moved(request, newest)
    shown = _shown(request, stand)
    context = {name: shown[name] for name in ("payee", "number", "sandbox", "link_id")}
    with timezone.override(customers.get(stand.link.customer_id).time_zone):
        context |= {"asked": newest, "pix": wanted is Means.PIX, "stale": is_stale(newest)}
        return render(request, "portal/pay/asked.html", context)


def _ask(request: HttpRequest, stand: Standing, means: Means) -> HttpResponse:
    link = stand.link
    try:
        ask_for(
            invoice_id=link.invoice_id,
            customer_id=link.customer_id,
            means=means,
            actor=link.actor,
            moment=customers.moment_of(link.customer_id, real=clock.now()),
        )
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return redirect("public:pay", link.public_id)
    return redirect("public:pay-asked", link.public_id, means.value)


def _standing(link: PaymentLinkDetail) -> Standing:
    """How it stands; the database works for its customer alone from here on."""
    scope.work_for(link.customer_id)
    return standing(link, now=customers.moment_of(link.customer_id, real=clock.now()).now)


def _good(stand: Standing) -> bool:
    return stand.state in (State.OPEN, State.PAID)


def _pay(request: HttpRequest, stand: Standing) -> HttpResponse:
    """Every answer but that to a card that is no good is another page: reloading sends nothing again."""
    link, again = stand.link, redirect("public:pay", stand.link.public_id)
    frame_ref = card_fields.typed(request, link.public_id)
    if not frame_ref:
        flash.refused(request, _("Type your card first. Nothing was charged."))
        return again
    if not stand.payable:
        return again  # the page says why
    payer = card_tries.Payer(("invoice", link.invoice_id), link.customer_id, link.actor)
    if (wait := card_tries.spend(request, payer)) is not None:
        return wait
    try:
        charged = pay_by_link(
            link_id=link.id,
            frame_ref=frame_ref,
            accepted=posted_amount(request, "sum", stand.invoice.currency),
            moment=customers.moment_of(link.customer_id, real=clock.now()),
        )
    except AmountChanged:
        flash.refused(
            request, _("What is to be paid changed since this page was opened. Look at the new sum.")
        )
        return again
    except (InvoiceNotPayable, PaymentUnderWay, NoSuchPaymentLink):
        flash.told(request, _("Nothing was charged to this card."))
        return again
    except (CardDeclined, CardUnclear, NeverReceived) as refusal:
        return _show(request, stand, refusal)
    opened.remember(request, link, charged.attempt_id)
    try:
        charged.unless_refused()
    except (CardDeclined, NeverReceived) as refusal:
        return _show(request, stand, refusal)
    card_tries.give_back(request, payer)
    return again


def _how_it_ended(request: HttpRequest, stand: Standing) -> Refusal | None:
    """Why a payment that was made here came to nothing, for who comes back from the bank's page."""
    newest = payments.newest_attempt(stand.invoice.id)
    if not stand.payable or newest is None or not opened.paid_here(request, stand.link, newest.id):
        return None
    if newest.state is AttemptState.DECLINED:
        return CardDeclined(newest.decline_hint, newest.decline_retry)
    return NeverReceived() if newest.state is AttemptState.LOST else None


def _show(request: HttpRequest, stand: Standing, refusal: Refusal | None) -> HttpResponse:
    context: dict[str, object] = _shown(request, stand)
    if not stand.payable:
        response = render(request, "portal/pay/page.html", context)
        if context["challenge_url"]:
            remember_language(response)
        return response
    reference = stand.link.public_id
    frame = card_fields.open_for(request, reference)
    said = None if refusal is None else refused(refusal)
    context |= {"frame": frame, "opened": card_fields.sealed(frame, reference), "said": said}
    status = 503 if frame is None else 200 if said is None or request.method != "POST" else said.status
    drawn = allow_frame("'none'" if frame is None else frame.origin)(render)
    return drawn(request, "portal/pay/page.html", context, status=status)


def _shown(request: HttpRequest, stand: Standing) -> dict[str, object]:
    """All that a link shows of its invoice."""
    invoice, attempt = stand.invoice, stand.attempt
    here = attempt is not None and opened.paid_here(request, stand.link, attempt.id)
    return {
        "payee": settings.ABONO_SELLER,
        "number": invoice.title,
        "owed": Money(invoice.owed_minor, invoice.currency),
        "due_date": invoice.due_date,
        "paid_date": paid_day(invoice),
        "settled": stand.state is State.PAID,
        "credited": invoice.taken_back_whole,
        "waits": attempt is not None and attempt.state is not AttemptState.DIFFERS,
        "checking": attempt is not None and attempt.state is AttemptState.DIFFERS,
        "challenge_url": attempt.challenge_url if attempt is not None and here else "",
        "sandbox": invoice.sandbox,
        "link_id": stand.link.public_id,
        "ways": [one for one in _ways(stand) if one.now],
        "slip_asked": slip_stands(stand.invoice.id),
        "withheld": _withheld(stand),
    }


def _withheld(stand: Standing) -> Expected | None:
    """What the law may have the payer withhold, of an invoice that can be paid now."""
    if not stand.payable:
        return None
    now = customers.moment_of(stand.link.customer_id, real=clock.now()).now
    return expected(stand.invoice, on=local_date(now, stand.invoice.time_zone))


def _ways(stand: Standing) -> list[Offer]:
    """Beside cards."""
    if not stand.payable:
        return []
    link = stand.link
    now = customers.moment_of(link.customer_id, real=clock.now()).now
    return offers(stand.invoice.contract_id, but=stand.invoice.id, now=now)


def _still(stand: Standing) -> HttpResponse:
    """To the script of a page that waits: nothing, or that it shall load anew."""
    waits = stand.attempt is not None and stand.attempt.state is not AttemptState.DIFFERS
    answer = HttpResponse(status=204 if waits else 200)
    if not waits:
        answer["HX-Refresh"] = "true"
    return answer


def _closed(request: HttpRequest, stand: Standing | None = None) -> HttpResponse:
    """Expired, revoked, mistyped, of a cancelled invoice, opened in another browser, or made up: nobody learns which. Who has
    a link that would serve is told why its invoice asks for nothing."""
    rests = stand is not None and stand.state is State.CANCELLED and stand.invoice.state in _RESTS
    context = {"payee": settings.ABONO_SELLER, "rests": stand.invoice.state.value if stand and rests else ""}
    return render(request, "portal/pay/closed.html", context, status=404)
