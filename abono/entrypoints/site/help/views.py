"""The help: each article as a page of its own or beside the page that it is about, and a list that can be searched (HLP-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings as configured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from abono.entrypoints.site.access import ACCESS
from abono.entrypoints.site.help import contents, reading, search
from abono.entrypoints.site.help.figures import filled
from abono.entrypoints.site.visit import ADMINISTRATORS, READERS
from abono.platform import clock

BESIDE = "beside"  # asks for what stands in the panel, without a frame
LONG = 6  # headings from which on an article begins with a list of them
_WHOSE = {ADMINISTRATORS: _("For Administrators"), READERS: _("For Administrators and Viewers")}


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as it is read.

    whose      whom its page is for; empty where that is everybody
    url        its own
    page_url   leads to what it is about; empty where that needs to be chosen first
    parts      headings that a long one begins with
    """

    slug: str
    title: str
    written: date
    summary: str
    html: str
    whose: str | Promise
    url: str
    page_url: str
    parts: tuple[reading.Heading, ...]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    language = get_language() or "en"
    query = " ".join(request.GET.get("q", "")[: search.LONGEST].split())
    context = {
        "query": query,
        "found": [_shown(one) for one in search.search(query, language)] if query else [],
        "longest": search.LONGEST,
        "groups": [
            (group.title, [_shown(reading.article(entry.slug, language)) for entry in group.entries])
            for group in contents.GROUPS
        ],
    }
    return _answer(request, "index", context)


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    return _article(request, slug, sellers=False)


@require_safe
def sellers_article(request: HttpRequest, slug: str) -> HttpResponse:
    """About a page of the back office."""
    return _article(request, slug, sellers=True)


def _article(request: HttpRequest, slug: str, *, sellers: bool) -> HttpResponse:
    entry, language = contents.find(slug), get_language() or "en"
    if entry is None or entry.sellers is not sellers:
        raise Http404(slug)
    context = {
        "article": _shown(reading.article(slug, language)),
        "see": [_shown(reading.article(other, language)) for other in entry.see],
    }
    return _answer(request, "article", context)


def _answer(request: HttpRequest, what: str, context: dict[str, Any]) -> HttpResponse:
    beside = BESIDE in request.GET
    visit = getattr(request, "visit", None)
    framed = "site/frame/page.html" if visit is not None else "portal/public.html"
    if getattr(request, "staff", None) is not None:
        framed = "backoffice/base.html"
    context |= {
        "beside": beside,
        "frame": framed,
        "seller": configured.ABONO_SELLER,
        "inside": f"site/help/_{what}.html",
    }
    return render(request, "site/help/beside.html" if beside else f"site/help/{what}.html", context)


def _shown(one: reading.Article) -> Shown:
    entry, now = contents.find(one.slug), clock.now()
    page = entry.pages[0] if entry is not None and entry.pages else ""
    rule = ACCESS.get(page)
    return Shown(
        one.slug,
        one.title,
        one.written,
        filled(one.summary, one.language, now=now),
        mark_safe(filled(one.html, one.language, now=now)),  # noqa: S308 - HTML in articles is text, figures are escaped
        _WHOSE.get(rule.members, "") if rule is not None else "",
        contents.url(one.slug),
        _page_url(page) if entry is not None and entry.leads else "",
        _parts(one.headings),
    )


def _parts(headings: tuple[reading.Heading, ...]) -> tuple[reading.Heading, ...]:
    """The lowest headings, where there are many."""
    lowest = max((one.level for one in headings), default=0)
    parts = tuple(one for one in headings if one.level == lowest)
    return parts if len(parts) >= LONG else ()


def _page_url(page: str) -> str:
    try:
        return reverse(page) if page else ""
    except NoReverseMatch:  # of something that has to be chosen first
        return ""
