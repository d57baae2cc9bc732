"""Usage › Sends that nothing covers: which, what is to become of them, and the press that says no (PKG-12)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.types import ContractInfo
from abono.domain.uncovered import queries
from abono.domain.uncovered.errors import NoSuchDecision
from abono.domain.uncovered.queries import Chosen
from abono.domain.uncovered.types import (
    PLACE_LENGTH,
    Decision,
    Place,
    State,
    Uncovered,
    place,
    written,
)
from abono.entrypoints.portal.standing import own_contract
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.uncovered import Named, named
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.uncovered.decide import contest_uncovered
from abono.flows.uncovered.tell import BY_THE_SETTING
from abono.kernel.ids import parse, public
from abono.platform import clock
from abono.platform.clock import shifted

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Announced:
    """What was decided of some of them, as its page shows it."""

    public_id: str
    facts: Decision
    state: State

    @property
    def why(self) -> str:
        return _(self.facts.why) if self.facts.why == BY_THE_SETTING else self.facts.why

    @property
    def contestable(self) -> bool:
        return self.state in (State.ANNOUNCED, State.DUE)


@dataclass(frozen=True, slots=True)
class Line:
    named: Named
    facts: Uncovered

    @property
    def said_micro(self) -> int | None:
        """The price of each, as billed if it is."""
        return self.facts.price_micro if self.facts.billed_micro is None else self.facts.billed_micro


@require_safe
def page(request: Visitor) -> HttpResponse:
    """What was announced first, then every send, newest first."""
    contract = own_contract(request.visit)
    if contract is None:
        return render(request, "portal/usage/none.html", {"contract": None})
    return _show(request, contract)


@posted("portal:uncovered")
@answered
def contest(request: Visitor, decision_id: str) -> HttpResponse:
    """Say that these sends are not to be billed: then they are not."""
    visit, contract, key = request.visit, own_contract(request.visit), parse("unc", decision_id)
    if contract is None or key is None:
        raise NoSuchDecision()
    contest_uncovered(
        contract_id=contract.id,
        customer_id=visit.customer_id,
        decision_id=key,
        actor=visit.actor,
        now=shifted(visit.now_offset_s),
    )
    flash.done(request, _("These sends are not billed. The seller sees that you do not agree."))
    return redirect("portal:uncovered")


def _show(request: Visitor, contract: ContractInfo) -> HttpResponse:
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    channels = catalog.channels(language=visit.language)
    found = queries.uncovered(
        Chosen(customer_id=visit.customer_id, contract_id=contract.id),
        real=clock.now(),
        before=_place(request.GET.get("before", "")),
        limit=PER_PAGE + 1,
    )
    shown = found[:PER_PAGE]
    context = {
        "contract": contract,
        "announced": [
            Announced(public("unc", one.id), one, one.state(now))
            for one in queries.decisions(contract_id=contract.id)
        ],
        "lines": [Line(named(one, channels, visit.language), one) for one in shown],
        "may_contest": visit.administers,
        "newer": request.path if "before" in request.GET else "",
        "older": f"?before={written(shown[-1].place).hex()}" if len(found) > PER_PAGE else "",
    }
    return render(request, "portal/uncovered/page.html", context)


def _place(text: str) -> Place | None:
    """Where a page begins. Raises Http404 for what is no such place."""
    if not text:
        return None
    if len(text) != 2 * PLACE_LENGTH or not set(text) <= set("0123456789abcdef"):
        raise Http404(text)
    return place(bytes.fromhex(text))
