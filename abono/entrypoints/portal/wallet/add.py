"""My Wallet: add a card, or replace one, in the gateway's own frame; only its reference comes here (WAL-2, WAL-3, WAL-6)."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from abono.domain.payments import queries as payments
from abono.domain.payments.errors import (
    CardDeclined,
    CardUnclear,
    NeverReceived,
    NoSuchMethod,
    PaymentUnderWay,
    WalletFull,
)
from abono.domain.payments.ports.port import FrameSession
from abono.domain.payments.types import Card
from abono.entrypoints.portal import card_tries
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.cards import method_key
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.billing.outlook import waiting_for_a_card
from abono.flows.wallet import open_fields, save_card
from abono.kernel.errors import Refusal
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money
from abono.platform.clock import shifted
from abono.platform.web.csp import allow_frame

LONGEST_REF = 200


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor) -> HttpResponse:
    """GET: fields of the gateway. POST: have it verify what was typed there, and keep the card."""
    return _answer(request, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def replace_card(request: Visitor, card_id: str) -> HttpResponse:
    """The same for a card that takes the place of another one, which is removed in the same act (WAL-4)."""
    key = method_key(card_id)
    leaving = next((one for one in payments.wallet(request.visit.customer_id) if one.id == key), None)
    if leaving is None:
        raise NoSuchMethod()
    return _answer(request, leaving)


def _answer(request: Visitor, leaving: Card | None) -> HttpResponse:
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    if request.method != "POST":
        return _fields(request, leaving)
    frame_ref = request.POST.get("frame_ref", "")
    if not frame_ref.isprintable() or not 0 < len(frame_ref) <= LONGEST_REF:
        return _fields(request, leaving, missing=True)
    if (wait := card_tries.spend(request, card_tries.Payer.member(visit))) is not None:
        return wait
    try:
        card = save_card(
            customer_id=visit.customer_id,
            frame_ref=frame_ref,
            use=leaving is None and request.POST.get("use") == "yes",
            actor=visit.actor,
            now=now,
            instead_of=None if leaving is None else leaving.id,
        )
    except (CardDeclined, CardUnclear, NeverReceived, PaymentUnderWay, WalletFull) as refusal:
        return _fields(request, leaving, refusal=refusal)
    card_tries.give_back(request, card_tries.Payer.member(visit))
    text = _("{card} pays for your contract from now on.") if card.in_use else _("{card} is in your wallet.")
    flash.done(request, text.format(card=card.name))
    return redirect(_back(request))


def _fields(
    request: Visitor, leaving: Card | None, *, refusal: Refusal | None = None, missing: bool = False
) -> HttpResponse:
    """The page with new fields: a card that was not accepted is typed again from the start."""
    said = None if refusal is None else replace(refused(refusal), about_card=False)  # its fields are below
    frame, customer_id = _open(request), request.visit.customer_id
    context = {
        "frame": frame,
        "refusal": said,
        "missing": missing,
        "leaving": leaving,
        "first": payments.card_in_use(customer_id) is None,
        "use": request.method != "POST" or request.POST.get("use") == "yes",
        "back": _back(request),
        "waiting": [
            (one.title, Money(one.owed_minor, one.currency)) for one in waiting_for_a_card(customer_id)
        ]
        if leaving is None or leaving.in_use or leaving.reserve
        else [],
    }
    status = 503 if frame is None else 422 if missing else 200 if said is None else said.status
    shown = allow_frame("'none'" if frame is None else frame.origin)(render)
    return shown(request, "portal/wallet/add.html", context, status=status)


def _open(request: Visitor) -> FrameSession | None:
    """Fields that only a page of this origin can show; None when the gateway does not answer."""
    return open_fields(
        customer_reference=public("cus", request.visit.customer_id),
        language=request.visit.language,
        parent_origin=f"{request.scheme}://{request.get_host()}",
        key=str(uuid7()),
    )


def _back(request: Visitor) -> str:
    """Where the person came from: the page on which they were about to pay, else the wallet."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else reverse("portal:wallet")
