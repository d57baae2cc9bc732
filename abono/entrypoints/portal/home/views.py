"""Home: the active plan, what is used of it, and what needs somebody (SEE-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.states import State
from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Reason
from abono.domain.licences import queries as licences
from abono.domain.notices import queries as notices
from abono.domain.payments import queries as payments
from abono.domain.payments.pushed import requests
from abono.domain.payments.states import State as AttemptState
from abono.entrypoints.portal.financial import shown as invoice_rows
from abono.entrypoints.portal.financial.unpaid import unpaid
from abono.entrypoints.portal.notices.views import brief
from abono.entrypoints.portal.standing import openings, standing
from abono.entrypoints.site.visit import Visitor
from abono.flows.limits.who_is_told import who_is_told
from abono.kernel.periods import boundary_day, local_date
from abono.platform.clock import shifted

RECENT = 4  # notices


@require_safe
def page(request: Visitor) -> HttpResponse:
    """The card of the served contract; what to do when there is none or its payment is being confirmed."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    glance = notices.glance(visit.customer_id, visit.language, limit=RECENT)
    request.visit = replace(visit, unread=glance.unread)
    contract = visit.contract
    today = local_date(now, visit.time_zone)
    pending = invoices.pending(customer_id=visit.customer_id)
    to_pay = invoice_rows.rows(pending, today=today, language=visit.language)
    context: dict[str, object] = {
        "today": today,
        "to_pay": to_pay,
        "unpaid": unpaid(to_pay, visit.language),
        "notices": brief(glance.newest, visit),
        "may_act": visit.administers,
        "may_pay": visit.administers,
    }
    if contract is None:
        return render(request, "portal/home/none.html", context)
    if contract.state is State.PENDING:
        return render(request, "portal/home/pending.html", {**context, **_pending(contract)})
    told = who_is_told(contract, at=now, choices=glance.choices)
    where = standing(contract, at=now, language=visit.language, told=told)
    context["standing"] = where
    context["in_use"] = licences.in_use(contract.id, at=now)
    context["functions"] = catalog.functions_of(where.plan, language=visit.language)
    context["interim_open"] = any(one.reason is Reason.INTERIM for one in pending)
    context["days_left"] = _days_left(contract, visit.time_zone, today)
    if where.blocked:
        context["openings"] = openings(where, pending)
    return render(request, "portal/home/page.html", context)


def _pending(contract: ContractInfo) -> dict[str, object]:
    """How the first charge stands (CON-4)."""
    first = invoices.find(contract.id, key=keys.FIRST)
    newest = None if first is None else payments.newest_attempt(first.id)
    state = None if newest is None else newest.state
    return {
        "contract": contract,
        "first": first,
        "to_pay": first is not None and bool(requests.open_of([first.id])),
        "declined": state is AttemptState.DECLINED,
        "never_received": state is AttemptState.LOST,
        "checking": state is AttemptState.DIFFERS,
    }


def _days_left(contract: ContractInfo, zone: str, today: date) -> int | None:
    """Whole local days until the next cycle begins."""
    if contract.cycle_end is None:
        return None
    return max(0, (boundary_day(contract.cycle_end, zone) - today).days)
