"""Notices › Who is told: which of the organization's people get an e-mail about what (NOT-1)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.notices import queries as notices
from abono.domain.notices.errors import NobodyWouldHear
from abono.domain.notices.types import Audience, Choice
from abono.entrypoints.site import flash
from abono.entrypoints.site.refusals import Refused, answered, refused
from abono.entrypoints.site.visit import Visitor
from abono.flows.choose_notices import choose_notices
from abono.platform.clock import shifted


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of notice, and a box for each of those whom it may go to."""

    kind: str
    label: str
    administrators: bool
    financial_contact: bool


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor) -> HttpResponse:
    """The boxes as they are; a POST puts what was ticked in their place."""
    if request.method != "POST":
        asked = notices.choices(request.visit.customer_id)
        return _show(request, [_row(choice, choice.told) for choice in asked], None)
    choices = notices.concerned()  # what they are told now is read under the lock
    told = {choice.kind: _ticked(request, choice) for choice in choices}
    try:
        changed = choose_notices(
            customer_id=request.visit.customer_id,
            told=told,
            actor=request.visit.actor,
            now=shifted(request.visit.now_offset_s),
        )
    except NobodyWouldHear as refusal:
        says = refused(NobodyWouldHear(_(refusal.notice)))
        return _show(request, [_row(choice, told[choice.kind]) for choice in choices], says)
    flash.done(
        request, _("Saved. It holds from the next notice on.") if changed else _("Nothing was changed.")
    )
    return redirect("portal:notices")


def _ticked(request: Visitor, choice: Choice) -> frozenset[Audience]:
    ticked = request.POST.getlist(choice.kind)
    return frozenset(one for one in choice.concerns if one.value in ticked)


def _row(choice: Choice, told: frozenset[Audience]) -> Row:
    return Row(
        choice.kind, _(choice.label), Audience.ADMINISTRATORS in told, Audience.FINANCIAL_CONTACT in told
    )


def _show(request: Visitor, rows: list[Row], refusal: Refused | None) -> HttpResponse:
    context = {"rows": rows, "refusal": refusal}
    return render(request, "portal/notices/choices.html", context, status=refusal.status if refusal else 200)
