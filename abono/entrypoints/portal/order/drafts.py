"""Contracts that this browser is making: its session keeps a secret for each, and nobody else's opens."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.errors import NoSuchSignup
from abono.domain.contracts.types import Draft
from abono.kernel.ids import parse

SESSION_ORDERS = "orders"  # secrets by public id, oldest first
KEPT = 20  # drafts of one browser; the oldest is forgotten first


def find(request: HttpRequest, public_id: str) -> Draft:
    """A draft that this browser began. Raises Http404 for any other, known or not."""
    secret = _orders(request).get(public_id)
    key = parse("sig", public_id)
    if key is None or secret is None:
        raise Http404(public_id)
    try:
        return contracts.find_signup(signup_id=key, secret=secret)
    except NoSuchSignup:
        raise Http404(public_id) from None


def begin(request: HttpRequest, *, plan: str, package: str, currency: str, now: datetime) -> Draft:
    """The browser's unsigned draft for this choice, else a new one with what was typed in the newest."""
    own = _own(request)
    for draft in own:
        same = (draft.plan_code, draft.package_code, draft.currency) == (plan, package, currency)
        if same and draft.contract_id is None:
            return draft
    draft, secret = contracts.start_signup(
        plan_code=plan,
        package_code=package,
        currency=currency,
        language=get_language() or "en",
        typed={name: text for name, text in own[0].typed.items() if name != "accept"} if own else {},
        now=now,
    )
    kept = {**_orders(request), draft.public_id: secret}
    request.session[SESSION_ORDERS] = dict(list(kept.items())[-KEPT:])
    return draft


def _own(request: HttpRequest) -> list[Draft]:
    """The drafts of this browser, newest first."""
    found = []
    for public_id in reversed(_orders(request)):
        try:
            found.append(find(request, public_id))
        except Http404:
            continue
    return found


def _orders(request: HttpRequest) -> dict[str, str]:
    kept = request.session.get(SESSION_ORDERS)
    return kept if isinstance(kept, dict) else {}
