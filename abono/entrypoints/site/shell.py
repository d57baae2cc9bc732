"""What stands around a signed-in page: menu, organizations, languages, the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from abono.domain.identity import labels
from abono.domain.identity.types import Profile
from abono.entrypoints.site import navigation
from abono.entrypoints.site.access import ACCESS

LANGUAGES = (("es", "Español"), ("pt-br", "Português"), ("en", "English"))
PROFILES = {profile.value: gettext_lazy(label) for profile, label in labels.PROFILES.items()}


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name: str  # in itself
    url: str  # this page in that language
    current: bool


@dataclass(frozen=True, slots=True)
class Shell:
    menu: tuple[navigation.Group, ...]
    start_url: str  # of the brand: the first page that the profile may see
    profile: navigation.Text
    sign_out_url: str
    switch_url: str  # takes POST `organization`
    financial_url: str  # empty for those who may not


def shell(request: HttpRequest, *, address: Callable[[str], str] = reverse) -> Shell:
    """Everything around the page for `request.visit`. Raises NoReverseMatch for a page that does not exist."""
    visit = request.visit  # type: ignore[attr-defined]
    menu = navigation.menu(visit, path=request.path, address=address)
    return Shell(
        menu=menu,
        start_url=menu[0].items[0].url,
        profile=PROFILES[visit.profile],
        sign_out_url=address("portal:sign-out"),
        switch_url=address("portal:switch-organization") if len(visit.organizations) > 1 else "",
        financial_url=address("portal:financial")
        if Profile(visit.profile) in ACCESS["portal:financial"].members
        else "",
    )


def languages(request: HttpRequest | None) -> tuple[Language, ...]:
    """This page in each language; none when there is no request to say which page."""
    if request is None:
        return ()
    here, path = get_language() or "en", request.get_full_path()
    return tuple(Language(code, name, _in(code, path, here), code == here) for code, name in LANGUAGES)


def _in(code: str, path: str, here: str) -> str:
    """The address in that language: all begin with it, and are the same for the rest. Others are in none."""
    return f"/{code}{path.removeprefix(f'/{here}')}" if path.startswith(f"/{here}/") else path
