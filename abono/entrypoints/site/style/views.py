"""The living style page: every component in its states. `/<language>/style/`, guide in docs/design.md.

It asks no database. `?profile=viewer` and `?restricted=1` show the frame in other states, `?part=` the public
frame, the page of a confirmation, and the error pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import get_language

from abono.entrypoints.site import errors
from abono.entrypoints.site.design.words import statuses
from abono.entrypoints.site.shell import PROFILES, shell
from abono.entrypoints.site.style import samples as style_samples

PARTS = {
    "app": "site/style/page.html",
    "public": "site/style/public.html",
    "confirm": "site/frame/base_confirm.html",
}
ERRORS = ("400", "403", "404", "429", "500", "503")


@dataclass(frozen=True, slots=True)
class SampleVisit:
    """Looks like `request.visit` of a signed-in member."""

    person_name: str = "Ana Souza"
    email: str = "ana@padariasol.example"
    organization: str = "Padaria Sol"
    profile: str = "administrator"
    organizations: tuple[tuple[str, str, str], ...] = (
        ("cus_1", "Padaria Sol", "administrator"),
        ("cus_2", "Padaria Sol Centro", "viewer"),
    )
    guest: bool = False
    restricted: bool = False
    sellers_word: str = ""
    until_dispute_ends: bool = False
    unread_notices: int = 3


def page(request: HttpRequest) -> HttpResponse:
    """Draw the page, or what `part` names: a frame, or an error page as it looks, with its status."""
    part, profile = request.GET.get("part", "app"), request.GET.get("profile", "administrator")
    if part in ERRORS:
        return errors.sample(request, int(part))
    if part not in PARTS or profile not in PROFILES:
        raise Http404
    language = get_language() or "en"
    restricted = request.GET.get("restricted") == "1"
    request.visit = SampleVisit(profile=profile, restricted=restricted)  # type: ignore[attr-defined]
    context = {
        "shell": shell(request, address=_address),
        "status_words": {
            noun: statuses(noun) for noun in ("contract", "invoice", "payment", "sending", "card")
        },
        **style_samples.everything(language),
    }
    return render(request, PARTS[part], context)


def _address(name: str) -> str:
    """The address of a page, or of nothing while the page is not built."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return "#" if name != "portal:home" else "/"


urlpatterns = [path("style/", page, name="style")]
