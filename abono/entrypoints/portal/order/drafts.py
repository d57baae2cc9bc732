"""Contracts that somebody is making: this browser's, by a secret in its session, and those of who is signed in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.errors import NoSuchSignup
from abono.domain.contracts.types import Draft
from abono.flows.signup.progress import Stage, progress
from abono.kernel.ids import parse

SESSION_ORDERS = "orders"  # secrets by public id, oldest first
KEPT = 20  # drafts of one browser; the oldest is forgotten first


def buyer(request: HttpRequest) -> UUID | None:
    """Who is signed in."""
    return request.user.pk if request.user.is_authenticated else None


def find(request: HttpRequest, public_id: str) -> Draft:
    """A draft that this browser or this person began. Raises Http404 for any other, known or not."""
    key = parse("sig", public_id)
    if key is None:
        raise Http404(public_id)
    try:
        return contracts.find_signup(
            signup_id=key, secret=_orders(request).get(public_id, ""), buyer_id=buyer(request)
        )
    except NoSuchSignup:
        raise Http404(public_id) from None


def current(request: HttpRequest) -> Draft | None:
    """The newest that is not paid: who begins again goes on with it (CON-9)."""
    return next((draft for draft in own(request) if progress(draft).stage is not Stage.DONE), None)


def begin(
    request: HttpRequest, *, plan: str, package: str, currency: str, interval: str, now: datetime
) -> Draft:
    """The order that goes on, with this choice; a new one when there is none. Its caller made sure that it is open."""
    going_on = current(request)
    if going_on is not None:
        contracts.save_typed(
            signup_id=going_on.id,
            typed=going_on.typed,
            plan_code=plan,
            package_code=package,
            currency=currency,
            interval=interval,
        )
        return contracts.read_signup(going_on.id)
    mine = own(request)
    draft, secret = contracts.start_signup(
        plan_code=plan,
        package_code=package,
        currency=currency,
        interval=interval,
        language=get_language() or "en",
        typed={name: text for name, text in mine[0].typed.items() if name != "accept"} if mine else {},
        buyer_id=buyer(request),
        now=now,
    )
    remember(request, draft, secret)
    return draft


def remember(request: HttpRequest, draft: Draft, secret: str) -> None:
    """From now on this browser goes on with the order."""
    kept = {**_orders(request), draft.public_id: secret}
    request.session[SESSION_ORDERS] = dict(list(kept.items())[-KEPT:])


def own(request: HttpRequest) -> list[Draft]:
    """The drafts of this browser, newest first; then those that its person began elsewhere."""
    found = []
    for public_id in reversed(_orders(request)):
        try:
            found.append(find(request, public_id))
        except Http404:
            continue
    person = buyer(request)
    elsewhere = [] if person is None else contracts.signups_of(person, most=KEPT)
    known = {draft.id for draft in found}
    return [*found, *(draft for draft in elsewhere if draft.id not in known)]


def _orders(request: HttpRequest) -> dict[str, str]:
    kept = request.session.get(SESSION_ORDERS)
    return kept if isinstance(kept, dict) else {}
