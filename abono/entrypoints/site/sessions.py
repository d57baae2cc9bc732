"""How long a session lasts, how fresh the proof of its person is, and under which key it goes on (ACC-3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from abono.domain.identity import factors
from abono.domain.identity import sessions as kept
from abono.entrypoints.site import flash
from abono.entrypoints.site.back import came_from
from abono.platform import clock
from abono.platform.origin import address_of

BEGAN, SEEN = "session_began", "session_seen"
PROVEN = "session_proven"  # when its person last gave all the factors that they have
SECOND = "session_second"  # whether a second factor was among them
SECOND_THERE = (
    "session_second_there"  # whether the supplier of the one organization that it opens asked for one
)

BY_SUPPLIER = "sign_on"  # a way of signing in: by the single sign-on of an organization
ONLY = "session_only"  # that organization: its supplier opens nothing else of a person

FRESH = timedelta(minutes=15)
IDLE, IDLE_OF_STAFF = timedelta(hours=1), timedelta(minutes=15)
LONGEST, LONGEST_OF_STAFF = timedelta(days=7), timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # so that a page costs no statement for it


class Cookies(SessionMiddleware):
    """Middleware: Django's own, but no link, form or frame of another site takes along the session of whoever works for
    the seller. Members come back from paying elsewhere by a link."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and cookie.value and request.user.is_authenticated and request.user.is_staff:
            cookie["samesite"] = "Strict"
        return response


class Sessions:
    """Middleware: ends sessions that lay idle, or last too long. One from before a change of ABONO_SECRET_KEY goes on
    under another key, which Django gives it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        old = key_of(request)
        if request.user.is_authenticated:
            if key_of(request) != old:
                moved(request, old)
            _look(request, clock.now())
        return self.get_response(request)


def _look(request: HttpRequest, now: datetime) -> None:
    staff = request.user.is_staff
    seen = _moment(request, SEEN)
    if seen is None:  # it began before there were limits
        _stamp(request, BEGAN, now)
        _stamp(request, SEEN, now)
        return
    began = _moment(request, BEGAN) or seen
    idle, longest = (IDLE_OF_STAFF, LONGEST_OF_STAFF) if staff else (IDLE, LONGEST)
    if now - seen > idle or now - began > longest:
        end(request)
        flash.told(request, _("You were signed out, because nobody had used this browser here for a while."))
    elif now - seen > SEEN_EVERY:
        _stamp(request, SEEN, now)
        kept.touch(key=key_of(request), address=address_of(request), now=now)


def begin(request: HttpRequest, person_id: UUID) -> None:
    """Somebody has just signed in here, with all the factors that they have."""
    now = clock.now()
    for name in (BEGAN, SEEN, PROVEN):
        _stamp(request, name, now)
    request.session[SECOND] = factors.has_second(person_id)
    if not request.session.session_key:
        request.session.save()
    kept.begin(
        person_id=person_id,
        key=key_of(request),
        address=address_of(request),
        agent=str(request.META.get("HTTP_USER_AGENT", "")),
        now=now,
    )


def came_by(request: HttpRequest, records: list[dict[str, Any]]) -> None:
    """By which ways somebody signs in: the supplier of a customer opens that customer only (CON-9)."""
    said: dict[str, Any] = next((one for one in records if one["method"] == BY_SUPPLIER), {})
    for name in (ONLY, SECOND_THERE):
        request.session.pop(name, None)
    if only := str(said.get("customer", "")):
        request.session[ONLY] = only
        request.session[SECOND_THERE] = said.get("second") is True


def only(request: HttpRequest) -> str:
    """The one organization that this session opens; "" for all of the person's."""
    return str(request.session.get(ONLY, ""))


def end(request: HttpRequest) -> None:
    """Nobody is signed in here any more, and nothing of what this browser was trusted with stays."""
    kept.forget(key=key_of(request))
    logout(request)


def renew(request: HttpRequest) -> None:
    """Go on under another key: whoever knew the old one is out."""
    old = key_of(request)
    request.session.cycle_key()
    moved(request, old)


def moved(request: HttpRequest, old: str) -> None:
    """The session, which had the key `old`, goes on under the one that it has now."""
    kept.follow(old=old, new=key_of(request))


def lost_factor(request: HttpRequest) -> None:
    """A factor of this session's person was removed: whether one is left decides what the session may open."""
    request.session[SECOND] = factors.has_second(person_of(request))
    renew(request)


def proven(request: HttpRequest, *, second: bool) -> None:
    """The person of this session has just given a factor once more."""
    _stamp(request, PROVEN, clock.now())
    if second:
        request.session[SECOND] = True
    renew(request)


def fresh(request: HttpRequest) -> bool:
    """Whether the session's person proved themselves in the last fifteen minutes."""
    at = _moment(request, PROVEN)
    return at is not None and clock.now() - at <= FRESH


def person_of(request: HttpRequest) -> UUID:
    """Who is signed in; only for pages that nobody else comes to."""
    key = request.user.pk
    assert key is not None
    return key


def actor_of(request: HttpRequest) -> str:
    """The same, as events name actors."""
    return f"person:{person_of(request)}"


def key_of(request: HttpRequest) -> str:
    """Under which key this session goes on; empty before it has one."""
    return request.session.session_key or ""


def has_second(request: HttpRequest) -> bool:
    """Whether a factor of ours was given beside the first one."""
    return bool(request.session.get(SECOND))


def has_second_there(request: HttpRequest) -> bool:
    """Whether the organization's own supplier says that they proved themselves twice: it opens nothing but that organization,
    so nobody else relies on its word."""
    return bool(request.session.get(SECOND_THERE))


def ask_who(request: HttpRequest) -> HttpResponse:
    """To the page for signing in, and back to this one. Who came by a link of another site, such as a mail's, comes once
    more from here first: then their browser tells who it is, even where the cookie is for this site alone."""
    elsewhere = request.headers.get("Sec-Fetch-Site") == "cross-site"
    if elsewhere and request.method == "GET":
        return render(request, "site/frame/from_elsewhere.html")
    return redirect_to_login(request.get_full_path(), reverse("portal:sign-in"))


def ask_again(request: HttpRequest) -> HttpResponseRedirect:
    """To the page that asks for a factor; from there back to the page on which this began."""
    back = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        flash.told(request, _("Nothing was done yet. Say first that it is you, then press again."))
        back = came_from(request)
    query = urlencode({"next": back}) if back else ""
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{query}")


def _moment(request: HttpRequest, name: str) -> datetime | None:
    value = request.session.get(name)
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None


def _stamp(request: HttpRequest, name: str, now: datetime) -> None:
    request.session[name] = int(now.timestamp())
