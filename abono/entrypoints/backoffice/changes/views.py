"""Changes that customers accepted and that wait for the seller: approved, or refused with a reason (CHG-6)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import ChangeState
from abono.domain.customers import queries as customers
from abono.domain.invoicing.labels import line_label, sentence
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.refusals import Refused, answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.changes.confirm import approve_change, refuse_change, to_approve
from abono.flows.quotes.seen import Seen, find
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.kernel.money import Money
from abono.kernel.written import visible
from abono.platform import clock

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """One change as its page and the list show it."""

    change: Seen
    customer: str
    number: str


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    explanation: str
    amount: Money


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    waiting = [_shown(one) for one in to_approve(limit=SHOWN)]
    return render(request, "backoffice/changes/page.html", {"waiting": waiting})


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def change(request: SellersVisitor, change_id: str) -> HttpResponse:
    """GET: before and after. POST: approve it, or refuse it with a reason."""
    found = _change(change_id)
    if request.method != "POST" or not {"approve", "refuse"} & set(request.POST):
        return _show(request, found, None)
    try:
        said = _decide(request, found)
    except Refusal as no:
        return _show(request, find(found.id), refused(no))
    flash.done(request, said)
    return redirect("backoffice:change", change_id)


def _decide(request: SellersVisitor, found: Seen) -> str:
    actor, moment = request.staff.actor, customers.moment_of(found.customer_id, real=clock.now())
    if "refuse" in request.POST:
        why = visible(request.POST.get("why", ""))
        refuse_change(change_id=found.id, why=why, actor=actor, moment=moment)
        return _("You refused. The customer is told why.")
    state = approve_change(change_id=found.id, actor=actor, moment=moment).state
    if state is ChangeState.LAPSED:
        return _(
            "You approved. What it costs has changed since, or there is no card: the customer accepts it once more."
        )
    if state is ChangeState.WAITING:
        return _("You approved. It is done once it is paid.")
    return _("You approved, and it is done.")


def _show(request: SellersVisitor, found: Seen, refusal: Refused | None) -> HttpResponse:
    language, names = get_language() or "en", names_of([found.asked_by, found.decided_by])
    context = {
        "shown": _shown(found),
        "asked_by": names[found.asked_by],
        "decided_by": names[found.decided_by] if found.decided_by else "",
        "lines": [
            Line(
                line_label(one.kind, one.name, language),
                sentence(one.name, one.calculation, one.amount, language),
                one.amount,
            )
            for one in found.quote.lines
        ],
        "waits": found.state is ChangeState.APPROVAL,
        "refusal": refusal,
        "why": request.POST.get("why", ""),
    }
    status = 200 if refusal is None else refusal.status
    return render(request, "backoffice/changes/change.html", context, status=status)


def _shown(one: Seen) -> Shown:
    return Shown(one, customers.get(one.customer_id).legal_name, contracts.get(one.contract_id).number)


def _change(text: str) -> Seen:
    """Raises Http404 for what is no such change."""
    key = parse("chg", text)
    if key is None:
        raise Http404(text)
    return find(key)
