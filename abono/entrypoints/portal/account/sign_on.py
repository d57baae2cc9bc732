"""Signing in with the sign-in of one's own organization, by its own address (ACC-3).

There is no page that finds the organization of an e-mail: it would tell who is a member of what, and whoever typed the
domain of others would be sent their people. An administrator hands the address out; a browser that used it offers it again.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.socialaccount.internal import statekit
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from abono.domain.customers import queries as customers
from abono.domain.identity import sign_on
from abono.domain.identity.errors import SignOnRefused
from abono.domain.identity.sign_on import SignOnInfo
from abono.entrypoints.portal.account import goes_on
from abono.entrypoints.site import flash, sessions
from abono.entrypoints.site.remembered import remember
from abono.entrypoints.site.sign_on.supplier import FAILED, SELLER, Supplier
from abono.kernel.ids import parse
from abono.platform import clock

if TYPE_CHECKING:
    from abono.domain.identity.models import Person

LAST_USED = "abono_sign_on"


@never_cache
@require_safe
def page(request: HttpRequest, sign_on_id: str) -> HttpResponse:
    """Says whose sign-in it is, before anybody leaves for it."""
    info = _found(sign_on_id)
    context = {"name": organization(info), "info": info, "next": goes_on.wish(request)}
    return render(request, "portal/account/sign_on.html", context)


@never_cache
@require_safe
def go(request: HttpRequest, sign_on_id: str) -> HttpResponse:
    """On to the supplier. `again` asks for a factor there, however lately one was given."""
    info, nonce, again = _found(sign_on_id), secrets.token_urlsafe(24), "again" in request.GET
    asked = {"nonce": nonce, **({"prompt": "login", "max_age": "0"} if again else {})}
    try:
        response: HttpResponse = _supplier(request, info).redirect(
            request,
            "login",
            next_url=goes_on.safe(request, goes_on.wish(request)) or None,
            auth_params=asked,
            nonce=nonce,
            again=again,
        )
    except FAILED:
        return _refused(request)
    return response


@never_cache
@require_safe
def callback(request: HttpRequest, whose: str) -> HttpResponse:
    """Back from the supplier, with a code that serves once, in the browser that left."""
    info = _of(whose)
    supplier = _supplier(request, info)
    state = statekit.unstash_state(
        request, provider_id=supplier.sub_id, state_id=request.GET.get("state", "")
    )
    if state is None or request.GET.get("iss", info.issuer).rstrip("/") != info.issuer:
        return _refused(request)
    try:
        person, second = _person(request, supplier, state)
    except (*FAILED, SignOnRefused):
        return _refused(request)
    if request.user.is_authenticated and request.user.pk != person.id:
        logout(request)
    clear_login(request)
    record_authentication(
        request,
        person,
        sessions.BY_SUPPLIER,
        sign_on=info.public_id,
        customer=str(info.customer_id or ""),
        second=second,
    )
    login = Login(user=person, email=person.email, redirect_url=state.get("next"))
    response: HttpResponse = perform_login(request, login)
    remember(response, LAST_USED, info.public_id)
    return response


def _person(request: HttpRequest, supplier: Supplier, state: dict[str, Any]) -> tuple[Person, bool]:
    """Who it is, and whether the supplier had a second proof of it. Raises one of FAILED, and SignOnRefused."""
    speaker, now = supplier.get_oauth2_adapter(request), clock.now()
    client = speaker.get_client(request, supplier.app)
    answer = client.get_access_token(request.GET["code"], pkce_code_verifier=state["pkce_code_verifier"])
    since = now - sessions.FRESH if state.get("again") else None
    claimed = speaker.claimed(answer, nonce=state["nonce"], since=since)
    return sign_on.recognize(sign_on_id=supplier.info.id, claimed=claimed, now=now), claimed.second


def remembered(request: HttpRequest) -> SignOnInfo | None:
    """The one that was used in this browser last, if it is still in use."""
    key = parse("sso", request.COOKIES.get(LAST_USED, ""))
    return None if key is None else sign_on.get(key)


def organization(info: SignOnInfo) -> str:
    """Whose it is, for people."""
    if info.customer_id is None:
        return str(settings.ABONO_SELLER["name"])
    return customers.get(info.customer_id).legal_name


def _supplier(request: HttpRequest, info: SignOnInfo) -> Supplier:
    return Supplier(request, info, sign_on.secret(info.id))


def _of(whose: str) -> SignOnInfo:
    key = None if whose == SELLER else parse("cus", whose)
    info = None if key is None and whose != SELLER else sign_on.of(key)
    if info is None:
        raise Http404(whose)
    return info


def _found(sign_on_id: str) -> SignOnInfo:
    key = parse("sso", sign_on_id)
    info = None if key is None else sign_on.get(key)
    if info is None:
        raise Http404(sign_on_id)
    return info


def _refused(request: HttpRequest) -> HttpResponse:
    """One sentence for whatever it was: what exactly helps nobody but who tries doors."""
    said = _(
        "That sign-in did not work. Ask your administrator whether you are a member here, or use your password."
    )
    flash.refused(request, said)
    return redirect("portal:sign-in")
