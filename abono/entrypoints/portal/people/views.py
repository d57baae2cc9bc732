"""People: who is a member, who is invited, what each profile may do (LIC-5, ACC-1)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from abono.domain.identity import invitations, members
from abono.domain.identity.states import MemberState
from abono.domain.identity.types import InvitationInfo, MemberDetail, Profile
from abono.entrypoints.portal.people import table
from abono.entrypoints.portal.people.forms import DEACTIVATED, INVITED, Search
from abono.entrypoints.site.shell import PROFILES
from abono.entrypoints.site.visit import Visitor
from abono.platform.clock import shifted

PER_PAGE, FIRST_FEW = 30, 5
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the list. `own` is who looks."""

    member: MemberDetail
    profile: object
    own: bool


@require_safe
def page(request: Visitor) -> HttpResponse:
    """A page of members by name, or of invitations, newest first; `?page=2` goes on."""
    form = Search(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    show, number = wanted.get("show", ""), _number(request.GET.get("page", ""))
    visit, start = request.visit, (number - 1) * PER_PAGE
    found: list[MemberDetail] = []
    asked: list[InvitationInfo] = []
    if show == INVITED:
        asked, total = _invitations(request, start=start, limit=PER_PAGE)
    else:
        found, total = members.listed(
            visit.customer_id,
            text=wanted.get("text", "").strip(),
            profile=Profile(show) if show in PROFILES else None,
            state=MemberState.DEACTIVATED if show == DEACTIVATED else None,
            offset=start,
            limit=PER_PAGE,
        )
        if not show and not wanted.get("text") and number == 1:
            asked, _all = _invitations(request, start=0, limit=FIRST_FEW)
    context = {
        "form": form,
        "rows": [Shown(one, PROFILES[one.profile.value], one.person_id == visit.person_id) for one in found],
        "invitations": [(one, PROFILES[one.profile.value]) for one in asked],
        "total": total,
        "first": start + 1,
        "last": start + len(found) + (len(asked) if show == INVITED else 0),
        "filtered": bool(show or wanted.get("text")),
        "only_invited": show == INVITED,
        "newer": _to(request, number - 1) if number > 1 else "",
        "older": _to(request, number + 1) if start + PER_PAGE < total else "",
        "columns": table.columns(),
        "table": table.rows(),
        "may_change": visit.administers,
    }
    return render(request, "portal/people/page.html", context)


def _invitations(request: Visitor, *, start: int, limit: int) -> tuple[list[InvitationInfo], int]:
    now = shifted(request.visit.now_offset_s)
    return invitations.unanswered(request.visit.customer_id, offset=start, limit=limit, now=now)


def _number(text: str) -> int:
    """A page's, from 1 on; what is none is the first."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return min(max(number, 1), _MOST_PAGES)


def _to(request: Visitor, number: int) -> str:
    kept = {name: request.GET[name] for name in ("text", "show") if request.GET.get(name)}
    return f"?{urlencode({**kept, 'page': number})}"
