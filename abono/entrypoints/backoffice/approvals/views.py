"""Approvals: what waits for a second person, who decides it, and what came of it (ACC-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.labels import answer
from abono.domain.approvals.states import State
from abono.domain.approvals.types import ApprovalDetail
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as people
from abono.domain.payments.states import Because, Way
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.arranged import arranged_rows
from abono.entrypoints.site.design.words import BECAUSE, WAYS, Text
from abono.entrypoints.site.refusals import Refused, answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.approvals.acts import (
    ARRANGEMENT,
    CREDIT_NOTE,
    ONE_OFF,
    RECEIPT,
    REFUND,
    WRITE_OFF,
    came_of,
)
from abono.flows.approvals.ask import deciders
from abono.flows.approvals.decide import approve, refuse, withdraw
from abono.flows.versions.kind import VERSIONS
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, public
from abono.kernel.written import visible
from abono.platform import clock, formats

ENDED_SHOWN = 50
ACTS: dict[str, Text] = {
    CREDIT_NOTE: gettext_lazy("Credit note"),
    ONE_OFF: gettext_lazy("One-off invoice"),
    VERSIONS.act: gettext_lazy("Move to newer versions"),
    ADJUSTMENTS.act: gettext_lazy("Yearly adjustment"),
    WRITE_OFF: gettext_lazy("Write-off"),
    ARRANGEMENT: gettext_lazy("Own price or add-on"),
    REFUND: gettext_lazy("Refund"),
    RECEIPT: gettext_lazy("Recorded payment"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One request as its page and the list show it. `about_url` leads to what it is of; `answer` says why it was
    refused or could not be done; `rows` say what else is of its act."""

    approval: ApprovalDetail
    act: Text
    customer: str
    asked_by: str
    decided_by: str
    about: str
    about_url: str
    answer: str
    rows: list[tuple[Text, str]]


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    found = [*approvals.waiting(), *approvals.ended(limit=ENDED_SHOWN)]
    names = _names(found)
    shown = [_shown(one, names) for one in found]
    context = {
        "waiting": [one for one in shown if one.approval.state is State.ASKED],
        "ended": [one for one in shown if one.approval.state is not State.ASKED],
    }
    return render(request, "backoffice/approvals/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def approval(request: SellersVisitor, approval_id: str) -> HttpResponse:
    """GET: what is asked for. POST: agree, refuse with a reason, or withdraw what one asked for oneself."""
    found = _approval(approval_id)
    if request.method != "POST" or not {"approve", "refuse", "withdraw"} & set(request.POST):
        return _show(request, found, None)
    try:
        said = _decide(request, found)
    except Refusal as no:
        return _show(request, approvals.get(found.id), refused(no))
    flash.done(request, said)
    return redirect("backoffice:approval", approval_id)


def _decide(request: SellersVisitor, found: ApprovalDetail) -> str:
    who, now = request.staff, clock.now()
    if "approve" in request.POST:
        done = approve(approval_id=found.id, person_id=who.person_id, now=now)
        if done.state is State.FAILED:
            return _("You agreed, but it is no longer possible. Nothing was done.")
        return _("You agreed, and it is done.")
    if "refuse" in request.POST:
        why = visible(request.POST.get("why", ""))
        refuse(approval_id=found.id, person_id=who.person_id, why=why, now=now)
        return _("You refused. Whoever asked is told why.")
    withdraw(approval_id=found.id, actor=who.actor, now=now)
    return _("It is withdrawn. Nothing was done.")


def _show(request: SellersVisitor, found: ApprovalDetail, refusal: Refused | None) -> HttpResponse:
    waits, mine = found.state is State.ASKED, found.asked_by_person(request.staff.actor)
    others = deciders(found) if waits else []
    context = {
        "shown": _shown(found, _names([found])),
        "refusal": refusal,
        "may_decide": waits and request.staff in others,
        "may_withdraw": waits and mine,
        "deciders": [one.name for one in others],
        "why": request.POST.get("why", ""),
    }
    status = refusal.status if refusal else 200
    return render(request, "backoffice/approvals/approval.html", context, status=status)


def _shown(one: ApprovalDetail, names: dict[str, str]) -> Shown:
    if one.act == CREDIT_NOTE:
        about = str(one.facts["invoice"])
        url = reverse("backoffice:invoice", args=[public("inv", UUID(str(one.arguments["invoice_id"])))])
    elif one.act in (WRITE_OFF, REFUND, RECEIPT):
        about = str(one.facts["invoice"])
        key = public("inv", UUID(str(one.arguments["invoice_id"])))
        url = reverse("backoffice:invoice-standing", args=[key])
    elif one.act == ONE_OFF:
        about = _("The invoice")
        waits = one.state is not State.DONE
        url = reverse(
            "backoffice:draft" if waits else "backoffice:invoice",
            args=[public("inv", UUID(str(one.arguments["invoice_id"])))],
        )
    elif one.act == ARRANGEMENT:
        about = _("Own prices and add-ons")
        url = f"{reverse('backoffice:arrangements')}?contract={one.facts['number']}"
    elif one.act == ADJUSTMENTS.act:
        about = _("The preview")
        url = reverse("backoffice:adjustment", args=[str(one.facts["adjustment"])])
    else:
        about = _("The preview")
        url = reverse("backoffice:versions-batch", args=[str(one.facts["batch"])])
    return Shown(
        approval=one,
        act=ACTS[one.act],
        customer="" if one.customer_id is None else customers.get(one.customer_id).legal_name,
        asked_by=names.get(one.behind) or names.get(one.asked_by, one.asked_by),
        decided_by=names.get(one.decided_by, one.decided_by),
        about=about,
        about_url=url,
        answer=answer(one, get_language() or "en"),
        rows=_rows(one),
    )


def _rows(one: ApprovalDetail) -> list[tuple[Text, str]]:
    """What else is of its act: an own price, how money came, or where it goes back to and why."""
    currency = one.amounts[0].currency
    if one.act == ARRANGEMENT:
        return arranged_rows(one.facts, currency)
    if one.act == RECEIPT:
        return list(_came(one))
    back = [
        (
            to["card"] or WAYS[Way(to["came"])],
            formats.minor(to["amount_minor"], currency, get_language() or "en"),
        )
        for to in one.facts.get("to", ())
    ]
    because = one.facts.get("because")
    return [*back, (_("Why it goes back"), str(BECAUSE[Because(because)]))] if because else []


def _came(one: ApprovalDetail) -> Iterator[tuple[Text, str]]:
    """How money came that somebody recorded."""
    came = came_of(one.arguments["came"])
    yield _("How it came"), str(WAYS[came.way])
    yield _("Day on which it came"), formats.long_day(came.received_date, get_language() or "en")
    if came.reference:
        yield _("Reference"), came.reference
    if text := one.facts.get("text"):
        yield _("The bank says"), text


def _names(found: list[ApprovalDetail]) -> dict[str, str]:
    """Names of all people among the actors, by how events name them."""
    actors = {actor for one in found for actor in (one.asked_by, one.behind, one.decided_by)}
    ids = {actor: UUID(actor.removeprefix("person:")) for actor in actors if actor.startswith("person:")}
    names = people.names(ids.values())
    return {actor: names[key] for actor, key in ids.items() if key in names}


def _approval(text: str) -> ApprovalDetail:
    """Raises Http404 for what is no such request."""
    key = parse("apr", text)
    if key is None:
        raise Http404(text)
    return approvals.get(key)
