"""Settings › Plans and contracts: what was contracted, for Administrators only (SEE-1, SEE-2, SEE-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import arrangements
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import NoSuchContract
from abono.domain.contracts.states import ChangeState, State
from abono.domain.contracts.types import Accepted, ContractInfo, MoveInfo
from abono.domain.customers.types import Organization
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Outlook
from abono.domain.payments import queries as payments
from abono.entrypoints.portal.financial.shown import rows
from abono.entrypoints.portal.financial.unpaid import unpaid
from abono.entrypoints.portal.session_prices import SessionPrices, session_prices
from abono.entrypoints.portal.standing import Given, Standing, given, openings, standing
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.design.arranged import ShownArrangement, shown_arrangements
from abono.entrypoints.site.design.cards import expiry
from abono.entrypoints.site.design.words import Text, moved
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.billing.project import Projection, project_invoice
from abono.flows.endings.regret import regret_until
from abono.flows.limits.interim import issue_interim
from abono.flows.quotes.seen import accepted_of
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.kernel.rating import to_micro
from abono.platform.clock import shifted

SHOWN_CHANGES = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a contract's history."""

    move: MoveInfo
    by: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Shown:
    """A contract with everything that the page says of it. Parts that it has not reached are None or empty."""

    standing: Given
    organization: Organization
    accepted: Accepted | None
    history: tuple[Step, ...]
    next_charge: Projection | None
    prices: SessionPrices | None
    arranged: tuple[ShownArrangement, ...]
    functions: list[str]  # by name (CAT-12)

    @property
    def contract(self) -> ContractInfo:
        return self.standing.contract


@require_safe
def page(request: Visitor) -> HttpResponse:
    """The served contract in full; ended ones below, with what they were (SEE-3)."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    found = contracts.list_for_customer(visit.customer_id)
    moves = {one.id: contracts.moves(one.id) for one in found}
    by = names_of(move.actor for one in moves.values() for move in one)
    served = next((one for one in found if one.state is not State.ENDED), None)
    where = None if served is None else standing(served, at=now, language=visit.language)
    shown = [_shown(one, where if one is served else None, moves[one.id], by, visit, now) for one in found]
    card = payments.card_in_use(visit.customer_id)
    pending = invoices.pending(customer_id=visit.customer_id)
    to_pay = rows(pending, today=local_date(now, visit.time_zone), language=visit.language)
    refused = [
        one.collecting.card
        for one in to_pay
        if one.collecting and one.collecting.outlook in (Outlook.DECLINED, Outlook.STOPPED)
    ]
    changed = [] if served is None else accepted_of(served.id, limit=SHOWN_CHANGES)
    context = {
        "where": where,
        "openings": None if where is None or not where.blocked else openings(where, pending),
        "may_act": visit.administers,
        "regret_until": None if served is None else regret_until(served, visit.customer, now=now),
        "changes": changed,
        "held": next((one for one in changed if one.held(at=now)), None),
        "step_down": next((one for one in changed if one.state is ChangeState.SCHEDULED), None),
        "unpaid": unpaid(to_pay, visit.language),
        "charged": card is not None and card.name not in refused,
        "served": next((one for one in shown if one.contract.state is not State.ENDED), None),
        "ended": [one for one in shown if one.contract.state is State.ENDED],
        "card": None if card is None else card.name,
        "card_expiry": "" if card is None else expiry(card),
        "now": now,
    }
    return render(request, "portal/contracts/page.html", context)


@posted("portal:plans")
@answered
def pay_interim(request: Visitor) -> HttpResponse:
    """Issue the invoice of the overage so far, and go on to the page that says how much from which card (LIM-4)."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    contract = visit.contract
    if contract is None:
        raise NoSuchContract()
    invoice_id = issue_interim(
        contract_id=contract.id, customer_id=visit.customer_id, actor=visit.actor, now=now
    )
    return redirect("portal:pay-invoice", public("inv", invoice_id))


def _shown(
    contract: ContractInfo,
    where: Standing | None,
    moves: list[MoveInfo],
    by: Mapping[str, str],
    visit: Visit,
    now: datetime,
) -> Shown:
    """`where` is how the contract stands, where that was read already."""
    ended = contract.state is State.ENDED
    gives = where or given(contract, language=visit.language)
    billed = None if where is None else where.billed_of_current
    return Shown(
        standing=gives,
        organization=visit.customer,
        accepted=contracts.acceptance(contract.id),
        history=tuple(_step(move, by) for move in moves),
        next_charge=project_invoice(contract_id=contract.id, billed=billed),
        prices=None if ended else _prices(contract, visit, now),
        arranged=tuple(_arranged(contract, visit, now)),
        functions=catalog.functions_of(gives.plan, language=visit.language),
    )


def _arranged(contract: ContractInfo, visit: Visit, now: datetime) -> list[ShownArrangement]:
    found = shown_arrangements(
        arrangements.of_contract(contract.id), zone=visit.time_zone, language=visit.language, now=now
    )
    return [one for one in found if not one.over]


def _prices(contract: ContractInfo, visit: Visit, now: datetime) -> SessionPrices:
    return session_prices(
        package_id=contract.package_id,
        value_micro=to_micro(Money(contract.package_value_minor, contract.currency)),
        country=visit.customer.country,
        at=now,
        language=visit.language,
        channels=catalog.channels(language=visit.language),
    )


def _step(move: MoveInfo, by: Mapping[str, str]) -> Step:
    return Step(move, by=by[move.actor], reason=moved(move.reason))
