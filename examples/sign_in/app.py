"""An application whose sign-in asks for licences, on Django and one page: `python -m examples.sign_in`.

What to copy: `licences.py`, and `current` at the start of whatever only people who are in may see.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from examples.sign_in.licences import OUT, Lease, Licences
from examples.sign_in.words import WORDS

NAME, PORT = "lease", "8100"  # of the lease in the session; of the server

SETTINGS: dict[str, Any] = {
    "ROOT_URLCONF": "examples.sign_in.app",
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",  # the language that the browser asks for
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",  # no table: any store of yours does
    "SESSION_COOKIE_NAME": "example_session",  # another program of this machine has its own
    "CSRF_COOKIE_NAME": "example_csrf",
    "LANGUAGES": [("en", "English"), ("es", "Español"), ("pt-br", "Português")],
    "TEMPLATES": [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [Path(__file__).parent]}
    ],
}


def current(request: HttpRequest, *, idle_s: int | None = None) -> Lease | None:
    """Who this session is of, asked of Abono when it is due; None before a sign-in. Only IN is in."""
    kept = request.session.get(NAME)
    if kept is None:
        return None
    lease = Lease(**kept)
    if licences().asks_in(lease) == 0:
        lease = licences().keep(lease, idle_s=idle_s)
        request.session[NAME] = asdict(lease)
    return lease


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    lease, language = current(request), get_language() or "en"
    facts = {} if lease is None else {**asdict(lease), "names": ", ".join(lease.who_can_help)}
    say = {name: text.format_map(_Facts(facts)) for name, text in WORDS.get(language, WORDS["en"]).items()}
    context: dict[str, Any] = {"lease": lease, "say": say, "language": language}
    if lease is not None:
        context |= {"why": say.get(lease.code, say["out"]), **_shown(lease)}
    return render(request, "page.html", context)


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Here your own check of who it is comes first: a password, a passkey, another sign-in."""
    person = request.POST.get("person", "").strip()[:200]
    if person:
        _release(request)  # whoever sat here before
        device = request.headers.get("User-Agent", "")
        lease = licences().claim(person, device=device, wait="wait" in request.POST)
        request.session[NAME] = asdict(lease)
    return redirect("page")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    _release(request)
    request.session.flush()
    return redirect("page")


@require_POST
def still_here(request: HttpRequest) -> HttpResponse:
    """What the page says while it is open. It is shown anew when `as_shown` is another."""
    idle_s = request.POST.get("idle_s", "")
    lease = current(request, idle_s=int(idle_s) if idle_s.isdecimal() and len(idle_s) < 8 else None)
    return JsonResponse({"as_shown": "", "again_s": 60} if lease is None else _shown(lease))


def _shown(lease: Lease) -> dict[str, Any]:
    """What the page goes by, and when it says again that it is open."""
    again_s = max(1.0, licences().asks_in(lease) or 0)
    return {"as_shown": f"{lease.state} {lease.away} {lease.position}", "again_s": again_s}


def licences() -> Licences:
    """Made once, when the settings are."""
    made = getattr(settings, "LICENCES", None)
    assert isinstance(made, Licences)
    return made


def _release(request: HttpRequest) -> None:
    kept = request.session.get(NAME)
    if kept is not None and (lease := Lease(**kept)).state != OUT:
        licences().release(lease)


class _Facts(dict[str, Any]):
    """What a text names and nobody told is left out."""

    def __missing__(self, name: str) -> str:
        return ""


urlpatterns = [
    path("", page, name="page"),
    path("sign-in", sign_in, name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
    path("still-here", still_here, name="still-here"),
]


def main() -> None:
    """Serve it on loopback. ABONO_URL, ABONO_KEY, ABONO_CONTRACT say whose licences it asks for."""
    given = {name: os.environ.get(f"ABONO_{name.upper()}", "") for name in ("url", "key", "contract")}
    if not all(given.values()):
        sys.exit("Set ABONO_URL, ABONO_KEY and ABONO_CONTRACT: `make demo` prints some.")
    settings.configure(
        **SETTINGS,
        LICENCES=Licences(given["url"], key=given["key"], contract=given["contract"]),
        SECRET_KEY=os.urandom(32).hex(),  # sessions end with this process: keep yours
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        USE_TZ=True,
    )
    where = sys.argv[1] if len(sys.argv) > 1 else PORT
    execute_from_command_line(["sign_in", "runserver", "--noreload", f"127.0.0.1:{where}"])
