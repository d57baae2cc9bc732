"""Billing runs: how far the one is that goes on, what each came to, and renewals that were given up (INV-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_safe

from abono.domain.billing_runs import queries as runs
from abono.domain.billing_runs.actions import FAR_NAMED, TIMES
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.due import RENEW
from abono.domain.customers import queries as customers
from abono.entrypoints.backoffice.runs import shown
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import SellersVisitor
from abono.kernel.ids import parse, public
from abono.platform import agenda, clock, formats

RUNS_SHOWN = 30
PARKED_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Parked:
    """A renewal that nothing tries any more; `fault` as the agenda has it, for whoever repairs it."""

    contract: str
    number: str
    customer: str
    since: datetime
    why: str
    fault: str


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """The newest runs, and what was given up."""
    parked = _parked()
    context = {
        "rows": [shown.row(one) for one in runs.page(limit=RUNS_SHOWN)],
        "parked": parked,
        "parked_count": agenda.parked_count(RENEW) if len(parked) == PARKED_SHOWN else len(parked),
        "now": clock.now(),
    }
    return render(request, "backoffice/runs/page.html", context)


@require_safe
@answered
def run(request: SellersVisitor, run_id: str) -> HttpResponse:
    """One run; a browser with scripts asks for it again every five seconds as long as it goes on, and takes its live part."""
    key = parse("run", run_id)
    if key is None:
        raise Http404(run_id)
    found, language = runs.get(key), get_language() or "en"
    before = runs.before(found)
    context = {
        "run": found,
        "row": shown.row(found),
        "progress": shown.progress(found, language),
        "before": before,
        "currencies": shown.in_currencies(found, before, language),
        "standing_out": shown.standing_out(found),
        "more": max(found.far_count - FAR_NAMED, 0),
        "times": TIMES,
        "given_up": bool(found.parked and agenda.parked(RENEW, limit=1)),
        "by": names_of([found.begun_by])[found.begun_by],
    }
    return render(request, "backoffice/runs/run.html", context)


@posted("backoffice:runs")
def again(request: SellersVisitor) -> HttpResponse:
    """Let what was given up be tried again: of one contract, or all of it."""
    only = parse("ctr", request.POST["contract"]) if "contract" in request.POST else None
    if only is None and "contract" in request.POST:
        raise Http404(request.POST["contract"])
    count = agenda.release_parked(real=clock.now(), kind=RENEW, subject=only)
    said = ngettext(
        "{count} renewal is tried again within a minute.",
        "{count} renewals are tried again within a minute.",
        count,
    )
    flash.done(request, said.format(count=formats.number(count, get_language() or "en")))
    return redirect("backoffice:runs")


def _parked() -> list[Parked]:
    found = agenda.parked(RENEW, limit=PARKED_SHOWN)
    whose = contracts.customers_of([entry.subject for entry, _since, _why in found])
    names = customers.several(set(whose.values()))
    return [
        Parked(
            public("ctr", entry.subject),
            _number(entry.subject),
            names[whose[entry.subject]].legal_name,
            since,
            *shown.why(reason),
        )
        for entry, since, reason in found
        if entry.subject in whose
    ]


def _number(contract_id: UUID) -> str:
    return contracts.get(contract_id).number
