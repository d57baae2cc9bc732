"""Campaigns: what each was given, how far it is, and what went back to the package (PKG-5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from abono.domain.campaigns import queries as campaign_queries
from abono.domain.campaigns.types import Campaign, CampaignLine
from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import EVERYWHERE
from abono.entrypoints.portal.standing import own_contract
from abono.entrypoints.site.design import drawing
from abono.entrypoints.site.visit import Visitor
from abono.kernel.ids import parse, public
from abono.platform import formats

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line with names."""

    channel: str
    kind: str
    country: str  # empty for a channel that is priced the same everywhere
    facts: CampaignLine

    @property
    def bar(self) -> SafeString:
        """Sent of asked for. The words beside it say the same."""
        return format_html(
            '<svg class="usage-drawing" aria-hidden="true" focusable="false" width="100%" height="8">{}{}</svg>',
            drawing.rect("0%", 0, "100%", 8, "track"),
            drawing.rect("0%", 0, drawing.share(self.facts.sent, self.facts.count), 8, "used"),
        )


@dataclass(frozen=True, slots=True)
class Listed:
    facts: Campaign
    name: str
    lines: tuple[Line, ...]

    @property
    def state(self) -> str:
        return self.facts.state.name.lower()


@require_safe
def page(request: Visitor) -> HttpResponse:
    """The contract's campaigns, newest first."""
    visit = request.visit
    contract = own_contract(visit)
    before = _read(request.GET.get("before", ""))
    found = (
        []
        if contract is None
        else campaign_queries.campaigns(contract_id=contract.id, before=before, limit=PER_PAGE + 1)
    )
    shown = found[:PER_PAGE]
    names = _names(visit.language)
    context = {
        "contract": contract,
        "campaigns": [_listed(campaign, names, visit.language) for campaign in shown],
        "older": f"?before={_written(shown[-1])}" if len(found) > PER_PAGE else "",
        "newer": reverse("portal:campaigns") if before else "",
    }
    return render(request, "portal/campaigns/page.html", context)


type _Names = Mapping[tuple[str, str], tuple[str, str]]


def _names(language: str) -> _Names:
    """Names of channel and kind by their codes."""
    return {
        (channel.code, kind.code): (channel.label, kind.label)
        for channel in catalog.channels(language=language)
        for kind in channel.kinds
    }


def _listed(campaign: Campaign, names: _Names, language: str) -> Listed:
    lines = []
    for line in campaign.lines:
        channel, kind = names.get((line.channel, line.kind), (line.channel, line.kind))
        country = "" if line.country == EVERYWHERE else formats.country_name(line.country, language)
        lines.append(Line(channel, kind, country, line))
    return Listed(campaign, campaign.reference or str(campaign.campaign_id), tuple(lines))


def _written(campaign: Campaign) -> str:
    """Where the next page goes on: moment of the hold and id of the last campaign of this one."""
    since = (campaign.held_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return f"{since}-{public('cmp', campaign.campaign_id)}"


def _read(text: str) -> tuple[datetime, UUID] | None:
    """Raises Http404 for what is no such place."""
    if not text:
        return None
    since, _dash, name = text.partition("-")
    key = parse("cmp", name)
    if key is None or not since.isascii() or not since.isdecimal() or len(since) > 16:
        raise Http404(text)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(since)), key
