"""My Wallet: the cards, which one is used, and taking one out (WAL-1, WAL-3, WAL-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments import rules
from abono.domain.payments.errors import LastCard, NoSuchMethod
from abono.domain.payments.types import Card
from abono.entrypoints.portal.financial.shown import rows
from abono.entrypoints.portal.financial.unpaid import unpaid
from abono.entrypoints.portal.standing import own_contract
from abono.entrypoints.portal.wallet.automatic import is_offered, shown_mandate
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.cards import card_status, expiry, method_key, stopped_advice
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.wallet import remove_card, reserve_card, use_card
from abono.kernel.periods import local_date
from abono.platform.clock import shifted


@dataclass(frozen=True, slots=True)
class Shown:
    """A card with its words."""

    card: Card
    name: str
    brand: str
    expiry: str
    status: str
    confirm: dict[str, object]  # of its removal
    stopped: str  # why it is not charged by itself, and what to do; else empty


@require_safe
def page(request: Visitor) -> HttpResponse:
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    cards, contract = payments.wallet(visit.customer_id), own_contract(visit)
    today = local_date(now, visit.time_zone)
    to_pay = rows(invoices.pending(customer_id=visit.customer_id), today=today, language=visit.language)
    context = {
        "unpaid": unpaid(to_pay, visit.language),
        "cards": [_shown(card, today) for card in cards],
        "full": rules.wallet_is_full(len(cards)),
        "limit": rules.WALLET_LIMIT,
        "may_change": visit.administers,
        "shown": None if contract is None else shown_mandate(contract, visit),
        "automatic": contract is not None and is_offered(contract, visit),
    }
    return render(request, "portal/wallet/page.html", context)


@posted("portal:wallet")
@answered
def use(request: Visitor, card_id: str) -> HttpResponse:
    """Make it the card that pays for the contract."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    card = use_card(customer_id=visit.customer_id, method_id=method_key(card_id), actor=visit.actor, now=now)
    flash.done(request, _("{card} pays for your contract from now on.").format(card=card.name))
    return redirect("portal:wallet")


@posted("portal:wallet")
@answered
def reserve(request: Visitor, card_id: str) -> HttpResponse:
    """Make it the card that is asked when the one in use is not any more, or let it be that no longer (PAY-8)."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    key, wanted = method_key(card_id), request.POST.get("reserve") == "yes"
    card = next((one for one in payments.wallet(visit.customer_id) if one.id == key), None)
    if card is None:
        raise NoSuchMethod()
    if wanted or card.reserve:
        method_id = key if wanted else None
        reserve_card(customer_id=visit.customer_id, method_id=method_id, actor=visit.actor, now=now)
    text = _("{card} is your reserve now.") if wanted else _("{card} is not your reserve any more.")
    flash.done(request, text.format(card=card.name))
    return redirect("portal:wallet")


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def remove(request: Visitor, card_id: str) -> HttpResponse:
    """GET: are you sure. POST: take it out; the one that pays for a contract stays (WAL-4)."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    key = method_key(card_id)
    card = next((card for card in payments.wallet(visit.customer_id) if card.id == key), None)
    if card is None:
        raise NoSuchMethod()
    if card.in_use:
        raise LastCard()
    if request.method != "POST":
        return render(request, "site/frame/base_confirm.html", {"confirm": _confirm(card)})
    remove_card(customer_id=visit.customer_id, method_id=key, actor=visit.actor, now=now)
    flash.done(request, _("{card} was removed. The gateway has forgotten it too.").format(card=card.name))
    return redirect("portal:wallet")


def _confirm(card: Card) -> dict[str, object]:
    name = card.name
    return {
        "title": _("Remove {card}?").format(card=name),
        "sentences": [_("It pays for nothing now. To use it again you would type it anew.")],
        "url": reverse("portal:wallet-remove", args=[card.public_id]),
        "action": _("Remove {card}").format(card=name),
        "danger": True,
        "back": _("Keep it"),
        "back_url": reverse("portal:wallet"),
    }


def _shown(card: Card, today: date) -> Shown:
    return Shown(
        card,
        card.name,
        card.brand_name,
        expiry(card),
        card_status(card, today),
        _confirm(card),
        stopped_advice(card),
    )
