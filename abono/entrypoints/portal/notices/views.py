"""Notices: what the organization was told, newest first (NOT-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from abono.domain.identity.types import Profile
from abono.domain.notices import actions
from abono.domain.notices import queries as notices
from abono.domain.notices.types import NoticeView, Wording
from abono.entrypoints.site import flash
from abono.entrypoints.site.access import ACCESS
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.visit import READERS, Visit, Visitor
from abono.kernel.ids import parse, public
from abono.platform import formats
from abono.platform.clock import shifted

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One notice as `_notices.html` shows it. `url` is empty when its page is closed to the reader."""

    id: UUID
    title: str
    text: str
    url: str
    at: datetime
    unread: bool


@require_safe
def page(request: Visitor) -> HttpResponse:
    """The notices, a page at a time; `?before=ntc_…` goes on from there."""
    before = _before(request)
    found = lines(request.visit, before=before, limit=PER_PAGE + 1)
    more = len(found) > PER_PAGE
    found = found[:PER_PAGE]
    context = {
        "notices": found,
        "unread": any(line.unread for line in found),
        "older": f"?before={public('ntc', found[-1].id)}" if more else "",
        "newer": reverse("portal:notices") if before else "",
    }
    return render(request, "portal/notices/page.html", context)


@posted("portal:notices")
def read(request: Visitor) -> HttpResponse:
    """Mark as read what the person may see."""
    marked = 0
    if may_read(request.visit):
        now = shifted(request.visit.now_offset_s)
        marked = actions.mark_read(customer_id=request.visit.customer_id, now=now)
    if marked:
        count = formats.number(marked, request.visit.language)
        text = ngettext("{count} notice is marked as read.", "{count} notices are marked as read.", marked)
        flash.done(request, text.format(count=count))
    return redirect("portal:notices")


def lines(visit: Visit, *, before: UUID | None = None, limit: int) -> list[NoticeLine]:
    """The newest notices that the profile may read.

    An Agent has none yet: all are about money and use (ACC-1).
    """
    if not may_read(visit):
        return []
    found = notices.list_for(visit.customer_id, visit.language, before=before, limit=limit)
    return [_line(notice, visit) for notice in found]


def brief(found: Iterable[NoticeView], visit: Visit) -> list[NoticeLine]:
    """The first sentence of each, for whoever may read them."""
    return [_line(notice, visit, sentences=1) for notice in found]


def may_read(visit: Visit) -> bool:
    return Profile(visit.profile) in READERS


def _line(notice: NoticeView, visit: Visit, *, sentences: int | None = None) -> NoticeLine:
    return NoticeLine(
        id=notice.id,
        title=notice.wording.title,
        text=" ".join(notice.wording.body[:sentences]),
        url=_url(notice.wording, visit),
        at=notice.created_at,
        unread=not notice.read,
    )


def _url(wording: Wording, visit: Visit) -> str:
    """Where to act on it, when who looks may go there."""
    rule = ACCESS.get(wording.page)
    if rule is None or Profile(visit.profile) not in rule.members or (visit.guest and not rule.acting_as):
        return ""
    try:
        return reverse(wording.page, args=wording.about) + wording.query
    except NoReverseMatch:
        return ""  # a page for one thing, which a link without its id cannot reach


def _before(request: Visitor) -> UUID | None:
    text = request.GET.get("before", "")
    if not text:
        return None
    key = parse("ntc", text)
    if key is None:
        raise Http404(text)
    return key
